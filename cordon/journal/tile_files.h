// The tiles of a log as files below public/: written once, durable together, narrower ones removed when the full one
// is there.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/journal/disk.h"
#include "cordon/transparency/tile.h"

namespace cordon::journal {

inline constexpr std::string_view kPublicFolder = "public";
inline constexpr std::string_view kCheckpointFile = "public/checkpoint";
inline constexpr std::string_view kKeysFile = "public/log.vkeys";

transparency::ReadResource read_public(std::shared_ptr<Disk> disk);  // of that log, by the path in it

class TileFiles {
 public:
  explicit TileFiles(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  // Nobody reads a tile that no checkpoint covers, so it may be written in place and over what a crash left of it.
  Result<void> write(const transparency::Tile& tile, std::string_view content);
  Result<void> settle();  // everything written since is durable

  // Learns which partial tiles there are beside the edge of a log of that size: a crash may have kept them.
  Result<void> find_partial(std::uint64_t size);
  // C2SP tlog-tiles: partial tiles may go once the full one is published. What cannot be removed is left: it harms
  // nobody.
  void remove_superseded(std::uint64_t size);

 private:
  Result<void> find_partial(const transparency::Tile& at_edge);

  std::shared_ptr<Disk> disk_;
  std::set<std::string> folders_;  // made by us, durable
  std::set<std::string> touched_;  // with names not yet durable
  std::vector<std::unique_ptr<DiskFile>> unsynced_;
  bool many_ = false;  // more than we keep open: one sync for all
  std::vector<transparency::Tile> partial_;
};

}  // namespace cordon::journal
