#include "cordon/archive/verify.h"

#include <algorithm>
#include <array>
#include <set>

#include "cordon/archive/bundle_hash.h"
#include "cordon/archive/folder_files.h"
#include "cordon/archive/log_keys.h"
#include "cordon/archive/retention.h"

namespace cordon::archive {

using transparency::Hash;
using transparency::kTileWidth;
using transparency::Tile;

namespace {

class Verification {
 public:
  Verification(const LogReader& log, const VerifyOptions& options) : log_(log), options_(options) {
    report_.checkpoint = log.checkpoint();
  }

  Result<VerifyReport> whole() {
    signatures();
    for (auto bundle = std::max(options_.first, report_.minimum) / kTileWidth; bundle * kTileWidth < log_.size();
         ++bundle) {
      verify_bundle(bundle);
      if (options_.progress) options_.progress(std::min((bundle + 1) * kTileWidth, log_.size()), log_.size());
    }
    root();
    blame_tiles();
    if (options_.from) continues(*options_.from);
    if (options_.folder_files && log_.folder()) files(*log_.folder());
    return std::move(report_);
  }

  Result<VerifyReport> record(std::uint64_t index) {
    signatures();
    if (options_.from) continues(*options_.from);
    if (index < report_.minimum) {
      return fail(ErrorKind::not_found,
                  std::format("entry {} was pruned: the log declares that it keeps those from {} on", index,
                              report_.minimum));
    }
    if (index >= log_.size()) {
      return fail(ErrorKind::not_found, std::format("there is no entry {}: the log holds {}", index, log_.size()));
    }
    const auto proven = log_.prove(index);
    if (!proven) add(bundle_at(index / kTileWidth, log_.size()).path(), index, proven.error().message);
    report_.entries = proven ? 1 : 0;
    return std::move(report_);
  }

 private:
  struct Loaded {
    std::uint64_t index = 0;
    std::optional<std::string> hashes;  // nothing: it could not be read, which is told already
  };

  void add(std::string file, std::optional<std::uint64_t> index, std::string what) {
    if (++report_.fault_count <= kMostFaults) report_.faults.push_back({std::move(file), index, std::move(what)});
  }

  void signatures() {
    const auto& origin = log_.checkpoint().origin;
    auto chain = key_chain(log_.resources(), origin, options_.trust);
    if (!chain) return add("checkpoint", std::nullopt, chain.error().message);
    chain_ = std::move(*chain);
    report_.keys_from_log = chain_.from_log;
    auto witnessed = verify_signatures(log_.note(), chain_, options_.trust);
    if (!witnessed) {
      add("checkpoint", std::nullopt, witnessed.error().message);
    } else if (!witnessed->quorum) {
      add("checkpoint", std::nullopt,
          std::format("{} witnesses cosigned it: too few for the quorum", witnessed->witnesses.size()));
    }
    if (witnessed) report_.witnessed = std::move(*witnessed);
    const auto retention = read_retention(log_.resources(), origin, chain_, log_.size());
    if (!retention) return add(std::string(kRetentionFile), std::nullopt, retention.error().message);
    if (*retention) report_.minimum = std::min((*retention)->minimum, log_.size());
  }

  std::optional<std::string> load(const Tile& tile) {
    auto content = log_.resources()(tile.path());
    if (!content) {
      add(tile.path(), tile.index << (8 * tile.level + 8), content.error().message);
      return std::nullopt;
    }
    if (content->size() == tile.width * sizeof(Hash)) return std::move(*content);
    add(tile.path(), tile.index << (8 * tile.level + 8),
        std::format("{} bytes instead of {}", content->size(), tile.width * sizeof(Hash)));
    return std::nullopt;
  }

  // A full tile's root is an element of the tile above it; that tile in turn is checked when it is first needed.
  void check_against_parent(const Tile& tile, std::string_view hashes) {
    if (tile.width != kTileWidth || tile.level + 1 >= parents_.size()) return;
    auto& parent = parents_[tile.level + 1];
    const auto above = tile_at(tile.level + 1, tile.index / kTileWidth, log_.size());
    if (!parent || parent->index != above.index) {
      parent = Loaded{above.index, load(above)};
      if (parent->hashes) check_against_parent(above, *parent->hashes);
    }
    if (!parent->hashes) return;
    const auto root = hasher_.root(hashes);
    if (parent->hashes->compare(tile.index % kTileWidth * sizeof(Hash), sizeof(Hash), as_text(root)) == 0) return;
    if (altered_.size() < kMostFaults) altered_.insert(tile.path());
    add(tile.path(), tile.index << (8 * tile.level + 8),
        std::format("its root is not what {} says at {}", above.path(), tile.index % kTileWidth));
  }

