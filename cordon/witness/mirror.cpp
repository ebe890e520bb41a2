#include "cordon/witness/mirror.h"

#include <algorithm>
#include <format>

#include "cordon/base/text.h"
#include "cordon/witness/resources.h"
#include "cordon/witness/tree_edge.h"

namespace cordon::witness {

using transparency::Checkpoint;
using transparency::Hash;
using transparency::kTileWidth;
using transparency::Note;
using transparency::ReadResource;
using transparency::Tile;
using transparency::TileSource;

namespace {

constexpr std::size_t kMostBytes = kTileWidth * (transparency::kMostEntryBytes + 2);
constexpr std::string_view kCheckpoint = "checkpoint";
constexpr const char* kMirrorOf = "mirror-of";
constexpr const char* kKeys = "public/log.vkeys";  // written after the first checkpoint

std::string stored(std::string_view path) { return std::format("public/{}", path); }

std::unexpected<Error> not_verified(std::string_view path, std::string_view why) {
  return fail(ErrorKind::corrupt, std::format("{}: {}; nothing of it was kept", path, why));
}

// How many full tiles a level of a tree of that size has.
std::uint64_t full_tiles(std::uint64_t size, unsigned level) {
  for (unsigned i = 0; i <= level; ++i) size /= kTileWidth;
  return size;
}

bool holds(const std::string& content, const Hash& expected) {
  const auto root = root_of_tile(content);
  return root && *root == expected;
}

Tile bundle_of(Tile tile) {
  tile.entries = true;
  return tile;
}

}  // namespace

// --- what is there ---

Result<void> Mirror::create(journal::Disk& disk, std::string_view origin) {
  if (auto locked = disk.lock(); !locked) return locked;
  return journal::replace_file(disk, kMirrorOf, std::format("{}\n", origin));
}

Result<std::unique_ptr<Mirror>> Mirror::open(std::shared_ptr<journal::Disk> disk, KnownLog log, const Clock& clock,
                                             Options options) {
  if (auto locked = disk->lock(); !locked) return std::unexpected(locked.error());
  std::unique_ptr<Mirror> mirror(new Mirror(std::move(disk), std::move(log), clock, std::move(options)));
  if (auto loaded = mirror->load(); !loaded) return std::unexpected(loaded.error());
  return mirror;
}

Result<std::string> Mirror::own(const std::string& path) const {
  return journal::read_all(*disk_, stored(path), kMostBytes);
}

Result<void> Mirror::load() {
  const auto of = journal::read_all(*disk_, kMirrorOf, 4096);
  if (!of) return std::unexpected(of.error());
  if (trim(*of) != log_.origin) {
    return fail(ErrorKind::invalid_input, std::format("{} is a mirror of {}, not of {}; give each its own folder",
                                                      disk_->name(), printable(trim(*of)), log_.origin));
  }
  const auto text = own(std::string(kCheckpoint));
  if (!text && text.error().kind == ErrorKind::not_found && !disk_->open(kKeys, journal::OpenMode::read)) return {};
  if (!text) return std::unexpected(text.error());
  const auto spoilt = [&](const Error& error) {
    return std::unexpected(within(std::format("{}/{}", disk_->name(), stored(kCheckpoint)), error));
  };
  auto note = transparency::parse_note(*text);
  if (!note) return spoilt(note.error());
  auto checkpoint = checkpoint_of(*note, log_);
  if (!checkpoint) return spoilt(checkpoint.error());
  std::vector<std::string> edge;
  for (const auto& tile : edge_tiles(checkpoint->size)) {
    auto content = with_full_tiles([this](const std::string& path) { return own(path); })(tile.path());
    if (!content) return std::unexpected(content.error());
    edge.push_back(std::move(*content));
  }
  const auto root = root_of_edge(checkpoint->size, edge);
  if (!root) return spoilt(root.error());
  if (*root != checkpoint->root) return spoilt({ErrorKind::corrupt, "the tiles beside it have another root"});
  note_ = std::move(*note);
  checkpoint_ = std::move(*checkpoint);
  return {};
}

// --- one step ---

Result<Mirror::Step> Mirror::follow(const ReadResource& read) {
  const auto text = read(std::string(kCheckpoint));
  if (!text) return std::unexpected(text.error());
  auto note = transparency::parse_note(*text);
  if (!note) return std::unexpected(within(kCheckpoint, note.error()));
  const auto checkpoint = checkpoint_of(*note, log_);
  if (!checkpoint) return std::unexpected(within(kCheckpoint, checkpoint.error()));
  return consider(std::move(*note), *checkpoint, with_full_tiles(read));
}

Result<Mirror::Step> Mirror::consider(Note note, const Checkpoint& checkpoint, const ReadResource& read) {
  const auto from = size();
  if (checkpoint_ && checkpoint.size <= from) return compare_older(note, checkpoint);
  if (auto copied = copy(note, checkpoint, read); !copied) return std::unexpected(copied.error());
  if (auto published = publish(std::move(note), checkpoint); !published) return std::unexpected(published.error());
  forget_partial(from, checkpoint.size);
  return Step{from, checkpoint.size};
}

Result<Mirror::Step> Mirror::compare_older(const Note& note, const Checkpoint& checkpoint) {
  const TileSource tree([this](const std::string& path) { return own(path); }, size());
  const auto found = compare(*note_, note, log_, &tree);
  if (!found) return std::unexpected(found.error());
  if (*found) return convict(**found);
  return Step{size(), size(), checkpoint.size < size()};
}

Result<void> Mirror::copy(const Note& note, const Checkpoint& checkpoint, const ReadResource& read) {
  if (auto checked = check_history(note, checkpoint, read); !checked) return checked;
  if (auto copied = copy_edge(checkpoint, read); !copied) return copied;
  return copy_full(checkpoint.size, read);
}

// Before anything is stored: the new tree continues the copy's. The proof proves itself, whoever sent its hashes.
Result<void> Mirror::check_history(const Note& note, const Checkpoint& checkpoint, const ReadResource& read) {
  if (size() == 0) return {};
  const TileSource tree(read, checkpoint.size);
  const auto found = compare(*note_, note, log_, &tree);
  if (!found) return std::unexpected(within("history", found.error()));
  return *found ? convict(**found) : Result<void>();
}

Result<void> Mirror::copy_edge(const Checkpoint& checkpoint, const ReadResource& read) {
  const auto tiles = edge_tiles(checkpoint.size);
  std::vector<std::string> contents;
  for (const auto& tile : tiles) {
    auto content = read(tile.path());
    if (!content) return std::unexpected(content.error());
    contents.push_back(std::move(*content));
  }
  const auto root = root_of_edge(checkpoint.size, contents);
  if (!root) return not_verified("tile/", root.error().message);
  if (*root != checkpoint.root) return not_verified("tile/", "the tiles do not lead to the checkpoint's root");
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    if (auto kept = store(tiles[i].path(), contents[i]); !kept) return kept;
    if (tiles[i].level != 0) continue;
    if (auto copied = copy_bundle(tiles[i], contents[i], read); !copied) return copied;
  }
  return {};
}

