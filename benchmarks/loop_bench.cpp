// What waiting for sockets costs: the same relay over bare epoll, over Cordon's Loop, over io_uring and over Asio.
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <print>
#include <string_view>
#include <vector>

#include "benchmarks/loop_relay.h"
#include "benchmarks/report.h"
#include "cordon/base/clock.h"

namespace cordon::bench {
namespace {

constexpr std::size_t kConnections = 32;
constexpr std::size_t kMessage = 600;
constexpr std::array<std::size_t, 2> kInFlight{1, 16};  // of each connection
constexpr int kRounds = 7;
constexpr std::chrono::milliseconds kRound{700};
constexpr std::size_t kRelayCpu = 0;
constexpr std::size_t kLoadCpu = 1;

struct Backend {
  std::string_view name;
  Relay relay;
};

const std::vector<Backend> kBackends = {
    {"bare epoll", relay_epoll},
    {"cordon Loop", relay_cordon},
#ifdef CORDON_BENCH_IO_URING
    {"io_uring", relay_io_uring},
#endif
#ifdef CORDON_BENCH_ASIO
    {"asio", relay_asio},
#endif
};

void pin(std::size_t cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  ::sched_setaffinity(0, sizeof cpus, &cpus);  // fails where there is one processor only: then all share it
}

void add(int epoll, int fd, std::uint64_t mark) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = mark}};
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) give_up("epoll_ctl", errno);
}

// The system calls a process makes, counted by the kernel; none where tracefs is not mounted or perf is forbidden.
// Counting makes each call dearer, so it has a round of its own.
class SystemCalls {
 public:
  explicit SystemCalls(pid_t pid) {
    const auto id = read_file("/sys/kernel/tracing/events/raw_syscalls/sys_enter/id", 64);
    if (!id) return;
    perf_event_attr what{};
    what.type = PERF_TYPE_TRACEPOINT;
    what.size = sizeof what;
    std::from_chars(id->data(), id->data() + id->size(), what.config);
    fd_ = Fd(static_cast<int>(::syscall(SYS_perf_event_open, &what, pid, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  }
  std::optional<double> count() const {
    std::uint64_t value = 0;
    if (!fd_ || ::read(fd_.get(), &value, sizeof value) != sizeof value) return std::nullopt;
    return static_cast<double>(value);
  }

 private:
  Fd fd_;
};

struct Samples {
  std::vector<double> rate, cpu;  // messages/s; microseconds of processor a message
  std::optional<double> calls;    // system calls a message
};

// A relay in a process of its own, its producer's side and its consumers' side; all of them live through all rounds.
class Bench {
 public:
  explicit Bench(const Backend& backend) : name(backend.name), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    echo_ = listen();
    Fd front = listen();
    at_ = local_endpoint(front.get()).value();
    start(backend, std::move(front));
    if (::clock_getcpuclockid(pid_, &clock_) != 0) give_up("clock_getcpuclockid", errno);
    add(epoll_.get(), echo_.get(), kListener);
  }
  ~Bench() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // False when the relay may not run here; it said why.
  bool connect() {
    while (consumers_.size() < kConnections) {
      auto fd = connect_tcp_blocking(at_, std::chrono::seconds(5));
      if (!fd) return false;
      at_once(fd->get());
      add(epoll_.get(), fd->get(), consumers_.size());
      consumers_.push_back(std::move(*fd));
      if (exchange(1, {}) == 0) return false;
    }
    return true;
  }

  void round(std::size_t in_flight, Samples& samples) {
    const double before = processor_seconds();
    const auto start = system_clock().steady();
    const auto answered = static_cast<double>(exchange(in_flight, kRound));
    if (answered == 0) give_up(std::format("the relay over {} stopped", name), 0);
    samples.rate.push_back(answered / std::chrono::duration<double>(system_clock().steady() - start).count());
    samples.cpu.push_back((processor_seconds() - before) / answered * 1e6);
  }

  std::optional<double> calls(std::size_t in_flight) {
    const SystemCalls calls(pid_);
    const auto answered = static_cast<double>(exchange(in_flight, kRound));
    return calls.count().transform([&](double made) { return made / answered; });
  }

  const std::string_view name;

 private:
  static constexpr std::uint64_t kListener = 1U << 20;
  static constexpr std::uint64_t kEcho = 1U << 21;

  static Fd listen() { return listen_tcp({.address = "127.0.0.1", .port = 0}).value(); }

  void start(const Backend& backend, Fd front) {
    const auto upstream = local_endpoint(echo_.get()).value();
    pid_ = ::fork();
    if (pid_ < 0) give_up("fork", errno);
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(kRelayCpu);
    backend.relay(std::move(front), upstream);
    std::_Exit(0);
  }

  double processor_seconds() const {
    timespec used{};
    ::clock_gettime(clock_, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
  }

  // Keeps so many messages in flight on every connection for that time, and waits for the last. How many came back;
  // 0 when the relay has gone.
  std::size_t exchange(std::size_t in_flight, std::chrono::milliseconds time) {
    const auto end = system_clock().steady() + time;
    for (const auto& consumer : consumers_) send_whole(consumer.get(), out_.data(), in_flight * kMessage);
    back_ = 0;
    open_ = consumers_.size() * in_flight * kMessage;
    std::array<epoll_event, 128> events;
    while (open_ > 0) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), 5000);
      if (count <= 0) return 0;
      more_ = system_clock().steady() < end;
      for (int i = 0; i < count; ++i) {
        if (!serve(events[static_cast<std::size_t>(i)].data.u64)) return 0;
      }
    }
    return back_ / kMessage;
  }

