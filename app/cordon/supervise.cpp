#include "app/cordon/supervise.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ranges>

#include "cordon/base/log.h"

namespace cordon::app {

namespace {
constexpr std::chrono::seconds kSettled{10};  // a child that lived this long starts with a short pause again
constexpr std::chrono::milliseconds kShortPause{50};
constexpr std::chrono::milliseconds kLongPause{2000};
constexpr std::chrono::seconds kReadyWithin{45};

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
  child.runs = true;
  child.process->on_exit(loop_, [this, &child](ExitStatus status) { on_exit(child, status); });
  return {};
}

void Supervisor::on_exit(Child& child, ExitStatus status) {
  child.runs = false;
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
  if (stopping_ || child.runs) return;
  if (const auto spawned = spawn(child); !spawned) {
    log(LogLevel::error, "cannot start again", {{"why", spawned.error().message}});
    loop_.after(kLongPause, [this, &child] { restart(child); });
  }
}

void Supervisor::signal(std::string_view name, int number) {
  for (const auto& child : children_) {
    if (child->part.name == name && child->runs) static_cast<void>(child->process->signal(number));
  }
}

// === another process in the place of one =========================================================================

void Supervisor::replace(std::string_view name, const Successor& with, std::chrono::seconds farewell, Replaced done) {
  const auto found = std::ranges::find(children_, name, [](const auto& each) { return each->part.name; });
  if (coming_ || found == children_.end())
    return done(fail(ErrorKind::unavailable, coming_ ? "another upgrade is under way" : "there is no such process"));
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return done(fail_errno("pipe", errno));
  const Fd theirs(ends[1]);
  coming_ = std::make_unique<Coming>();
  coming_->child = found->get();
  coming_->ready = Fd(ends[0]);
  coming_->farewell = farewell;
  coming_->done = std::move(done);
  auto process = Process::spawn(with(theirs.get()));
  if (!process) return came(std::unexpected(process.error()));
  coming_->process = std::make_unique<Process>(std::move(*process));
  coming_->process->on_exit(loop_, [this](ExitStatus status) {
    came(fail(ErrorKind::unavailable,
              std::format("the new process {}: see its message in the log; the old one stays", status.text())));
  });
  coming_->patience = loop_.after(kReadyWithin, [this] {
    came(fail(ErrorKind::unavailable,
              std::format("the new process was not ready within {}; the old one stays", kReadyWithin)));
  });
  loop_.watch(coming_->ready.get(), EPOLLIN, [this](std::uint32_t) {
    std::array<char, 8192> text{};
    const auto got = ::read(coming_->ready.get(), text.data(), text.size());
    if (got > 0) return came({});
    loop_.forget(coming_->ready.get());  // it ends: on_exit says how
  });
}

void Supervisor::came(Result<void> how) {
  const auto coming = std::shared_ptr<Coming>(std::move(coming_));
  loop_.cancel(coming->patience);
  loop_.forget(coming->ready.get());
  if (how) {
    auto& child = *coming->child;
    auto old = std::exchange(child.process, std::move(coming->process));
    if (child.runs) dismiss(std::move(old), coming->farewell);
    child.started = system_clock().steady();
    child.runs = true;
    child.process->on_exit(loop_, [this, &child](ExitStatus status) { on_exit(child, status); });
  }
  coming->done(std::move(how));
  loop_.defer([coming] {});  // a process may not be given up inside its own callback
}

void Supervisor::dismiss(std::unique_ptr<Process> old, std::chrono::seconds farewell) {
  const auto* raw = leaving_.emplace_back(std::move(old)).get();
  const auto forget = [this, raw] { std::erase_if(leaving_, [raw](const auto& each) { return each.get() == raw; }); };
  leaving_.back()->on_exit(loop_, [this, forget](ExitStatus) { loop_.defer(forget); });
  loop_.after(farewell, forget);
}

void Supervisor::stop(std::chrono::seconds grace) {
  stopping_ = true;
  if (coming_) came(fail(ErrorKind::unavailable, "everything stops"));
  for (const auto& old : leaving_) [[maybe_unused]]
    const auto ended = old->stop(grace);
  leaving_.clear();
  for (const auto& child : children_ | std::views::reverse) {
    if (child->process) [[maybe_unused]]
      const auto ended = child->process->stop(grace);
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
