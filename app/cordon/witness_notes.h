// Whether checkpoints have the cosignatures their policy demands: told by the publisher's thread, written to the log
// as a record (kind "witness") and to the writer's own messages, each time it changes.
#pragma once

#include <functional>
#include <string>

#include "cordon/base/loop.h"
#include "cordon/enforcement/mailbox.h"
#include "cordon/journal/publisher.h"

namespace cordon::app {

class WitnessNotes {
 public:
  void published(const journal::Published& published);  // the publisher's thread
  // Calls say in the loop's thread for everything told, also what was told before. Both outlive the loop's run.
  void watch(Loop& loop, std::function<void(std::string)> say);

 private:
  void tell(std::string note);

  enforcement::Mailbox<std::string> waiting_{1024};
  // The publisher's thread only.
  bool witnessed_ = true;
  std::uint64_t first_without_ = 0;  // sizes of the checkpoints without
  std::uint64_t last_without_ = 0;
};

}  // namespace cordon::app
