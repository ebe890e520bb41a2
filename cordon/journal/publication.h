// The publisher's work without its thread: leaves go in, tiles and signed checkpoints come out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "cordon/journal/edge.h"
#include "cordon/journal/publisher.h"
#include "cordon/journal/tile_files.h"

namespace cordon::journal {

class Publication {
 public:
  Publication(std::shared_ptr<Disk> disk, transparency::LogSigner signer, const Clock& clock,
              PublisherOptions options);

  Result<void> restore();  // once, first: after it everything the journal holds is published

  // Into the tree, and what became full into files. no_space: to be tried again, with other leaves or none.
  Result<void> add(const Leaves& leaves);
  // Tiles durable, checkpoint signed, cosigned, durable, in this order. Nothing new and nothing owed: does nothing.
  Result<void> publish();

  std::uint64_t size() const { return edge_.size(); }
  std::uint64_t published() const { return stored_ ? stored_->checkpoint.size : 0; }
  bool owes_cosignatures() const { return !witnessed_; }

 private:
  Result<void> take_up();
  Result<void> write_full();
  Result<void> write_partial();
  Result<void> announce_keys();
  Result<transparency::Note> signed_checkpoint(const transparency::Checkpoint& checkpoint);
  Cosigners::Outcome cosign(transparency::Note& note);

  std::shared_ptr<Disk> disk_;
  transparency::LogSigner signer_;
  const Clock& clock_;
  PublisherOptions options_;
  Edge edge_;
  TileFiles files_;
  std::optional<StoredCheckpoint> stored_;  // without cosignatures that came later
  bool witnessed_ = true;
  WallTime signed_at_{};  // never goes back: witnesses and readers compare times
};

}  // namespace cordon::journal