  void verify_bundle(std::uint64_t index) {
    const auto tile = tile_at(0, index, log_.size());
    const auto hashes = load(tile);
    if (hashes) check_against_parent(tile, *hashes);
    const auto bundle = bundle_at(index, log_.size());
    auto content = log_.resources()(bundle.path());
    if (!content) return add(bundle.path(), index * kTileWidth, content.error().message);
    const auto entries = transparency::split_bundle(*content, bundle.width);
    if (!entries) return add(bundle.path(), index * kTileWidth, entries.error().message);
    if (hashes) compare(bundle, tile, *hashes, hasher_.leaves(*content, *entries));
    report_.entries += entries->size();
  }

  void compare(const Tile& bundle, const Tile& tile, std::string_view expected, const std::vector<Hash>& found) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (expected.substr(i * sizeof(Hash), sizeof(Hash)) == as_text(found[i])) continue;
      if (report_.faults.size() < kMostFaults) leaf_faults_.emplace_back(report_.faults.size(), tile.path());
      add(bundle.path(), bundle.index * kTileWidth + i, "is not the entry whose hash is in " + tile.path());
    }
  }

  void root() {
    const auto root = transparency::root_of(log_.tree(), log_.size());
    if (!root) return add("checkpoint", std::nullopt, root.error().message);
    if (*root != log_.checkpoint().root) add("checkpoint", std::nullopt, "its root is not that of the tiles");
  }

  // Where the level above says that the tile was altered, its entries are not to blame.
  void blame_tiles() {
    for (const auto& [fault, tile] : leaf_faults_) {
      if (!altered_.contains(tile)) continue;
      report_.faults[fault].what =
          "the tile holds another hash than that of the entry in " + report_.faults[fault].file;
      report_.faults[fault].file = tile;
    }
  }

  void continues(const transparency::Note& note) {
    const auto older = transparency::parse_checkpoint(note.text);
    if (!older) return add("checkpoint", std::nullopt, "the older checkpoint: " + older.error().message);
    const auto& now = log_.checkpoint();
    if (older->origin != now.origin) {
      return add("checkpoint", std::nullopt, "the older checkpoint is another log's: " + older->origin);
    }
    auto trust = options_.trust;
    if (trust) trust->quorum = "none";  // what is asked is whether the log ever said so
    if (const auto holds = verify_signatures(note, chain_, trust); !holds) {
      return add("checkpoint", std::nullopt, "the older checkpoint: " + holds.error().message);
    }
    if (older->size > now.size) {
      return add("checkpoint", now.size,
                 std::format("rolled back: {} entries, where an older checkpoint holds {}", now.size, older->size));
    }
    if (older->size > 0) consistent(*older);
  }

  void consistent(const transparency::Checkpoint& older) {
    const auto& now = log_.checkpoint();
    const auto proof = transparency::consistency_proof(log_.tree(), older.size, now.size);
    if (!proof)
      return add("checkpoint", std::nullopt, "no proof from the older checkpoint: " + proof.error().message);
    const auto holds = transparency::verify_consistency(older.size, older.root, now.size, now.root, *proof);
    if (holds) return;
    add("checkpoint", std::nullopt,
        std::format(
            "forked: does not continue the older checkpoint of {} entries ({}); keep both notes, they are the proof",
            older.size, holds.error().message));
  }

  void files(const std::filesystem::path& folder) {
    auto found = check_files(folder, log_, report_.minimum);
    if (!found) return add("tile", std::nullopt, found.error().message);
    report_.ahead = found->ahead;
    for (auto& fault : found->faults) add(std::move(fault.file), fault.index, std::move(fault.what));
  }

  const LogReader& log_;
  const VerifyOptions& options_;
  VerifyReport report_;
  KeyChain chain_;
  BundleHasher hasher_;
  std::array<std::optional<Loaded>, 8> parents_;                  // the one of each level that was read last
  std::set<std::string> altered_;                                 // level-0 tiles and above, refuted by their parents
  std::vector<std::pair<std::size_t, std::string>> leaf_faults_;  // of report_.faults, with the tile concerned
};

}  // namespace

std::string Fault::text() const {
  return index ? std::format("{}: entry {}: {}", file, *index, what) : std::format("{}: {}", file, what);
}

Result<VerifyReport> verify_log(const LogReader& log, const VerifyOptions& options) {
  return Verification(log, options).whole();
}

Result<VerifyReport> verify_record(const LogReader& log, std::uint64_t index, const VerifyOptions& options) {
  return Verification(log, options).record(index);
}

}  // namespace cordon::archive
