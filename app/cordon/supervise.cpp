#include "app/cordon/supervise.h"

#include <algorithm>
#include <ranges>

#include "cordon/base/log.h"

namespace cordon::app {

namespace {
constexpr std::chrono::seconds kSettled{10};  // a child that lived this long starts with a short pause again
constexpr std::chrono::milliseconds kShortPause{50};
constexpr std::chrono::milliseconds kLongPause{2000};

bool is_final(const ExitStatus& status) { return status.signal == 0 && (status.code == 2 || status.code == 64); }
}  // namespace

Result<void> Supervisor::start(Part part) {
  auto child = std::make_unique<Child>();
  child->part = std::move(part);
  if (auto spawned = spawn(*child); !spawned) return spawned;
  children_.push_back(std::move(child));
  return {};
}

Result<void> Supervisor::spawn(Child& child) {
  auto process = Process::spawn(child.part.order);
  if (!process) return std::unexpected(within(child.part.name, process.error()));
  child.process = std::make_unique<Process>(std::move(*process));
  child.started = system_clock().steady();
  child.process->on_exit(loop_, [this, &child](ExitStatus status) { on_exit(child, status); });
  return {};
}

void Supervisor::on_exit(Child& child, ExitStatus status) {
  if (stopping_) return;
  if (is_final(status)) return on_final_(std::format("{} {}", child.part.name, status.text()));
  if (system_clock().steady() - child.started > kSettled) child.pause = kShortPause;
  log(LogLevel::error, "a process ended and is started again",
      {{"process", child.part.name},
       {"how", status.text()},
       {"after_ms", static_cast<std::int64_t>(child.pause.count())}});
  loop_.after(child.pause, [this, &child] { restart(child); });
  child.pause = std::min(child.pause * 2, kLongPause);
}

void Supervisor::restart(Child& child) {
  if (stopping_) return;
  if (const auto spawned = spawn(child); !spawned) {
    log(LogLevel::error, "cannot start again", {{"why", spawned.error().message}});
    loop_.after(kLongPause, [this, &child] { restart(child); });
  }
}

void Supervisor::stop() {
  stopping_ = true;
  for (const auto& child : children_ | std::views::reverse) {
    if (child->process) [[maybe_unused]]
      const auto ended = child->process->stop(std::chrono::seconds(10));
  }
  children_.clear();
}

std::vector<std::pair<std::string, pid_t>> Supervisor::running() const {
  std::vector<std::pair<std::string, pid_t>> out;
  for (const auto& child : children_) {
    if (child->process) out.emplace_back(child->part.name, child->process->pid());
  }
  return out;
}

}  // namespace cordon::app