// From the top down: each tile is vouched for by its hash in the tile above, which is stored and verified already.
Result<void> Mirror::copy_full(std::uint64_t size, const ReadResource& read) {
  unsigned top = 0;
  while (full_tiles(size, top) != 0) ++top;
  for (unsigned level = top; level-- > 0;) {
    const TileSource tree([this](const std::string& path) { return own(path); }, size);
    for (auto index = full_tiles(this->size(), level); index < full_tiles(size, level); ++index) {
      const Tile tile{.level = level, .index = index};
      const auto expected = tree.node(8 * (level + 1), index);
      if (!expected) return std::unexpected(expected.error());
      auto content = own(tile.path());
      const bool there = content && holds(*content, *expected);
      if (!there) content = read(tile.path());
      if (!content) return std::unexpected(content.error());
      if (!holds(*content, *expected)) return not_verified(tile.path(), "not what the tile above it says");
      if (auto kept = there ? Result<void>() : store(tile.path(), *content); !kept) return kept;
      if (level != 0) continue;
      if (auto copied = copy_bundle(tile, *content, read); !copied) return copied;
      if (options_.progress) options_.progress((index + 1) * kTileWidth - this->size() / kTileWidth * kTileWidth);
    }
  }
  return {};
}

Result<void> Mirror::copy_bundle(const Tile& leaves, const std::string& hashes, const ReadResource& read) {
  const auto path = bundle_of(leaves).path();
  const auto fits = [&](const std::string& bundle) {
    const auto entries = transparency::split_bundle(bundle, leaves.width);
    if (!entries) return false;
    for (std::size_t i = 0; i < entries->size(); ++i) {
      if (transparency::leaf_hash((*entries)[i]) != hash_at(hashes, i)) return false;
    }
    return true;
  };
  if (const auto kept = own(path); kept && fits(*kept)) return {};
  const auto bundle = read(path);
  if (!bundle) return std::unexpected(bundle.error());
  if (!fits(*bundle)) return not_verified(path, "its entries are not those of the tile of hashes");
  return store(path, *bundle);
}

