// How long the loop that serves requests stands still while 10,000 policies are replaced: the enforcement point's
// snapshot source at work, beside compiling on the loop itself.
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/report.h"
#include "cordon/base/loop.h"
#include "cordon/base/socket.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/enforcement/snapshot_source.h"

namespace cordon::bench {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using Shared = std::shared_ptr<const enforcement::Protection>;

constexpr std::size_t kPolicies = 10'000;
constexpr std::uint64_t kReloads = 20;
constexpr std::uint64_t kQuarantines = 100;  // changes of containment alone, after them
constexpr auto kQuiet = 3s;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_reload: %s\n", why.c_str());
  std::exit(1);
}

std::string uuid(std::size_t n) { return std::format("00000000-0000-4000-8000-{:012x}", n); }

// One principal, one action, one resource each; odd versions differ in every policy.
std::string policies(std::uint64_t version) {
  std::string out;
  for (std::size_t i = 0; i < kPolicies; ++i) {
    out += std::format(
        "@id(\"p{0}\")\npermit (principal == Nf::\"{1}\", action == Action::\"nudm-sdm:GetAmData\", resource == "
        "Service::\"{2}/nudm-sdm\") when {{ context.method == \"GET\" && {3} == {3} }};\n",
        i, uuid(i), uuid(i % 100), version);
  }
  return out;
}

enforcement::Snapshot snapshot(std::uint64_t sequence) {
  const auto now = system_clock().now();
  enforcement::Snapshot made{
      .sequence = sequence,
      .issued = now,
      .expires = now + std::chrono::hours(1),
      .policy_file = "bench.cedar",
      .policy = policies(sequence % 2),
      .inventory_file = "inventory.yaml",
      .inventory = std::format("nfs:\n  - {{instance: {}, type: AMF, name: amf1, dns: [amf1.5gc.test]}}\n", uuid(1)),
      .entities = ""};
  return made;
}

// The last policies again, with another NF cut off.
std::string quarantine(std::uint64_t n, const crypto::PrivateKey& key) {
  auto made = snapshot(kReloads);
  made.sequence = kReloads + n;
  made.contained = enforcement::write_contained({{.kind = enforcement::ContainedKind::nf,
                                                  .what = uuid(n),
                                                  .reason = "bench",
                                                  .by = "bench",
                                                  .since = std::chrono::floor<std::chrono::seconds>(made.issued)}});
  return enforcement::sign_snapshot(made, key).value();
}

// The engine: sends the next snapshot when the last one is in force.
class Engine {
 public:
  Engine(const std::filesystem::path& socket, std::vector<std::string> lines)
      : listener_(listen_unix(socket).value()), lines_(std::move(lines)), thread_([this] { serve(); }) {}
  void go() {  // until then it is silent
    going_ = true;
    going_.notify_one();
  }
  std::uint64_t answered() const { return answered_; }
  std::vector<double> times() {  // milliseconds from sent to in force; ends it
    thread_.join();
    return times_;
  }

 private:
  static void wait_for(int fd, short events) {
    pollfd ready{.fd = fd, .events = events, .revents = 0};
    ::poll(&ready, 1, -1);
  }
  void serve() {
    wait_for(listener_.get(), POLLIN);
    const auto fd = std::move(accept_one(listener_.get())->fd);
    going_.wait(false);
    for (const auto& line : lines_) {
      const auto start = Steady::now();
      send_all(fd.get(), line + "\n");
      std::array<char, 4096> answer;
      wait_for(fd.get(), POLLIN);
      if (::recv(fd.get(), answer.data(), answer.size(), 0) <= 0 ||
          !std::string_view(answer.data()).starts_with("running"))
        give_up("a snapshot was refused");
      times_.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
      ++answered_;
    }
  }
  static void send_all(int fd, std::string_view text) {
    while (!text.empty()) {
      const auto put = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      if (put < 0) {
        wait_for(fd, POLLOUT);
      } else {
        text.remove_prefix(static_cast<std::size_t>(put));
      }
    }
  }

  Fd listener_;
  std::vector<std::string> lines_;
  std::vector<double> times_;  // of the thread until it ended
  std::atomic<bool> going_ = false;
  std::atomic<std::uint64_t> answered_ = 0;
  std::jthread thread_;
};