  bool serve(std::uint64_t mark) {
    if (mark == kListener) {
      welcome();
    } else if (mark >= kEcho) {
      echo(static_cast<int>(mark - kEcho));
    } else {
      return take(consumers_[mark].get());
    }
    return true;
  }

  void welcome() {
    auto accepted = accept_one(echo_.get());
    if (!accepted) return;
    at_once(accepted->fd.get());
    add(epoll_.get(), accepted->fd.get(), kEcho + static_cast<std::uint64_t>(accepted->fd.get()));
    echoes_.push_back(std::move(accepted->fd));
  }

  void echo(int fd) {
    const auto got = ::recv(fd, in_.data(), in_.size(), 0);
    if (got > 0) send_whole(fd, in_.data(), static_cast<std::size_t>(got));
  }

  // As much goes out again as came back, while there is time: so much stays in flight.
  bool take(int fd) {
    const auto got = ::recv(fd, in_.data(), in_.size(), 0);
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) return false;
    const auto size = static_cast<std::size_t>(got);
    back_ += size;
    if (more_) {
      send_whole(fd, out_.data(), size);
    } else {
      open_ -= size;
    }
    return true;
  }

  Fd epoll_, echo_;
  Endpoint at_;
  pid_t pid_ = -1;
  clockid_t clock_{};
  std::vector<Fd> consumers_;
  std::vector<Fd> echoes_;
  std::size_t back_ = 0, open_ = 0;  // bytes of this exchange that came back, and that are under way
  bool more_ = false;                // there is time: what comes back is sent again
  std::array<char, kRelayBuffer> in_{};
  std::array<char, kRelayBuffer> out_{};
};

using Benches = std::vector<std::unique_ptr<Bench>>;

Benches start_all() {
  Benches benches;
  for (const auto& backend : kBackends) {
    auto bench = std::make_unique<Bench>(backend);
    if (bench->connect()) {
      benches.push_back(std::move(bench));
    } else {
      std::println(stderr, "bench loop: {} is left out", backend.name);
    }
  }
#ifndef CORDON_BENCH_IO_URING
  std::println(stderr, "bench loop: io_uring is left out: liburing-dev was not there when this was built");
#endif
#ifndef CORDON_BENCH_ASIO
  std::println(stderr, "bench loop: asio is left out: libasio-dev was not there when this was built");
#endif
  return benches;
}

void report(std::vector<Figure>& out, const Benches& benches, const std::vector<Samples>& samples,
            std::size_t in_flight) {
  const auto rows = [&](const char* what, const char* unit, const std::string& statistic, auto value) {
    const Peer first{std::string(benches[0]->name), value(samples[0])};
    for (std::size_t i = 0; i < benches.size(); ++i) {
      out.push_back({std::format("{}, {} in flight: {}", what, in_flight, benches[i]->name), value(samples[i]), unit,
                     statistic, i == 0 ? std::nullopt : std::optional(first)});
    }
  };
  const auto medians = std::format("median of {}", kRounds);
  rows("processor time a message", "us", medians, [](const Samples& each) { return median(each.cpu); });
  rows("messages", "1/s", medians, [](const Samples& each) { return median(each.rate); });
  if (samples[0].calls)
    rows("system calls a message", "calls", "one round", [](const Samples& each) { return each.calls.value_or(0); });
}

std::vector<Figure> measure() {
  auto benches = start_all();
  std::vector<Figure> out;
  for (const auto in_flight : kInFlight) {
    std::vector<Samples> samples(benches.size());
    for (int round = 0; round < kRounds; ++round) {
      for (std::size_t i = 0; i < benches.size(); ++i) benches[i]->round(in_flight, samples[i]);
    }
    for (std::size_t i = 0; i < benches.size(); ++i) samples[i].calls = benches[i]->calls(in_flight);
    report(out, benches, samples, in_flight);
  }
  return out;
}

}  // namespace
}  // namespace cordon::bench

int main(int argc, char** argv) {
  const bool json = argc == 2 && std::string_view(argv[1]) == "--json";
  if (argc > 1 && !json) {
    std::println(stderr, "usage: bench_loop [--json]");
    return 2;
  }
  cordon::bench::pin(cordon::bench::kLoadCpu);
  cordon::bench::print("loop", cordon::bench::measure(), json);
  return 0;
}
