// Records that policy lets take effect before the log holds them: kept in sealed files of this enforcement point,
// sent to the log writer at once, and removed when it has them. Numbered, so that one that is missing is missed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "cordon/base/loop.h"
#include "cordon/evidence/client.h"

namespace cordon::evidence {

struct SpoolOptions {
  std::uint64_t bytes = 64U << 20;         // of all files; then put() refuses
  std::uint64_t segment_bytes = 4U << 20;  // a file is removed when the log has all of it
  std::size_t in_flight = 2048;            // records sent and not yet answered
};

class Spool {
 public:
  // The folder is made (0700). Files that an earlier run left there are sent too, once the log writer, which has the
  // key, is reached. name: of the enforcement point. Loop and client outlive the spool.
  static Result<std::unique_ptr<Spool>> start(Loop& loop, Client& client, const std::filesystem::path& folder,
                                              const std::string& name, SpoolOptions options = {});
  virtual ~Spool() = default;

  // Kept and on its way: its number in this run, from 1. unavailable: full, or the log writer was never reached;
  // no_space, io: the disk. Whatever the error: the record is not kept.
  virtual Result<std::uint64_t> put(const Record& record) = 0;
  // Also the files of a run that ended since start() looked.
  virtual void take_up_leftovers() = 0;
  virtual std::size_t waiting() const = 0;  // records the log does not have yet
};

}  // namespace cordon::evidence
