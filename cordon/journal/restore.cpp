#include "cordon/journal/restore.h"

#include <algorithm>
#include <format>

#include "cordon/journal/batch.h"
#include "cordon/journal/tile_files.h"

namespace cordon::journal {

using transparency::kTileWidth;
using transparency::Tile;

namespace {

constexpr std::string_view kRemedy = "restore the log from a backup or a mirror";
constexpr unsigned kLevelBits = 8;

std::unexpected<Error> refuse(const std::string& place, std::string_view what) {
  return fail(ErrorKind::corrupt, std::format("{}: {}; nothing is published: {}", place, what, kRemedy));
}

Result<std::string> partial_tile(const std::shared_ptr<Disk>& disk, const Tile& tile) {
  if (tile.width == 0) return std::string();
  auto content = read_public(disk)(tile.path());
  if (content || content.error().kind != ErrorKind::not_found) return content;
  return fail(ErrorKind::corrupt, std::format("{}: missing, but the checkpoint covers it", tile.path()));
}

Result<Edge> edge_from_tiles(const std::shared_ptr<Disk>& disk, std::uint64_t size) {
  std::vector<std::string> levels;
  for (unsigned level = 0; level * kLevelBits < 64 && size >> (level * kLevelBits) > 0; ++level) {
    const auto hashes = size >> (level * kLevelBits);
    auto content = partial_tile(
        disk,
        Tile{.level = level, .index = hashes / kTileWidth, .width = static_cast<unsigned>(hashes % kTileWidth)});
    if (!content) return std::unexpected(content.error());
    levels.push_back(std::move(*content));
  }
  auto bundle = partial_tile(
      disk, Tile{.index = size / kTileWidth, .width = static_cast<unsigned>(size % kTileWidth), .entries = true});
  if (!bundle) return std::unexpected(bundle.error());
  return Edge::of(size, std::move(levels), std::move(*bundle));
}

// Gives the journal's entries on, except those the tree has.
class Replay {
 public:
  Replay(const Disk& disk, const Edge& edge, const std::function<Result<void>(const Leaves&)>& take)
      : disk_(disk), take_(take), next_(edge.size()), known_from_(edge.size() / kTileWidth * kTileWidth) {
    for (auto i = known_from_; i < edge.size(); ++i) known_.push_back(edge.leaf(i));
  }

  Result<void> read(const Segment& segment, DiskFile& file) {
    SegmentReader reader(file);
    for (;;) {
      const auto place = std::format("{}/{}, byte {}", disk_.name(), segment.name(), reader.offset());
      const auto batch = reader.next();
      if (!batch) return std::unexpected(batch.error());
      if (!*batch) return {};
      const auto entries = split_payload((*batch)->payload, (*batch)->header.count);
      if (!entries) return refuse(place, "altered: the entries are malformed");
      if (auto given = give((*batch)->header.first, *entries, place); !given) return given;
    }
  }

 private:
  Result<void> give(std::uint64_t first, const std::vector<std::string_view>& entries, const std::string& place) {
    if (first > next_) return refuse(place, std::format("entries {} to {} are missing", next_, first - 1));
    leaves_.clear();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto index = first + i;
      if (index >= next_) {
        leaves_.add(entries[i]);
      } else if (!fits(index, entries[i])) {
        return refuse(place, std::format("altered: entry {} is not the one that was published", index));
      }
    }
    if (leaves_.count() == 0) return {};
    next_ += leaves_.count();
    return take_(leaves_);
  }

  // Entries of full tiles are not compared: `cordon log verify` reads those.
  bool fits(std::uint64_t index, std::string_view entry) const {
    if (index < known_from_ || index - known_from_ >= known_.size()) return true;
    return transparency::leaf_hash(as_bytes(entry)) == known_[index - known_from_];
  }

  const Disk& disk_;
  const std::function<Result<void>(const Leaves&)>& take_;
  std::uint64_t next_;
  std::uint64_t known_from_;
  std::vector<transparency::Hash> known_;
  Leaves leaves_;
};

}  // namespace

Result<Edge> restore_edge(const std::shared_ptr<Disk>& disk, const transparency::Checkpoint& checkpoint) {
  auto edge = edge_from_tiles(disk, checkpoint.size);
  if (!edge && edge.error().kind == ErrorKind::corrupt) {
    return refuse(std::format("{}/{}", disk->name(), kPublicFolder),
                  edge.error().message);  // "disk/public: tile/0/000.p/7: ..."
  }
  if (!edge || edge->root() == checkpoint.root) return edge;
  return refuse(std::format("{}/{}", disk->name(), kCheckpointFile),
                std::format("altered: it signs another root than the tiles of its {} entries give", checkpoint.size));
}

Result<void> replay(Disk& disk, const Edge& edge, const std::function<Result<void>(const Leaves&)>& take) {
  const auto segments = list_segments(disk);
  if (!segments) return std::unexpected(segments.error());
  Replay reading(disk, edge, take);
  auto segment = std::ranges::upper_bound(*segments, edge.size(), {}, &Segment::first);
  if (segment != segments->begin()) --segment;  // it holds the first entry that the tree does not have, or would
  for (; segment != segments->end(); ++segment) {
    const auto file = disk.open(segment->name(), OpenMode::read);
    if (!file) return std::unexpected(file.error());
    if (auto read = reading.read(*segment, **file); !read) return read;
  }
  return {};
}

}  // namespace cordon::journal
