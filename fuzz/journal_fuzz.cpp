// A write-ahead file with foreign bytes: opening refuses or repairs it; what it then holds is whole, and it goes on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "cordon/journal/journal.h"
#include "cordon/journal/restore.h"
#include "cordon/journal/simulated_disk.h"

namespace {
using namespace cordon;
using namespace cordon::journal;

constexpr auto kSegment = "wal/wal-000000000000";

void require(bool condition) {
  if (!condition) std::abort();
}

std::uint64_t held(Disk& disk) {
  std::uint64_t count = 0;
  require(replay(disk, Edge(), [&](const Leaves& leaves) -> Result<void> {
            count += leaves.count();
            return {};
          }).has_value());
  return count;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto disk = std::make_shared<SimulatedDisk>();
  require(disk->make_folder("wal").has_value());
  require((*disk->open(kSegment, OpenMode::create))->write(0, as_text({data, size})).has_value());
  std::uint64_t count = 0;
  {
    const auto journal = Journal::open(disk, 0);
    if (!journal) return 0;
    count = (*journal)->size();
    require(held(*disk) == count);
    const std::string_view more[] = {"one", "more"};
    require((*journal)->append(more).value() == count);
  }
  require(Journal::open(disk, count).value()->size() == count + 2);
  require(held(*disk) == count + 2);
  return 0;
}
