#include "cordon/administrator/source_watch.h"

#include "cordon/base/bytes.h"
#include "cordon/base/clock.h"
#include "cordon/base/file.h"
#include "cordon/bundle/archive.h"
#include "cordon/crypto/digest.h"

namespace cordon::administrator {

namespace {

constexpr std::int64_t kSettled = 2'000'000'000;  // nanoseconds; far more than any file system's tick

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

std::string digest_of(const std::filesystem::path& path) {
  const auto text = read_file(path, bundle::kLongestArchive);
  return text ? to_hex(crypto::sha256(as_bytes(*text))) : text.error().message;
}

}  // namespace

SourceWatch::SourceWatch(const std::vector<std::filesystem::path>& files) {
  for (const auto& path : files) files_.push_back({.path = path, .stamp = {}, .seen = {}});
}

std::string SourceWatch::fingerprint() {
  std::string out;
  for (auto& file : files_) {
    look(file);
    out += file.seen + '\n';
  }
  return out;
}

void SourceWatch::look(File& file) {
  struct stat status{};
  if (::stat(file.path.c_str(), &status) != 0) {
    file = {.path = file.path, .stamp = {}, .seen = digest_of(file.path)};  // says what is wrong
    return;
  }
  const Stamp stamp{status.st_ino, status.st_size, nanoseconds(status.st_ctim)};
  const auto age = system_clock().now().time_since_epoch().count() - stamp.changed;
  if (stamp == file.stamp && age > kSettled && !file.seen.empty()) return;
  // Read while it was young, a file is read once more when it has settled: the stamp is kept only then.
  file.seen = digest_of(file.path);
  file.stamp = age > kSettled ? stamp : Stamp{};
}

}  // namespace cordon::administrator
