#include "app/cordon/witness_notes.h"

#include <sys/epoll.h>

#include <format>
#include <utility>

#include "cordon/base/log.h"

namespace cordon::app {

void WitnessNotes::published(const journal::Published& published) {
  const bool changed = std::exchange(witnessed_, published.witnessed) != published.witnessed;
  if (!published.witnessed) {
    if (changed) first_without_ = published.size;
    last_without_ = published.size;
  }
  if (!changed) return;
  if (published.witnessed) {
    cordon::log(LogLevel::info, "checkpoints are witnessed again", {});
    return tell(
        std::format("the checkpoint of {} records is witnessed, and with it those of {} to {} records, which "
                    "were published without",
                    published.size, first_without_, last_without_));
  }
  cordon::log(LogLevel::warn, "checkpoint without its witnesses", {{"cause", published.why}});
  tell(
      std::format("checkpoints are published without the cosignatures their policy demands, from the one of {} "
                  "records on: {}",
                  published.size, published.why));
}

void WitnessNotes::tell(std::string note) {
  if (!waiting_.put(std::move(note))) cordon::log(LogLevel::error, "no room for a record about witnesses", {});
}

void WitnessNotes::watch(Loop& loop, std::function<void(std::string)> say) {
  loop.watch(waiting_.bell(), EPOLLIN, [this, say = std::move(say)](std::uint32_t) {
    waiting_.silence();
    while (auto note = waiting_.take()) say(std::move(*note));
  });
}

}  // namespace cordon::app
