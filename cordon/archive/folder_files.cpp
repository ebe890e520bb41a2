#include "cordon/archive/folder_files.h"

namespace cordon::archive {

using transparency::kTileWidth;
using transparency::Tile;
namespace fs = std::filesystem;

namespace {

enum class Role { unfinished, ahead, current, superseded, pruned };

Role role_of(const Tile& tile, std::uint64_t size, std::uint64_t minimum) {
  const auto now = tile.entries ? bundle_at(tile.index, size) : tile_at(tile.level, tile.index, size);
  if (tile.width > now.width) return Role::ahead;
  if (end_index(tile) <= minimum) return Role::pruned;
  return tile.width == now.width ? Role::current : Role::superseded;
}

}  // namespace

Result<FolderFiles> check_files(const fs::path& folder, const LogReader& log, std::uint64_t minimum) {
  FolderFiles out;
  std::error_code error;
  const auto tiles = folder / "tile";
  if (!fs::exists(tiles, error)) return out;  // an empty log
  fs::recursive_directory_iterator at(tiles, error), end;
  for (; !error && at != end; at.increment(error)) {
    if (at->is_directory() && !at->is_symlink()) continue;
    const auto path = at->path().lexically_relative(folder).string();
    if (path.ends_with(".new")) continue;  // a writer is at it, or was interrupted: nobody reads such names
    const auto tile = transparency::parse_tile_path(path);
    if (!tile) {
      out.faults.push_back({path, std::nullopt, "is no tile's name"});
      continue;
    }
    const auto role = role_of(*tile, log.size(), minimum);
    if (role == Role::ahead) ++out.ahead;
    if (role != Role::superseded) continue;
    // Two tiles that differ where they overlap are two histories.
    auto now = tile->entries ? bundle_at(tile->index, log.size()) : tile_at(tile->level, tile->index, log.size());
    const auto narrow = log.resources()(path), wide = log.resources()(now.path());
    if (narrow && wide && wide->starts_with(*narrow)) continue;
    if (!wide) continue;  // told already
    out.faults.push_back({path, tile->index << (tile->entries ? 8 : 8 * tile->level + 8),
                          narrow ? "is not the beginning of " + now.path() : narrow.error().message});
  }
  if (error) return fail_errno("read " + tiles.string(), error.value());
  return out;
}

}  // namespace cordon::archive
