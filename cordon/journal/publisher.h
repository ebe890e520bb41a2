// Turns durable entries into tiles and a signed checkpoint, in a thread of its own, within a second of their
// durability. What it makes can be made again from the journal after any crash.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/journal/disk.h"
#include "cordon/journal/folder.h"
#include "cordon/transparency/note.h"
#include "cordon/transparency/tile.h"

namespace cordon::journal {

// Asks witnesses for cosignatures, within their deadline, in the publisher's thread. What it returns is published
// with the checkpoint; too little for the quorum is told (Event), never hidden.
class Cosigners {
 public:
  struct Outcome {
    std::vector<transparency::NoteSignature> signatures;
    bool quorum = false;
    std::string why;  // no quorum: who was missing
  };
  virtual ~Cosigners() = default;
  virtual Outcome cosign(const transparency::Note& checkpoint, const transparency::HashSource& tree) = 0;
};

struct Published {
  transparency::Note checkpoint;
  std::uint64_t size = 0;
  bool witnessed = true;  // the quorum was met, or none is demanded
  std::string why;        // when not
};

struct PublisherOptions {
  std::string origin;  // the log's name: "cordon.example/evidence/op-a"
  std::chrono::nanoseconds every = std::chrono::milliseconds(500);
  Cosigners* cosigners = nullptr;
  std::function<void(const Published&)> on_published;  // in the publisher's thread
  std::function<void(const Error&)> on_failure;        // in the publisher's thread; it then publishes no more
  std::function<void(const Error&)> on_delay;          // the same; the disk is full, and it goes on trying
  bool own_thread = true;  // false: committed() and publish() do the work where they are called
};

class Publisher {
 public:
  // After Journal::open. Brings tiles and checkpoint up to the journal's durable end before it returns; refuses
  // (corrupt, with the place) a checkpoint that promises more than tiles and journal hold, or another root than they
  // give.
  static Result<std::unique_ptr<Publisher>> start(LogFolder folder, transparency::LogSigner signer,
                                                  const Clock& clock, PublisherOptions options);
  static Result<std::unique_ptr<Publisher>> start(std::shared_ptr<Disk> disk, transparency::LogSigner signer,
                                                  const Clock& clock, PublisherOptions options);
  virtual ~Publisher() = default;
  // From the journal's thread, after append() succeeded: copies the entries. Waits only while more than 64 MiB of
  // earlier ones are not yet in tiles.
  virtual void committed(std::uint64_t first, std::span<const std::string_view> entries) = 0;
  virtual Result<void> publish() = 0;           // everything committed so far, now; returns when it is published
  virtual std::uint64_t published() const = 0;  // size of the newest published checkpoint; from any thread
  virtual Result<void> stop() = 0;              // publishes what is there and ends the thread
};

// The checkpoint a log shows, when it is by these keys; nothing for a log that has none yet. corrupt: it is not.
struct StoredCheckpoint {
  transparency::Note note;
  transparency::Checkpoint checkpoint;
};
Result<std::optional<StoredCheckpoint>> stored_checkpoint(Disk& disk, const transparency::LogSigner& signer);
Result<std::uint64_t> published_size(Disk& disk,
                                     const transparency::LogSigner& signer);  // what Journal::open asks for

// The log's keys in folder.keys(): made when both they and the log are new; a log whose key is gone is an error.
// Before the journal is opened: its lock does not cover this.
Result<transparency::LogSigner> log_signer(const LogFolder& folder, const std::string& origin);

}  // namespace cordon::journal
