// The durable end of the log: a write-ahead file of entries (bytes; what they mean is the room evidence's business).
// One writer, one fdatasync a batch, and nothing is acknowledged before it. Tiles and checkpoints are made from it
// later (publisher.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "cordon/journal/disk.h"

namespace cordon::journal {

struct JournalOptions {
  std::uint64_t segment_bytes = 64U << 20;
};

// What opening found and did; the writer records it.
struct Repair {
  std::uint64_t bytes = 0;  // of an unfinished batch, removed; none of its entries had been acknowledged
  std::string file;
};

class Journal {
 public:
  // `disk`: the log's folder (folder.h). Takes the lock and recovers: a torn end is cut off, anything a crash cannot
  // explain is refused (corrupt, with the place). `published`: how many entries tiles and checkpoint hold already;
  // older segments may be gone.
  static Result<std::unique_ptr<Journal>> open(std::shared_ptr<Disk> disk, std::uint64_t published,
                                               JournalOptions options = {});
  virtual ~Journal() = default;

  // All entries (1 to 65,535 bytes each) or none, durable on return: the index of the first, the others follow.
  //   no_space  nothing was kept; the next call tries again
  //   io        something happened after which nothing more can be promised: every later call fails the same way
  virtual Result<std::uint64_t> append(std::span<const std::string_view> entries) = 0;

  virtual std::uint64_t size() const = 0;  // index of the next entry
  virtual const std::optional<Repair>& repair() const = 0;
  virtual const std::optional<Error>& failure() const = 0;
  // Segments whose entries all lie below that index are removed.
  virtual Result<void> forget_below(std::uint64_t published) = 0;
};

}  // namespace cordon::journal
