// The default policy of the service-based interface over recorded requests: from the classified message to the
// decision, beside the goal of one microsecond and beside doing the same in fresh memory each time.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <format>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/report.h"
#include "cordon/base/file.h"
#include "cordon/enforcement/question.h"
#include "cordon/enforcement/snapshot.h"
#include "cordon/policy/decider.h"
#include "lab/recording.h"

namespace {
std::atomic<std::uint64_t> allocations = 0;
}

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace cordon::bench {
namespace {

using Steady = std::chrono::steady_clock;
constexpr int kRounds = 400;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_sbi-policy: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T value_of(Result<T> result) {
  if (!result) give_up(result.error().message);
  return std::move(*result);
}

enforcement::Snapshot snapshot_of_the_lab() {
  std::string inventory = "nfs:\n";
  for (const auto type : lab::kNfTypes) {
    const auto& facts = lab::facts_of(type);
    inventory += std::format(
        "  - {{instance: {}, type: {}, name: {}, dns: [{}], plmn: \"99970\", slices: [\"1\"], "
        "listen: \"{}\", upstream: \"127.0.0.{}:7777\"}}\n",
        facts.instance_id, facts.name, facts.name, lab::dns_name_of(type), lab::authority_of(type), facts.host);
  }
  return {.sequence = 1,
          .issued = {},
          .expires = {},
          .policy_file = "policies/sbi.cedar",
          .policy = value_of(read_file("policies/sbi.cedar")),
          .inventory_file = "inventory.yaml",
          .inventory = std::move(inventory),
          .entities = {}};
}

// A request as the enforcement point has it when it turns to policy.
struct Message {
  enforcement::Sender sender;
  const identity::ExpectedNf* producer = nullptr;
  wire::sbi::Classified classified;
  wire::sbi::BodyFacts facts;
};

std::vector<Message> messages(const identity::Inventory& inventory) {
  std::vector<Message> result;
  for (const auto& exchange : value_of(lab::load_recording("lab/recordings/registration.jsonl"))) {
    const auto& request = exchange.request;
    auto classified = wire::sbi::classify(request.method, request.path);
    if (!classified) give_up(request.path + ": " + classified.error().message);
    const auto type = wire::find_header(request.headers, "content-type").value_or("");
    auto facts = value_of(wire::sbi::body_facts(*classified->operation, *classified, type, request.body));
    Message message;
    message.sender.nf = inventory.find_name(lab::name_of(exchange.caller));
    message.sender.tls.version = "TLSv1.3";
    message.sender.tls.group = "X25519MLKEM768";
    message.producer = inventory.find_name(lab::name_of(exchange.target));
    message.classified = std::move(*classified);
    message.facts = std::move(facts);
    result.push_back(std::move(message));
  }
  return result;
}

struct Measured {
  std::vector<double> microseconds;
  double allocations = 0;  // a decision
};

Measured measure(const std::vector<Message>& all, const std::function<bool(const Message&)>& permitted) {
  for (const auto& each : all) {
    if (!permitted(each)) give_up(std::string(each.classified.operation->action) + " is refused");
  }
  Measured result;
  result.microseconds.reserve(all.size() * kRounds);
  const auto before = allocations.load();
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& each : all) {
      const auto start = Steady::now();
      const bool good = permitted(each);
      const auto took = Steady::now() - start;
      if (!good) give_up("a decision changed");
      result.microseconds.push_back(std::chrono::duration<double, std::micro>(took).count());
    }
  }
  result.allocations = static_cast<double>(allocations.load() - before) / static_cast<double>(all.size() * kRounds);
  std::ranges::sort(result.microseconds);
  return result;
}

double quantile(const Measured& measured, double share) {
  return measured
      .microseconds[static_cast<std::size_t>(share * static_cast<double>(measured.microseconds.size() - 1))];
}

void add(std::vector<Figure>& figures, const std::string& name, const Measured& measured, double goal) {
  figures.push_back({name, quantile(measured, 0.5), "us", "p50", Peer{"goal", goal}});
  figures.push_back({name, quantile(measured, 0.99), "us", "p99", {}});
  figures.push_back({name, measured.allocations, "allocations", "mean", {}});
}

void run(bool json) {
  const auto protection = value_of(enforcement::compile(snapshot_of_the_lab()));
  const auto all = messages(protection->inventory);
  enforcement::QuestionForm form;
  policy::Decider decider(protection->policies);
  std::vector<Figure> figures;
  const auto clock = measure(all, [](const Message&) { return true; });
  const auto filled = measure(all, [&](const Message& m) {
    return !form.fill(m.sender, *m.producer, m.classified, m.facts).action.id.empty();
  });
  const auto whole = measure(all, [&](const Message& m) {
    return decider.decide(form.fill(m.sender, *m.producer, m.classified, m.facts), protection->entities).allow;
  });
  const auto fresh = measure(all, [&](const Message& m) {
    const auto question =
        enforcement::make_question(protection->entities, m.sender, *m.producer, m.classified, m.facts);
    return protection->policies.decide(question.request, question.entities).allow;
  });
  add(figures, "classified message to decision", whole, 1.0);
  add(figures, "of it: the request built", filled, 0.5);
  add(figures, "the same in fresh memory", fresh, quantile(whole, 0.5));
  figures.push_back({"reading the clock, in all of the above", quantile(clock, 0.5), "us", "p50", {}});
  figures.push_back({"recorded requests, all permitted", static_cast<double>(all.size()), "requests", "count", {}});
  figures.push_back({"rules", static_cast<double>(protection->policies.policies().size()), "rules", "count", {}});
  print("sbi-policy", figures, json);
}

}  // namespace
}  // namespace cordon::bench

int main(int count, char** arguments) { cordon::bench::run(count > 1 && std::string_view(arguments[1]) == "--json"); }
