#include "cordon/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <format>
#include <optional>
#include <string_view>

extern "C" {  // glibc up to 2.41 forgets to say so
#include <sys/pidfd.h>
}

namespace cordon {

namespace {

constexpr std::chrono::milliseconds kForever{-1};
constexpr int kCannotStart = 127;  // as shells say it

// What the child needs between fork and exec, made before: there it may neither allocate nor lock, because another
// thread of ours may have held a lock when the memory was copied.
struct Launch {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<InheritedFd> descriptors;
  int report = -1;  // takes errno when the program cannot be started; closed by a successful exec
  pid_t parent = -1;
};

std::string_view name_of(std::string_view assignment) { return assignment.substr(0, assignment.find('=')); }

std::vector<std::string> merged_environment(const std::vector<std::string>& ours) {
  auto out = ours;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string_view inherited = *one;
    const bool replaced =
        std::ranges::contains(ours, name_of(inherited), [](const auto& text) { return name_of(text); });
    if (!replaced) out.emplace_back(inherited);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// === in the child: only async-signal-safe calls

void forget_parents_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Numbers move in two steps, because one descriptor's new number may be another's old one.
bool place_descriptors(Launch& launch) {
  int free_number = 3;
  for (const auto& one : launch.descriptors) free_number = std::max(free_number, one.theirs + 1);
  launch.report = ::fcntl(launch.report, F_DUPFD_CLOEXEC, free_number);
  if (launch.report < 0) return false;
  for (auto& one : launch.descriptors) {
    one.ours = ::fcntl(one.ours, F_DUPFD_CLOEXEC, free_number);
    if (one.ours < 0) return false;
  }
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return false;
  return std::ranges::all_of(launch.descriptors, [](const auto& one) { return ::dup2(one.ours, one.theirs) >= 0; });
}

[[noreturn]] void give_up(const Launch& launch) {
  const int reason = errno;
  [[maybe_unused]] const auto put = ::write(launch.report, &reason, sizeof reason);  // lost: the parent is gone
  ::_exit(kCannotStart);
}

[[noreturn]] void run_child(Launch& launch) {
  // prctl(2) PR_SET_PDEATHSIG: a parent that died before this call sends nothing any more, hence the second look.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(launch);
  if (::getppid() != launch.parent) ::_exit(kCannotStart);
  forget_parents_signals();
  if (!place_descriptors(launch)) give_up(launch);
  ::execve(launch.arguments[0], launch.arguments.data(), launch.environment.data());
  give_up(launch);
}

// === in the parent

struct Child {
  pid_t pid = -1;
  Fd pidfd;
};

// The child's errno, or 0 once exec has closed the pipe.
int start_error(int report) {
  int reason = 0;
  ssize_t got = 0;
  do {
    got = ::read(report, &reason, sizeof reason);
  } while (got < 0 && errno == EINTR);
  return got == sizeof reason ? reason : 0;
}

Result<Child> fork_child(Launch& launch, const std::string& program) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  const Fd report(ends[0]);
  Fd theirs(ends[1]);
  launch.report = theirs.get();
  launch.parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) run_child(launch);
  if (pid < 0) return fail_errno("fork", errno);
  theirs.reset();
  const int reason = start_error(report.get());
  // Nobody else reaps this child, so its number cannot have passed to another process.
  Fd pidfd(reason == 0 ? ::pidfd_open(pid, 0) : -1);
  if (pidfd) return Child{pid, std::move(pidfd)};
  const int failed = reason != 0 ? reason : errno;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  return fail_errno("start " + program, failed);
}

ExitStatus from_siginfo(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return {.code = info.si_status, .signal = 0};
  return {.code = 0, .signal = info.si_status};
}

}  // namespace

std::string ExitStatus::text() const {
  if (signal == 0) return std::format("exited with {}", code);
  return std::format("was killed by signal {} ({})", signal, ::strsignal(signal));
}

// === Process

struct Process::State {
  explicit State(Child child) : pid(child.pid), pidfd(std::move(child.pidfd)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  void unwatch();
  Result<ExitStatus> reap();

  pid_t pid;
  Fd pidfd;
  std::optional<ExitStatus> ended;  // set: reaped
  Loop* loop = nullptr;             // set: watched there
};

Process::State::~State() {
  unwatch();
  if (ended) return;
  ::pidfd_send_signal(pidfd.get(), SIGKILL, nullptr, 0);
  static_cast<void>(reap());  // nobody is left to tell
}

void Process::State::unwatch() {
  if (auto* watching = std::exchange(loop, nullptr); watching != nullptr) watching->forget(pidfd.get());
}

Result<ExitStatus> Process::State::reap() {
  if (ended) return *ended;
  siginfo_t info{};
  int done = 0;
  do {
    done = ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED);
  } while (done != 0 && errno == EINTR);
  if (done != 0) return fail_errno(std::format("wait for process {}", pid), errno);
  ended = from_siginfo(info);
  return *ended;
}

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

Result<Process> Process::spawn(const ProcessOrder& order) {
  if (order.arguments.empty()) return fail(ErrorKind::invalid_input, "a process needs at least its program's path");
  auto arguments = order.arguments;
  auto environment = merged_environment(order.environment);
  Launch launch{
      .arguments = pointers(arguments), .environment = pointers(environment), .descriptors = order.descriptors};
  auto nothing = open_file("/dev/null", O_RDONLY);
  if (!nothing) return std::unexpected(nothing.error());
  if (!std::ranges::contains(order.descriptors, 0, &InheritedFd::theirs)) {
    launch.descriptors.push_back({nothing->get(), 0});
  }
  auto child = fork_child(launch, order.arguments[0]);
  if (!child) return std::unexpected(child.error());
  return Process(std::make_unique<State>(std::move(*child)));
}

pid_t Process::pid() const { return state_->pid; }

void Process::on_exit(Loop& loop, std::function<void(ExitStatus)> action) {
  state_->loop = &loop;
  loop.watch(state_->pidfd.get(), EPOLLIN, [state = state_.get(), action = std::move(action)](std::uint32_t) {
    const auto status = state->reap();
    state->unwatch();
    action(status.value_or(ExitStatus{.code = kCannotStart}));  // may destroy the process: nothing follows
  });
}

Result<void> Process::signal(int number) {
  if (state_->ended) return fail(ErrorKind::not_found, std::format("process {} has ended", state_->pid));
  if (::pidfd_send_signal(state_->pidfd.get(), number, nullptr, 0) == 0) return {};
  if (errno == ESRCH) return fail(ErrorKind::not_found, std::format("process {} has ended", state_->pid));
  return fail_errno(std::format("signal process {}", state_->pid), errno);
}

Result<ExitStatus> Process::wait(std::chrono::milliseconds limit) {
  if (state_->ended) return *state_->ended;
  pollfd waiting{.fd = state_->pidfd.get(), .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&waiting, 1, static_cast<int>(limit.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return fail(ErrorKind::unavailable, std::format("process {} still runs", state_->pid));
  state_->unwatch();
  return state_->reap();
}

Result<ExitStatus> Process::stop(std::chrono::milliseconds grace) {
  static_cast<void>(signal(SIGTERM));  // already ended: the wait below says how
  if (auto status = wait(grace); status || status.error().kind != ErrorKind::unavailable) return status;
  static_cast<void>(signal(SIGKILL));
  return wait(kForever);
}

}  // namespace cordon
