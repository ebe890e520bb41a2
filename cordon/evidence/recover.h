// What the writer does before it writes: finds where the log ends, tells a line that a crash left torn from damage,
// and refuses to go on after anything a crash cannot explain. Reads only.
#pragma once

#include <memory>
#include <optional>

#include "cordon/evidence/chain.h"
#include "cordon/evidence/checkpoint.h"
#include "cordon/evidence/disk.h"

namespace cordon::evidence {

struct Recovered {
  Head head;
  std::string segment;             // name of the file that writing goes on in; empty when there is none yet
  std::unique_ptr<DiskFile> file;  // that file
  std::uint64_t length = 0;        // of its whole lines
  std::uint64_t torn = 0;          // bytes behind them, still to be cut off
};

// Reads from the segment that holds the checkpoint's last record to the end; what lies before is verified by the
// Reader.
Result<Recovered> recover(Disk& disk, const std::optional<Checkpoint>& checkpoint);

}  // namespace cordon::evidence
