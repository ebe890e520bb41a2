// What disk and processor can do at most, measured in the same run as the log.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cordon::bench {

inline constexpr std::size_t kRecordBytes = 512;

[[noreturn]] void give_up(const std::string& why);
double seconds_since(std::chrono::steady_clock::time_point start);
double rate(const std::function<void()>& work);  // how often it can be done in a second
double percentile(std::vector<double> values, double share);

// A folder on the disk one stands on, removed at the end. The default temporary folder may be no disk at all.
class BenchFolder {
 public:
  BenchFolder();
  ~BenchFolder();
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return std::filesystem::path(path_) / name; }

 private:
  std::string path_;
};

struct Limits {
  double sync_one = 0;    // write + fdatasync of one record, in a second
  double sync_batch = 0;  // of a batch
  double leaves = 0;      // SHA-256 of a record as leaf, many side by side
  double leaves_singly = 0;
  double nodes = 0;  // SHA-256 of 65 bytes
  double hmacs = 0;  // of an identifier
  double seals = 0;  // AES-256-GCM of a record, key set anew each time, as each record has its own
  std::size_t batch = 0;

  // Records in a second when every one costs nothing but its share of one write + fdatasync, one leaf, one node, one
  // pseudonym and one encryption, all on one thread.
  double ceiling() const;
};
Limits measure_limits(const BenchFolder& folder, std::size_t batch);

}  // namespace cordon::bench
