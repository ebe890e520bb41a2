// Policy decisions of growing sets, beside the engines of other houses that tools/policy_peers.sh has measured in the
// same run.
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <format>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/policy_sets.h"
#include "benchmarks/report.h"
#include "cordon/policy/decider.h"
#include "cordon/schema/schema.h"
#include "cordon/validation/validate.h"
#include "cordon/wire/json.h"

namespace cordon::bench {
namespace {

constexpr int kRounds = 5;
constexpr std::size_t kBatch = 32;  // decisions between two looks at the clock, which costs as much as one of them
constexpr double kRound = 60e6;     // nanoseconds of processor time
constexpr double kLong = 5e3;       // nanoseconds of one decision
constexpr const char* kPeers = "build/peers/policy.json";

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_policy: %s\n", why.c_str());
  std::exit(1);
}

double processor_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double steady_time() {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double quantile(std::vector<double>& values, double part) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * part);
  std::ranges::nth_element(values, at);
  return *at;
}

std::size_t memory_in_use() {
  const auto used = ::mallinfo2();
  return used.uordblks + used.hblkhd;
}

// === one set ===

struct Loaded {
  policy::PolicySet set;
  double milliseconds = 0;
  double bytes_each = 0;
};

Loaded load(const Workload& work) {
  const std::size_t before = memory_in_use();
  const double start = processor_time();
  auto set = policy::PolicySet::parse(work.text, "bench.cedar");
  if (!set) give_up(set.error().message);
  const double spent = processor_time() - start;
  const auto bytes = static_cast<double>(memory_in_use() - before);
  const auto policies = static_cast<double>(set->policies().size());
  return {std::move(*set), spent / 1e6, bytes / policies};
}

// Walks through the requests again and again.
class Asking {
 public:
  Asking(const Workload& work, const policy::PolicySet& set) : work_(work), decider_(set) {
    for (std::size_t i = 0; i < work.requests.size(); ++i) {
      if (next() != (work.allowed.empty() ? last_ : work.allowed[i])) give_up("a wrong answer");
    }
  }

  bool next() {
    const policy::Request& request = work_.requests[at_++ % work_.requests.size()];
    return last_ = decider_.decide(request, work_.entities).allow;
  }

 private:
  const Workload& work_;
  policy::Decider decider_;
  std::size_t at_ = 0;
  bool last_ = false;
};

double batch_by(double (*clock)(), Asking& asking) {
  const double begin = clock();
  for (std::size_t i = 0; i < kBatch; ++i) asking.next();
  return (clock() - begin) / kBatch;
}

// Of batches: the clock is outside of what is measured. The least disturbed round counts. Batches so long that others
// would be run in between are measured in processor time.
double median_of_batches(Asking& asking) {
  const auto clock = batch_by(processor_time, asking) > kLong ? processor_time : steady_time;
  double least = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> samples;
    for (const double start = processor_time(); processor_time() - start < kRound;) {
      samples.push_back(batch_by(clock, asking));
    }
    const double median = quantile(samples, 0.5);
    least = round == 0 ? median : std::min(least, median);
  }
  return least;
}

// Of single decisions, less what the clock itself takes.
double ninety_ninth(Asking& asking) {
  std::vector<double> empty, samples;
  for (int i = 0; i < 2000; ++i) {
    const double begin = steady_time();
    empty.push_back(steady_time() - begin);
  }
  for (const double start = processor_time(); processor_time() - start < kRound;) {
    const double begin = steady_time();
    asking.next();
    samples.push_back(steady_time() - begin);
  }
  return std::max(0.0, quantile(samples, 0.99) - quantile(empty, 0.5));
}

// === peers ===

struct Foreign {
  std::string name;
  std::string workload;
  double policies = 0;
  double nanoseconds = 0;
};

// Native Rust Cedar can neither be built nor fetched where this was written: its published medians stand here, from
// another machine (treetop-core, docs/Scale.md: Cedar 4.12, Xeon 4216 at 2.1 GHz).
constexpr const char* kQuoted = "Cedar 4.12 native (quoted)";

