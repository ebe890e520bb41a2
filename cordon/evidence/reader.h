// The auditor's side of the log: read, find and verify. Works on a live log and on a copy; changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/crypto/key.h"
#include "cordon/evidence/disk.h"
#include "cordon/evidence/inspect.h"
#include "cordon/evidence/record.h"

namespace cordon::evidence {

struct Entry {
  Record record;
  std::string_view line;  // as it stands in the file; valid during the call
  std::string place;      // file:line
};

struct VerifyReport {
  std::uint64_t records = 0;
  std::uint64_t first = 0;  // sequence of the first record that is here
  Head head;
  std::uint64_t unfinished =
      0;  // bytes at the end that are no whole line yet: a running writer, or a crash not yet repaired
  std::optional<Checkpoint> checkpoint;
  bool checkpoint_ok = false;
  std::vector<Fault> faults;      // the first 1,000
  std::uint64_t fault_count = 0;  // of all

  bool ok() const { return fault_count == 0 && checkpoint_ok; }
};

class Reader {
 public:
  explicit Reader(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}
  static Result<Reader> open(const std::filesystem::path& folder);

  // Calls visit for every record from that sequence on, until it returns false. Does not verify the chain.
  Result<void> each(std::uint64_t from, const std::function<bool(const Entry&)>& visit) const;
  Result<Record> find(std::uint64_t sequence) const;

  // Checks every line and the checkpoint against a public key that the auditor trusts. progress hears the number of
  // records about every 64 Ki of them. An error means that the log could not be read, not that it is wrong.
  Result<VerifyReport> verify(const crypto::PublicKey& key,
                              const std::function<void(std::uint64_t records)>& progress = {}) const;

 private:
  std::shared_ptr<Disk> disk_;
};

}  // namespace cordon::evidence
