#include "cordon/journal/tile_files.h"

#include <algorithm>
#include <format>

namespace cordon::journal {

using transparency::kTileWidth;
using transparency::Tile;

namespace {

constexpr std::size_t kMostOpen = 48;              // beyond, syncing all at once is cheaper than one after the other
constexpr std::size_t kMostTileBytes = 32U << 20;  // 256 entries of 65,535 bytes with their lengths are 16 MiB
constexpr unsigned kLevelBits = 8;
constexpr std::string_view kPartialEnd = ".p";

std::string file_of(const Tile& tile) { return std::format("{}/{}", kPublicFolder, tile.path()); }

std::uint64_t full_tiles(const Tile& kind, std::uint64_t size) {
  const auto bits = kLevelBits * (kind.level + 1);
  return bits < 64 ? size >> bits : 0;
}

}  // namespace

transparency::ReadResource read_public(std::shared_ptr<Disk> disk) {
  return [disk = std::move(disk)](const std::string& path) {
    return read_all(*disk, std::format("{}/{}", kPublicFolder, path), kMostTileBytes);
  };
}

Result<void> TileFiles::write(const Tile& tile, std::string_view content) {
  const auto name = file_of(tile);
  const auto folder = folder_of(name);
  if (!folders_.contains(folder)) {
    if (auto made = disk_->make_folder(folder); !made) return made;
    folders_.insert(folder);
  }
  auto file = disk_->open(name, OpenMode::replace);
  if (!file) return std::unexpected(file.error());
  if (auto written = (*file)->write(0, content); !written) return written;
  (*file)->begin_writeback();  // a second's tiles at once would make the journal's sync wait, too
  touched_.insert(folder);
  many_ = many_ || unsynced_.size() == kMostOpen;
  if (!many_) unsynced_.push_back(std::move(*file));
  if (tile.width != kTileWidth) partial_.push_back(tile);
  return {};
}

Result<void> TileFiles::settle() {
  Result<void> done;
  if (many_) {
    done = disk_->sync_all();
  } else {
    for (auto file = unsynced_.begin(); done && file != unsynced_.end(); ++file) done = (*file)->sync();
    for (auto folder = touched_.begin(); done && folder != touched_.end(); ++folder)
      done = disk_->sync_folder(*folder);
  }
  if (!done) return done;
  unsynced_.clear();
  touched_.clear();
  many_ = false;
  return done;
}

Result<void> TileFiles::find_partial(std::uint64_t size) {
  auto found = find_partial(Tile{.index = size / kTileWidth, .entries = true});
  for (unsigned level = 0; found && (level == 0 || full_tiles(Tile{.level = level - 1}, size) > 0); ++level) {
    found = find_partial(Tile{.level = level, .index = full_tiles(Tile{.level = level}, size)});
  }
  return found;
}

Result<void> TileFiles::find_partial(const Tile& at_edge) {
  const auto folder = folder_of(file_of(at_edge));
  const auto names = disk_->list(folder);
  if (!names) return std::unexpected(names.error());
  for (const auto& name : *names) {
    if (!name.ends_with(kPartialEnd)) continue;
    const auto widths = disk_->list(std::format("{}/{}", folder, name));
    if (!widths) return std::unexpected(widths.error());
    for (const auto& width : *widths) {
      const auto path = std::format("{}/{}/{}", folder, name, width).substr(kPublicFolder.size() + 1);
      if (const auto tile = transparency::parse_tile_path(path)) partial_.push_back(*tile);
    }
  }
  return {};
}

void TileFiles::remove_superseded(std::uint64_t size) {
  const auto superseded = [size](const Tile& tile) { return tile.index < full_tiles(tile, size); };
  std::set<std::string> emptied;
  for (const auto& tile : partial_) {
    if (!superseded(tile)) continue;
    const auto name = file_of(tile);
    if (disk_->remove(name)) emptied.insert(folder_of(name));
  }
  std::erase_if(partial_, superseded);
  for (const auto& folder : emptied) {
    folders_.erase(folder);
    (void)disk_->remove(folder);
  }
}

}  // namespace cordon::journal