std::vector<Foreign> engines() {
  std::vector<Foreign> all = {
      {kQuoted, "W1", 1'000, 1.258e6}, {kQuoted, "W1", 10'000, 13.45e6}, {kQuoted, "W1", 100'000, 164e6}};
  std::ifstream file(kPeers, std::ios::binary);
  const auto json = wire::parse_json(std::string(std::istreambuf_iterator<char>(file), {}));
  const auto* list = json ? json->find("peers") : nullptr;
  if (list == nullptr) return all;
  for (const auto& one : list->array()) {
    const auto text = [&](const char* name) { return one.find(name) == nullptr ? "" : one.find(name)->text(); };
    const auto number = [&](const char* name) {
      return one.find(name) == nullptr ? 0.0 : static_cast<double>(one.find(name)->integer().value_or(0));
    };
    all.push_back(
        {std::string(text("name")), std::string(text("workload")), number("policies"), number("nanoseconds")});
  }
  return all;
}

// === the figures ===

struct Set {
  std::string name;
  std::size_t policies;
  Workload (*make)(std::size_t);
};

std::string median_statistic() { return std::format("p50, batches of {}", kBatch); }

std::string thousands(std::size_t number) {
  return number < 1000 ? std::to_string(number) : std::format("{},{:03}", number / 1000, number % 1000);
}

std::vector<Figure> decisions(const Set& set, const std::vector<Foreign>& foreign) {
  const Workload work = set.make(set.policies);
  const Loaded loaded = load(work);
  Asking asking(work, loaded.set);
  const std::string name = std::format("{}, {} policies: decision", set.name, thousands(set.policies));
  const double median = median_of_batches(asking);
  std::vector<Figure> figures = {{name, median, "ns", median_statistic(), {}},
                                 {name, ninety_ninth(asking), "ns", "p99, single", {}}};
  for (const Foreign& other : foreign) {
    if (other.workload != set.name || other.policies != static_cast<double>(set.policies)) continue;
    figures.push_back(
        {name + "s", 1e9 / median, "/s", median_statistic(), Peer{other.name, 1e9 / other.nanoseconds}});
  }
  return figures;
}

std::vector<Figure> loading(const Set& set) {
  const Workload work = set.make(set.policies);
  std::optional<Loaded> least;
  for (int round = 0; round < kRounds; ++round) {
    Loaded loaded = load(work);
    if (!least || loaded.milliseconds < least->milliseconds) least = std::move(loaded);
  }
  const std::string name = std::format("{}, {} policies: ", set.name, thousands(set.policies));
  return {{name + "parse and index", least->milliseconds, "ms", std::format("least of {}", kRounds), {}},
          {name + "memory", least->bytes_each, "bytes/policy", "heap in use", {}}};
}

// All that stands between a file and an active set: parse, index, validate strictly.
Figure activation(const Set& set) {
  const auto schema = schema::Schema::parse(
      "entity NF; entity Svc; action invoke appliesTo { principal: NF, resource: Svc, context: { plmn: String, sst: "
      "Long } };",
      "bench.cedarschema");
  const Workload work = set.make(set.policies);
  double least = 1e300;
  for (int round = 0; round < kRounds; ++round) {
    const double start = processor_time();
    const auto policies = policy::PolicySet::parse(work.text, "bench.cedar");
    if (!policies || !validation::validate(*policies, *schema).valid()) give_up(set.name + " is not valid");
    least = std::min(least, (processor_time() - start) / 1e6);
  }
  return {std::format("{}, {} policies: parse, index and validate", set.name, thousands(set.policies)),
          least,
          "ms",
          std::format("least of {}", kRounds),
          {}};
}

const std::vector<Set> kDecided = {{"W1", 10, one_to_one},
                                   {"W1", 1'000, one_to_one},
                                   {"W1", 10'000, one_to_one},
                                   {"W1", 100'000, one_to_one},
                                   {"W1 spread", 100'000, one_to_one_spread},
                                   {"W2", 10, one_to_one_with_condition},
                                   {"W2", 1'000, one_to_one_with_condition},
                                   {"W2", 10'000, one_to_one_with_condition},
                                   {"W2", 100'000, one_to_one_with_condition},
                                   {"W2 different", 10'000, one_to_one_all_different},
                                   {"W2 different", 100'000, one_to_one_all_different},
                                   {"by group", 10'000, by_group},
                                   {"by group", 40'000, by_group},
                                   {"no scope", 10, wildcards},
                                   {"no scope", 1'000, wildcards},
                                   {"no scope", 10'000, wildcards},
                                   {"no scope, alike", 10'000, wildcards_alike}};

const std::vector<Set> kLoaded = {
    {"W1", 10'000, one_to_one}, {"W2", 10'000, one_to_one_with_condition}, {"by group", 10'000, by_group}};

const std::vector<Set> kActivated = {{"W1", 10'000, one_to_one}, {"W2", 10'000, one_to_one_with_condition}};

// How the time grows from the smallest to the largest set of a workload.
Figure growth(const std::vector<Figure>& figures, const std::string& workload) {
  const auto of = [&](const char* policies) {
    const std::string name = std::format("{}, {} policies: decision", workload, policies);
    return std::ranges::find(figures, name, &Figure::name)->value;
  };
  return {std::format("{}: decision at 100,000 policies", workload), of("100,000"), "ns", median_statistic(),
          Peer{"the same at 10 policies", of("10")}};
}

std::vector<Figure> measure() {
  const auto foreign = engines();
  std::vector<Figure> figures;
  const auto append = [&](std::vector<Figure> more) { std::ranges::move(more, std::back_inserter(figures)); };
  for (const Set& set : kDecided) append(decisions(set, foreign));
  for (const std::string workload : {"W1", "W2"}) figures.push_back(growth(figures, workload));
  for (const Set& set : kLoaded) append(loading(set));
  for (const Set& set : kActivated) figures.push_back(activation(set));
  return figures;
}

void explain() {
  std::puts(
      "\nW1: one policy for each principal and resource, scopes alone; 1,024 requests, every other one refused.\n"
      "spread: as many requests as policies, so that little is found in the processor's cache.\n"
      "W2: as W1 with the same condition on the context in each; different: with a condition of its own in each.\n"
      "by group: principals and resources by group, 20 % forbid, 5 % any principal; a principal has 8 ancestors.\n"
      "no scope: nothing can be left out, so the time grows with the set; alike: all have the same condition.\n"
      "One thread, warm, requests decoded. Native Rust Cedar could not run here: its figures are quoted from\n"
      "treetop-core, docs/Scale.md (Xeon 4216, 2.1 GHz), not measured. The peers in node include node's boundary.");
}

}  // namespace
}  // namespace cordon::bench

int main(int argc, char** argv) {
  const bool json = argc == 2 && std::string_view(argv[1]) == "--json";
  if (argc > 1 && !json) {
    std::fprintf(stderr, "usage: bench_policy [--json]\n");
    return 2;
  }
  cordon::bench::print("policy", cordon::bench::measure(), json);
  if (!json) cordon::bench::explain();
  return 0;
}
