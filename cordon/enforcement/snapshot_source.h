// Where a proxy's protection comes from: the engine's socket, and, when the engine is away, the last snapshot on
// disk. Checking and compiling a snapshot takes longer than a request may wait, so a thread of its own does it; the
// loop that serves requests sees one pointer change.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "cordon/base/loop.h"
#include "cordon/enforcement/snapshot.h"

namespace cordon::enforcement {

class SnapshotSource {
 public:
  using Changed = std::function<void(std::shared_ptr<const Protection>)>;

  struct Places {
    std::filesystem::path socket;         // the engine's
    std::filesystem::path public_key;     // whose signature counts
    std::filesystem::path last_snapshot;  // kept by us
  };

  // Calls changed for the stored snapshot at once when it is still good, then, in the loop's thread, for every newer
  // one from the engine; the engine hears "running" when changed has returned. An older, wrongly signed or broken
  // snapshot is reported to the log and to the engine, and changes nothing.
  // What changed is given belongs to the loop's thread. Letting the last of it go is cheap: the snapshot itself is
  // taken down by the other thread.
  SnapshotSource(Loop& loop, Places places, Changed changed);
  ~SnapshotSource();
  SnapshotSource(const SnapshotSource&) = delete;
  SnapshotSource& operator=(const SnapshotSource&) = delete;

  bool connected() const;  // a moment's truth

 private:
  class Worker;
  struct Handover;

  void receive();
  std::shared_ptr<const Protection> guarded(std::shared_ptr<const Protection> protection) const;

  Loop& loop_;
  Changed changed_;
  std::shared_ptr<Handover> handover_;  // also held by every protection given out
  std::unique_ptr<Worker> worker_;      // outlives the thread that runs it
  std::jthread thread_;
};

}  // namespace cordon::enforcement
