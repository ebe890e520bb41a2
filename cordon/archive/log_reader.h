// A log as anybody may read it: plain tiles in a folder or behind a URL (C2SP tlog-tiles).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cordon/archive/bundle_hash.h"
#include "cordon/transparency/log_proof.h"
#include "cordon/transparency/tile.h"

namespace cordon::archive {

// The longest file of a log: a bundle of 256 entries of 65,535 bytes with their lengths.
inline constexpr std::size_t kMostResourceBytes = transparency::kTileWidth * (transparency::kMostEntryBytes + 2);

// A log's folder (journal/folder.h) stands for its public part; any other tlog-tiles folder for itself.
std::filesystem::path public_part(const std::filesystem::path& folder);

// Reads a log's files. A partial tile that a wider one has replaced is cut out of that (tlog-tiles allows a log to
// delete it): what a checkpoint read a moment ago promises stays readable while the log grows.
transparency::ReadResource read_folder(const std::filesystem::path& folder);
transparency::ReadResource with_wider_tiles(transparency::ReadResource read);  // the same over any transport

Result<transparency::ReadResource> read_url(const std::string& url);
bool is_url(std::string_view place);
// A folder, or http://HOST:PORT/PREFIX.
Result<transparency::ReadResource> open_place(const std::string& place);

// One thread's view of a log at the checkpoint that was read when it was opened. Nothing is believed that is not
// hashed up to that checkpoint's root; who signed it is verify.h's question.
class LogReader {
 public:
  static Result<LogReader> open(transparency::ReadResource read);
  static Result<LogReader> open(transparency::ReadResource read, transparency::Note checkpoint);
  static Result<LogReader> open_folder(const std::filesystem::path& folder);  // as public_part() finds it

  const transparency::Note& note() const { return note_; }
  const transparency::Checkpoint& checkpoint() const { return checkpoint_; }
  std::uint64_t size() const { return checkpoint_.size; }
  const std::optional<std::filesystem::path>& folder() const { return folder_; }  // the public part
  const transparency::ReadResource& resources() const { return read_; }
  const transparency::HashSource& tree() const { return *tree_; }

  // Both are checked against the root. corrupt: the bytes are not what the tree says. not_found: beyond the
  // checkpoint, or pruned.
  struct Proven {
    std::string entry;
    std::vector<transparency::Hash> inclusion;
  };
  Result<Proven> prove(std::uint64_t index) const;
  Result<std::string> entry(std::uint64_t index) const;
  Result<transparency::LogProof> receipt(std::uint64_t index) const;

  // Entries of [from, to) in order, checked against the level-0 tiles (verify_log() checks those against the root);
  // visit returns false to stop. Views live during the call.
  using Visit = std::function<bool(std::uint64_t index, BytesView entry)>;
  Result<void> each(std::uint64_t from, std::uint64_t to, const Visit& visit) const;

 private:
  struct Bundle;  // the one read last, with its entries
  LogReader(transparency::ReadResource read, transparency::Note note, transparency::Checkpoint checkpoint);
  Result<std::shared_ptr<const Bundle>> bundle_of(std::uint64_t index) const;
  Result<void> in_range(std::uint64_t index) const;

  transparency::ReadResource read_;
  transparency::Note note_;
  transparency::Checkpoint checkpoint_;
  std::optional<std::filesystem::path> folder_;
  std::shared_ptr<transparency::TileSource> tree_;
  std::shared_ptr<BundleHasher> hasher_;
  mutable std::shared_ptr<const Bundle> bundle_;
};

// The tile at that level and place of a log of that size; width 0: there is none.
transparency::Tile tile_at(unsigned level, std::uint64_t index, std::uint64_t size);
transparency::Tile bundle_at(std::uint64_t index, std::uint64_t size);
// One past the last entry a tile speaks for (tlog-tiles, "end index").
std::uint64_t end_index(const transparency::Tile& tile);

}  // namespace cordon::archive
