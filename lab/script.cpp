#include "lab/script.h"

#include <algorithm>
#include <format>

#include "cordon/base/text.h"

namespace cordon::lab {

namespace {

constexpr std::chrono::seconds kLongestWait{10};

}  // namespace

void Procedures::Script::run() {
  if (steps_.empty()) return finish(std::move(trace_));
  const auto step = std::move(steps_.front());
  steps_.pop_front();
  if (const auto* request = std::get_if<Ask>(&step)) {
    make(*request);
  } else {
    pause(std::get<Wait>(step));
  }
}

void Procedures::Script::make(const Ask& step) {
  const auto request = step.make();
  functions_.peers_of(step.caller)
      .call(step.target, request, [self = shared_from_this(), step, request](const wire::Response& response) {
        self->answered(step, request, response);
      });
}

void Procedures::Script::pause(const Wait& step) {
  auto over = std::make_shared<bool>(false);
  const auto timer = loop_.after(kLongestWait, [self = shared_from_this(), over] {
    if (!std::exchange(*over, true)) {
      self->finish(fail(ErrorKind::unavailable, "waited ten seconds for an NF's own request that never came"));
    }
  });
  step([self = shared_from_this(), over, timer] {
    if (std::exchange(*over, true)) return;
    self->loop_.cancel(timer);
    self->run();
  });
}

void Procedures::Script::answered(const Ask& step, const wire::Request& request, const wire::Response& response) {
  trace_.push_back({step.caller, request.method, request.path, response.status});
  if (!std::ranges::contains(step.expected, response.status)) {
    return finish(
        fail(ErrorKind::invalid_input, std::format("{}: {} {}: answered {} {}", name_of(step.caller), request.method,
                                                   request.path, response.status, printable(response.body, 200))));
  }
  if (step.then) step.then(response);
  run();
}

void Procedures::Script::finish(Result<Trace> result) {
  steps_.clear();
  if (const auto done = std::exchange(done_, nullptr)) done(std::move(result));
}

}  // namespace cordon::lab