double microseconds(Steady::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

double processor_time() {  // of this thread, microseconds
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// How long turns took: a histogram with bins 1 % wide, so that a measurement of minutes needs no memory that grows.
class Times {
 public:
  void add(double microseconds) {
    longest_ = std::max(longest_, microseconds);
    const auto bin = std::log(std::max(microseconds, kLeast) / kLeast) / kStep;
    ++bins_[std::min(static_cast<std::size_t>(bin), bins_.size() - 1)];
    ++count_;
  }
  double longest() const { return longest_; }
  double percentile(double p) const {
    auto left = static_cast<std::uint64_t>(p * static_cast<double>(count_));
    for (std::size_t i = 0; i < bins_.size(); ++i) {
      if (left < bins_[i]) return kLeast * std::exp(kStep * static_cast<double>(i));
      left -= bins_[i];
    }
    return longest_;
  }

 private:
  static constexpr double kLeast = 0.01;
  static constexpr double kStep = 0.01;
  std::array<std::uint64_t, 2'400> bins_{};  // up to 0.01 us * e^24: minutes
  std::uint64_t count_ = 0;
  double longest_ = 0;
};

// A turn of the loop is what a request may have to wait. By the clock it holds what the machine did meanwhile, too;
// by the thread's processor time only what the loop itself did.
struct Turns {
  Times clock;
  Times work;
};

// The loop under load: one decision a turn, never idle.
template <class While>
Turns turn(Loop& loop, const Shared& current, While&& going_on) {
  Turns turns;
  const policy::Request request{
      {"Nf", uuid(7)}, {"Action", "nudm-sdm:GetAmData"}, {"Service", uuid(7) + "/nudm-sdm"}, {{"method", "GET"}}};
  auto clock = Steady::now();
  auto work = processor_time();
  while (going_on()) {
    loop.run_once(0ms);
    const auto protection = current;  // as a request holds it
    if (!protection->policies.decide(request, protection->entities).allow) give_up("a permitted request was refused");
    const auto now = Steady::now();
    const auto used = processor_time();
    turns.clock.add(microseconds(now - clock));
    turns.work.add(used - work);
    clock = now;
    work = used;
  }
  return turns;
}

double compiled_on_the_loop(const std::string& line, const crypto::PublicKey& key) {
  std::vector<double> times;
  Shared running;
  for (int i = 0; i < 5; ++i) {
    const auto start = Steady::now();
    running = enforcement::compile(enforcement::open_snapshot(line, key, system_clock().now()).value()).value();
    times.push_back(microseconds(Steady::now() - start));
  }
  return median(times);
}

std::vector<Figure> measure() {
  const TemporaryFolder folder;
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  if (!write_file(folder / "engine.pub", key.public_key().pem())) give_up("no folder can be made");
  std::vector<std::string> lines;
  for (std::uint64_t n = 1; n <= kReloads; ++n) lines.push_back(enforcement::sign_snapshot(snapshot(n), key).value());
  for (std::uint64_t n = 1; n <= kQuarantines; ++n) lines.push_back(quarantine(n, key));
  // The first one comes from disk, as after a restart.
  if (!write_file(folder / "snapshot.json", lines[0])) give_up("no file can be written");
  Engine engine(folder / "engine.sock", lines);
  Loop loop;
  Shared current;
  enforcement::SnapshotSource source(loop, {folder / "engine.sock", folder / "engine.pub", folder / "snapshot.json"},
                                     [&](Shared protection) { current = std::move(protection); });
  if (!current) give_up("the stored snapshot was refused");
  const auto quiet_end = Steady::now() + kQuiet;
  const auto quiet = turn(loop, current, [&] { return Steady::now() < quiet_end; });
  const auto start = Steady::now();
  engine.go();
  const auto busy = turn(loop, current, [&] { return engine.answered() < kReloads; });
  const double each = microseconds(Steady::now() - start) / static_cast<double>(kReloads);

  turn(loop, current, [&] { return engine.answered() < kReloads + kQuarantines; });
  auto times = engine.times();
  times.erase(times.begin(), times.begin() + kReloads);
  std::ranges::sort(times);

  // Last, so that what it leaves to the allocator does not weigh on the loop that was measured.
  const Peer direct{"compiled on the loop", compiled_on_the_loop(lines[0], key.public_key())};
  const auto without = [](double value) { return Peer{"the same without reloads", value}; };
  return {
      {"longest turn of the loop, its own work", busy.work.longest(), "us", "max", direct},
      {"longest turn of the loop, its own work", busy.work.longest(), "us", "max", without(quiet.work.longest())},
      {"longest turn of the loop, by the clock", busy.clock.longest(), "us", "max", without(quiet.clock.longest())},
      {"turn of the loop while reloading", busy.clock.percentile(0.9999), "us", "p99.99",
       without(quiet.clock.percentile(0.9999))},
      {"turn of the loop while reloading", busy.clock.percentile(0.5), "us", "p50",
       without(quiet.clock.percentile(0.5))},
      {"from sent to in force, 10,000 policies", each, "us", "mean of 20", direct},
      {"the same, only containment changed", times[times.size() / 2] * 1e3, "us", "median of 100", direct},
      {"the same, only containment changed", times[times.size() - 1] * 1e3, "us", "max of 100", direct}};
}

}  // namespace
}  // namespace cordon::bench

int main(int argc, char** argv) {
  const bool json = argc == 2 && std::string_view(argv[1]) == "--json";
  if (argc > 1 && !json) {
    std::fprintf(stderr, "usage: bench_reload [--json]\n");
    return 2;
  }
  cordon::bench::print("reload", cordon::bench::measure(), json);
  return 0;
}