// --- the disk ---

// Not synced one by one: sync_all() before the checkpoint, and what a crash left is verified anew. What is there
// already is not touched: the stored checkpoint may need it.
Result<void> Mirror::store(const std::string& path, std::string_view content) {
  if (const auto kept = own(path); kept && *kept == content) return {};
  const auto name = stored(path);
  const auto folder = journal::folder_of(name);
  if (!folders_.contains(folder)) {
    if (auto made = disk_->make_folder(folder); !made) return made;
    folders_.insert(folder);
  }
  auto file = disk_->open(name, journal::OpenMode::replace);
  if (!file) return std::unexpected(file.error());
  return (*file)->write(0, content);
}

Result<void> Mirror::publish(Note note, const Checkpoint& checkpoint) {
  for (const auto& signer : options_.signers) {
    auto signature = signer.sign(note.text, clock_.now());
    if (!signature) return std::unexpected(signature.error());
    note.signatures.push_back(std::move(*signature));
  }
  if (auto made = disk_->make_folder("public"); !made) return made;
  if (auto synced = disk_->sync_all(); !synced) return synced;
  if (auto kept = journal::replace_file(*disk_, stored(kCheckpoint), note.whole()); !kept) return kept;
  note_ = std::move(note);
  checkpoint_ = checkpoint;
  std::string keys;
  for (const auto& key : log_.keys) keys += key.text() + "\n";
  return journal::replace_file(*disk_, kKeys, keys);
}

// C2SP tlog-tiles: partial tiles may go once the full one is there. One that stays does no harm, so errors are
// nothing.
void Mirror::forget_partial(std::uint64_t from, std::uint64_t size) {
  for (const auto& tile : edge_tiles(from)) {
    if (tile.index >= full_tiles(size, tile.level)) continue;
    for (const bool entries : {false, true}) {
      if (entries && tile.level != 0) continue;
      const auto folder = journal::folder_of(stored((entries ? bundle_of(tile) : tile).path()));
      const auto files = disk_->list(folder);
      for (const auto& file : files ? *files : std::vector<std::string>()) {
        (void)disk_->remove(std::format("{}/{}", folder, file));
      }
      (void)disk_->remove(folder);
      folders_.erase(folder);
    }
  }
}

std::unexpected<Error> Mirror::convict(const Equivocation& proof) {
  constexpr const char* kFile = "equivocation.proof";
  const auto kept = journal::replace_file(*disk_, kFile, proof.text());
  if (!kept) return std::unexpected(kept.error());
  proof_ = std::format("{}/{}", disk_->name(), kFile);
  return fail(ErrorKind::corrupt, std::format("{} signed two histories: the proof is {}", log_.origin, *proof_));
}

}  // namespace cordon::witness
