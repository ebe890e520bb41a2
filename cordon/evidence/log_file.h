// The writer's side of the log: appends batches of records, each made durable by one fdatasync before it is
// acknowledged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cordon/base/clock.h"
#include "cordon/crypto/key.h"
#include "cordon/evidence/chain.h"
#include "cordon/evidence/disk.h"
#include "cordon/evidence/record.h"

namespace cordon::evidence {

struct LogOptions {
  std::uint64_t segment_bytes = 64U << 20;  // a batch that would go beyond it begins a new segment
};

class LogFile {
 public:
  // Takes the lock, recovers from a crash (a torn end is removed, and a record of kind "repair" says how many bytes)
  // and refuses a log that was altered or cut: kind corrupt, naming the place. unavailable: another writer runs.
  static Result<std::unique_ptr<LogFile>> open(std::shared_ptr<Disk> disk, crypto::PrivateKey key, const Clock& clock,
                                               LogOptions options = {});

  // All records or none, durable on return: the sequence of the first; the others follow it without gaps.
  //   no_space  nothing was kept; the next call tries again, and a record of kind "gap" then tells what was refused
  //   io        something happened after which nothing more can be promised: every later call fails the same way
  Result<std::uint64_t> append_batch(std::span<const Record> records);

  // Signs the head as it is. To be called at most once a second and at an orderly stop; nothing new: does nothing.
  Result<void> write_checkpoint();

  const Head& head() const { return head_; }
  bool checkpoint_due() const { return checkpointed_ != head_.size; }
  const std::optional<Error>& failure() const { return failure_; }  // set once the log refuses further writes

 private:
  struct Batch {
    std::string text;
    Head head;                // after it
    std::uint64_t first = 0;  // sequence of the first record that is not a note of the log itself
  };

  LogFile(std::shared_ptr<Disk> disk, crypto::PrivateKey key, const Clock& clock, LogOptions options);
  Result<void> start();
  Result<void> note_repair(std::uint64_t bytes);
  Record note(std::string kind, std::string reason) const;
  Batch compose(std::span<const Record> records) const;
  Result<void> make_room(std::size_t bytes);
  Result<void> trim();
  Result<void> check_unchanged();
  Result<void> check_named() const;
  Result<void> put(const std::string& text);
  std::unexpected<Error> give_up(const Error& error, std::size_t refused);

  std::shared_ptr<Disk> disk_;
  crypto::PrivateKey key_;
  const Clock& clock_;
  LogOptions options_;

  std::unique_ptr<DiskFile> file_;  // null until the first record
  std::string segment_;             // its name
  std::uint64_t length_ = 0;        // Invariant: file_ holds exactly this many bytes, all durable, unless untrimmed_
  std::unique_ptr<DiskFile> next_;  // the next segment, made but not yet durable in its folder (the disk was full)
  bool untrimmed_ = false;          // bytes of a batch that failed may lie behind length_
  Head head_;
  std::uint64_t checkpointed_ = 0;  // size that the stored checkpoint names

  std::optional<Record> repair_;  // still to be recorded
  std::uint64_t refused_ = 0;     // records turned away since the disk is full
  std::optional<Error> failure_;
};

// Makes the folder (mode 0750) and the key when they are missing, and opens the log in it.
Result<std::unique_ptr<LogFile>> open_log(const std::filesystem::path& folder, const Clock& clock,
                                          LogOptions options = {});

}  // namespace cordon::evidence
