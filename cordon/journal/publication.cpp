#include "cordon/journal/publication.h"

#include <algorithm>
#include <format>

#include "cordon/journal/restore.h"

namespace cordon::journal {

namespace {

constexpr std::size_t kMostCheckpointBytes = 64U << 10;  // C2SP signed-note, as parse_note takes it

std::unexpected<Error> not_ours(const Disk& disk, std::string_view why) {
  return fail(ErrorKind::corrupt,
              std::format("{}/{}: {}; nothing is published: restore the checkpoint, or the keys it was signed with",
                          disk.name(), kCheckpointFile, why));
}

bool by(const transparency::Note& note, const transparency::NoteSigner& signer) {
  return transparency::verify_signature(note, signer.verifier()).has_value();
}

}  // namespace

Result<std::optional<StoredCheckpoint>> stored_checkpoint(Disk& disk, const transparency::LogSigner& signer) {
  const auto text = read_all(disk, std::string(kCheckpointFile), kMostCheckpointBytes);
  if (!text && text.error().kind == ErrorKind::not_found) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  const auto note = transparency::parse_note(*text);
  if (!note) return not_ours(disk, note.error().message);
  const auto checkpoint = transparency::parse_checkpoint(note->text);
  if (!checkpoint) return not_ours(disk, checkpoint.error().message);
  if (checkpoint->origin != signer.classic.verifier().name) {
    return not_ours(
        disk, std::format("it is of the log {}, not of {}", checkpoint->origin, signer.classic.verifier().name));
  }
  if (!by(*note, signer.classic) || !by(*note, signer.post_quantum))
    return not_ours(disk, "not signed by this log's keys");
  return StoredCheckpoint{*note, *checkpoint};
}

Result<std::uint64_t> published_size(Disk& disk, const transparency::LogSigner& signer) {
  return stored_checkpoint(disk, signer).transform([](const auto& stored) {
    return stored ? stored->checkpoint.size : 0;
  });
}

Publication::Publication(std::shared_ptr<Disk> disk, transparency::LogSigner signer, const Clock& clock,
                         PublisherOptions options)
    : disk_(disk), signer_(std::move(signer)), clock_(clock), options_(std::move(options)), files_(std::move(disk)) {}

Result<void> Publication::restore() {
  auto done = take_up();
  if (done) done = announce_keys();
  if (done) done = replay(*disk_, edge_, [this](const Leaves& leaves) { return add(leaves); });
  if (done) done = publish();
  if (done) files_.remove_superseded(published());
  return done;
}

Result<void> Publication::take_up() {
  auto stored = stored_checkpoint(*disk_, signer_);
  if (!stored) return std::unexpected(stored.error());
  stored_ = std::move(*stored);
  if (!stored_) return {};
  // A killed publisher may have renamed it without more: before older tiles and segments go it must be what a power
  // cut leaves, too.
  if (auto synced = disk_->sync_folder(std::string(kPublicFolder)); !synced) return synced;
  auto edge = restore_edge(disk_, stored_->checkpoint);
  if (!edge) return std::unexpected(edge.error());
  edge_ = std::move(*edge);
  const auto signed_before = transparency::verify_signature(stored_->note, signer_.post_quantum.verifier());
  if (signed_before && signed_before->time) signed_at_ = WallTime(std::chrono::seconds(*signed_before->time));
  return files_.find_partial(stored_->checkpoint.size);
}

Result<void> Publication::announce_keys() {
  const auto text = signer_.classic.verifier().text() + "\n" + signer_.post_quantum.verifier().text() + "\n";
  const auto there = read_all(*disk_, std::string(kKeysFile), kMostCheckpointBytes);
  if (there && *there == text) return {};
  if (auto made = disk_->make_folder(std::string(kPublicFolder)); !made) return made;
  return replace_file(*disk_, std::string(kKeysFile), text);
}

Result<void> Publication::add(const Leaves& leaves) {
  edge_.add(leaves);
  return write_full();
}

Result<void> Publication::write_full() {
  for (auto& full = edge_.full(); !full.empty(); full.pop_front()) {
    if (auto written = files_.write(full.front().tile, full.front().content); !written) return written;
  }
  return {};
}

Result<void> Publication::write_partial() {
  for (const auto& tile : transparency::new_tiles(published(), edge_.size())) {
    if (tile.width == transparency::kTileWidth) continue;
    if (auto written = files_.write(tile, edge_.partial(tile)); !written) return written;
  }
  return {};
}

// Its text and signatures stay as they are while cosignatures are still owed: witnesses see one checkpoint, not many.
Result<transparency::Note> Publication::signed_checkpoint(const transparency::Checkpoint& checkpoint) {
  if (stored_ && stored_->checkpoint == checkpoint) return stored_->note;
  signed_at_ = std::max(signed_at_, clock_.now());
  return signer_.sign(checkpoint, signed_at_);
}

Cosigners::Outcome Publication::cosign(transparency::Note& note) {
  if (options_.cosigners == nullptr) return {.quorum = true};
  auto outcome = options_.cosigners->cosign(note, transparency::TileSource(read_public(disk_), edge_.size()));
  note.signatures.insert(note.signatures.end(), outcome.signatures.begin(), outcome.signatures.end());
  return outcome;
}

Result<void> Publication::publish() {
  if (auto written = write_full(); !written) return written;
  if (stored_ && stored_->checkpoint.size == edge_.size() && witnessed_) return {};
  auto done = write_partial();
  if (done) done = files_.settle();
  if (!done) return done;
  const transparency::Checkpoint checkpoint{signer_.classic.verifier().name, edge_.size(), edge_.root()};
  auto note = signed_checkpoint(checkpoint);
  if (!note) return std::unexpected(note.error());
  StoredCheckpoint stored{*note, checkpoint};
  const auto outcome = cosign(*note);
  if (auto kept = replace_file(*disk_, std::string(kCheckpointFile), note->whole()); !kept) return kept;
  stored_ = std::move(stored);
  witnessed_ = outcome.quorum;
  files_.remove_superseded(published());
  if (options_.on_published) options_.on_published({std::move(*note), published(), outcome.quorum, outcome.why});
  return {};
}

}  // namespace cordon::journal
