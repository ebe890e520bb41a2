// A witness (C2SP tlog-witness): cosigns a log's checkpoint only if it continues the one it cosigned last, and has
// that on its disk before anybody sees the cosignature.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/journal/disk.h"
#include "cordon/transparency/witness_request.h"
#include "cordon/wire/message.h"
#include "cordon/witness/equivocation.h"

namespace cordon::witness {

// What a witness keeps in its folder:
//   origins        hashes of all origins it ever cosigned, so that a lost file is not taken for a new log
//   <origin hash>  the last cosigned note of that log, with the log's signatures and the witness's own
//   <origin hash>.equivocation  the first proof that the log signed two trees of one size
class Witness {
 public:
  // For a new witness only, before its keys are used: a folder without it belongs to a witness that lost its memory.
  static Result<void> create(journal::Disk& state);

  // What its operator should hear of.
  struct Incident {
    std::string what;  // a sentence
    std::string origin;
    std::uint64_t size = 0;      // of the checkpoint that was submitted
    std::uint64_t cosigned = 0;  // the last one
    std::string proof;           // the file, when the log signed two histories
  };
  using Tell = std::function<void(const Incident&)>;

  // corrupt: a note is gone or not signed by these keys. Then the witness must not go on with its keys: what it
  // cosigned is no longer known.
  static Result<std::unique_ptr<Witness>> open(std::shared_ptr<journal::Disk> state, std::vector<KnownLog> logs,
                                               std::vector<transparency::NoteSigner> signers, const Clock& clock,
                                               Tell tell = {});

  // POST /add-checkpoint and GET /<origin hash>/checkpoint
  wire::Response answer(const wire::Request& request);

  struct Cosigned {
    std::string origin;
    std::uint64_t size = 0;
  };
  std::vector<Cosigned> cosigned() const;
  // Set once its disk failed in a way after which it is not known what is on it: everything is answered with 503.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Latest {
    transparency::Note note;
    transparency::Checkpoint checkpoint;
    std::int64_t time = 0;  // of the newest cosignature
  };
  struct Log {
    KnownLog known;
    std::optional<Latest> latest;
  };

  Witness(std::shared_ptr<journal::Disk> state, std::vector<transparency::NoteSigner> signers, const Clock& clock,
          Tell tell)
      : state_(std::move(state)), signers_(std::move(signers)), clock_(clock), tell_(std::move(tell)) {}
  Result<void> load(std::vector<KnownLog> logs);
  Result<Latest> latest_of(const std::string& file, const std::string& origin) const;
  wire::Response add_checkpoint(std::string_view body);
  std::optional<wire::Response> objection(const transparency::AddCheckpoint& request,
                                          const transparency::Checkpoint& checkpoint, const Log& log);
  std::string keep_equivocation(const transparency::Note& note, const Log& log);
  wire::Response cosign(Log& log, const transparency::Checkpoint& checkpoint,
                        std::vector<transparency::NoteSignature> of_log);
  Result<void> keep(const Latest& latest);
  wire::Response monitor(std::string_view path) const;

  std::shared_ptr<journal::Disk> state_;
  std::vector<transparency::NoteSigner> signers_;
  const Clock& clock_;
  Tell tell_;
  std::map<std::string, Log, std::less<>> logs_;  // by origin hash
  std::vector<std::string> origins_;              // as on the disk
  std::optional<Error> failure_;
};

}  // namespace cordon::witness
