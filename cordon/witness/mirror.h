// A mirror: a full copy of somebody's log, every byte verified before the copy counts, never going back. What it
// stores is itself a log of plain files (C2SP tlog-tiles), cosigned by the mirror when it has keys: then a
// cosignature also says "I have it all".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/journal/disk.h"
#include "cordon/transparency/tile.h"
#include "cordon/witness/equivocation.h"

namespace cordon::witness {

class Mirror {
 public:
  struct Options {
    std::vector<transparency::NoteSigner> signers;        // empty: the copy is not cosigned
    std::function<void(std::uint64_t entries)> progress;  // copied so far in this step
  };
  // Begins a mirror of that log in an empty folder: a line in the file mirror-of. A folder without it never was one,
  // or forgot what it had; keys that cosigned before must not go on there.
  static Result<void> create(journal::Disk& disk, std::string_view origin);
  // disk: the mirror's folder; the copy lies in public/. corrupt: what is there is not a verified copy of that log.
  static Result<std::unique_ptr<Mirror>> open(std::shared_ptr<journal::Disk> disk, KnownLog log, const Clock& clock,
                                              Options options);

  struct Step {
    std::uint64_t from = 0;
    std::uint64_t size = 0;
    bool behind = false;  // the place shows an older checkpoint of the same history than the copy has
  };
  // Takes the place's newest checkpoint and whatever it needs. Errors leave the copy as it was; what was fetched and
  // verified already is not fetched again.
  //   corrupt  a signature, a hash, or history does not hold; when the log signed two histories, proof() has them
  Result<Step> follow(const transparency::ReadResource& read);

  const std::optional<transparency::Note>& latest() const { return note_; }
  std::uint64_t size() const { return checkpoint_ ? checkpoint_->size : 0; }
  const std::optional<std::string>& proof() const { return proof_; }  // the file with the two notes

 private:
  Mirror(std::shared_ptr<journal::Disk> disk, KnownLog log, const Clock& clock, Options options)
      : disk_(std::move(disk)), log_(std::move(log)), clock_(clock), options_(std::move(options)) {}

  Result<void> load();
  Result<std::string> own(const std::string& path) const;
  Result<Step> consider(transparency::Note note, const transparency::Checkpoint& checkpoint,
                        const transparency::ReadResource& read);
  Result<Step> compare_older(const transparency::Note& note, const transparency::Checkpoint& checkpoint);
  Result<void> copy(const transparency::Note& note, const transparency::Checkpoint& checkpoint,
                    const transparency::ReadResource& read);
  Result<void> check_history(const transparency::Note& note, const transparency::Checkpoint& checkpoint,
                             const transparency::ReadResource& read);
  Result<void> copy_edge(const transparency::Checkpoint& checkpoint, const transparency::ReadResource& read);
  Result<void> copy_full(std::uint64_t size, const transparency::ReadResource& read);
  Result<void> copy_bundle(const transparency::Tile& leaves, const std::string& hashes,
                           const transparency::ReadResource& read);
  Result<void> store(const std::string& path, std::string_view content);
  Result<void> publish(transparency::Note note, const transparency::Checkpoint& checkpoint);
  void forget_partial(std::uint64_t from, std::uint64_t size);
  std::unexpected<Error> convict(const Equivocation& proof);

  std::shared_ptr<journal::Disk> disk_;
  KnownLog log_;
  const Clock& clock_;
  Options options_;
  std::optional<transparency::Note> note_;
  std::optional<transparency::Checkpoint> checkpoint_;
  std::optional<std::string> proof_;
  std::set<std::string> folders_;  // made already
};

}  // namespace cordon::witness
