// What the journal does before it writes: finds where its files end, tells a batch that a crash left torn from
// damage, and refuses to go on after anything a crash cannot explain. Reads only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cordon/journal/batch.h"
#include "cordon/journal/disk.h"

namespace cordon::journal {

struct Recovered {
  Chain chain;
  std::vector<Segment> segments;   // all there are, those below `published` included
  std::unique_ptr<DiskFile> file;  // the last of them; null: there is none
  std::uint64_t torn = 0;          // bytes behind its whole batches, still to be cut off
};

// Reads from the segment that holds entry `published` to the end. What lies before is in the tiles already.
Result<Recovered> recover(Disk& disk, std::uint64_t published);

}  // namespace cordon::journal
