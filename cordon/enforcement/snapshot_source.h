// Where a proxy's protection comes from: the engine's socket, and, when the engine is away, the last snapshot on
// disk.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "cordon/base/loop.h"
#include "cordon/enforcement/line_channel.h"
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

  // Calls changed for the stored snapshot at once when it is still good, then for every newer one from the engine. An
  // older, wrongly signed or broken snapshot is reported to the log and to the engine, and changes nothing.
  SnapshotSource(Loop& loop, Places places, Changed changed);
  ~SnapshotSource();

  bool connected() const { return channel_ != nullptr; }

 private:
  void use_stored();
  void connect();
  void retry();
  void on_line(std::string_view line);
  Result<void> take(std::string_view line);

  Loop& loop_;
  Places places_;
  Changed changed_;
  std::shared_ptr<const Protection> current_;
  std::unique_ptr<LineChannel> channel_;
  Loop::TimerId retry_timer_ = 0;
  bool told_away_ = false;
};

}  // namespace cordon::enforcement
