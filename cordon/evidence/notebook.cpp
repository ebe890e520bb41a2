#include "cordon/evidence/notebook.h"

#include "cordon/base/log.h"

namespace cordon::evidence {

namespace {
constexpr std::size_t kMost = 1000;
constexpr auto kRetry = std::chrono::milliseconds(200);
}  // namespace

void Notebook::keep(Record record) {
  if (notes_.size() >= kMost) {
    ++lost_;
    return;
  }
  notes_.push_back(std::move(record));
  send();
}

// One at a time: they are few, and stay in order.
void Notebook::send() {
  if (sending_ || timer_ != 0 || notes_.empty()) return;
  sending_ = true;
  client_.append(notes_.front(), [this, alive = std::weak_ptr(alive_)](const Result<std::uint64_t>& sequence) {
    if (!alive.expired()) answered(sequence);
  });
}

void Notebook::answered(const Result<std::uint64_t>& sequence) {
  sending_ = false;
  if (!sequence && sequence.error().kind != ErrorKind::invalid_input) {
    timer_ = loop_.after(kRetry, [this] {
      timer_ = 0;
      send();
    });
    return;
  }
  if (!sequence) log(LogLevel::error, "a note was refused by the log", {{"cause", sequence.error().message}});
  notes_.pop_front();
  if (notes_.empty() && lost_ > 0) {
    Record gap;
    gap.time = system_clock().now();
    gap.kind = "gap";
    gap.reason = std::format("{} notes were lost while the log writer was away", std::exchange(lost_, 0));
    notes_.push_back(std::move(gap));
  }
  send();
}

}  // namespace cordon::evidence
