// A decider that has grown to what its set needs allocates nothing. A program of its own, because it replaces
// operator new.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <format>
#include <new>

#include "cordon/policy/decider.h"
#include "cordon/policy/sbi_question.h"
#include "cordon/policy/test_support.h"

namespace {
std::atomic<std::size_t> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  const std::size_t rounded = (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace

// Not inlined: the compiler would see `free` after a `new` it takes for its own.
[[gnu::noinline]] void* operator new(std::size_t size) { return counted(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace cordon::policy {
namespace {

struct Asked {
  const Request* request;
  const Entities* entities;
};

// Decides everything twice, then once more and counts.
std::size_t allocations_when_warm(const PolicySet& set, const std::vector<Asked>& all) {
  Decider decider(set);
  std::size_t before = 0;
  for (int round = 0; round < 3; ++round) {
    before = allocations;
    for (const Asked& asked : all) {
      for (const Profile profile : {Profile::fail_closed, Profile::reference}) {
        decider.decide(*asked.request, *asked.entities, profile);
        decider.decide(*asked.request, *asked.entities, profile, Search::every);
      }
    }
  }
  return allocations - before;
}

std::size_t allocations_when_warm(const PolicySet& set, const std::vector<Request>& requests,
                                  const Entities& entities) {
  std::vector<Asked> all;
  for (const Request& request : requests) all.push_back({&request, &entities});
  return allocations_when_warm(set, all);
}

TEST(Allocation, IsCountedAtAll) {
  const std::size_t before = allocations;
  const auto one = std::make_unique<std::string>("a text too long to be kept within the string");
  EXPECT_GE(allocations - before, 2U);
}

// === scopes ===

constexpr std::size_t kPolicies = 500;

std::string pair(std::size_t i) {
  return std::format(
      "permit(principal == NF::\"function-{0}-of-the-network\", action == Action::\"invoke\", "
      "resource == Svc::\"service-{0}-of-the-network\")",
      i);
}

std::vector<Request> pair_requests() {
  std::vector<Request> requests;
  for (std::size_t i = 0; i < 200; ++i) {
    requests.push_back({{"NF", std::format("function-{}-of-the-network", i)},
                        {"Action", "invoke"},
                        {"Svc", std::format("service-{}-of-the-network", i + i % 2)},
                        {{"plmn", "00101"}, {"sst", 1}}});
  }
  return requests;
}

TEST(Allocation, NoneForScopesOfOneEntityEach) {
  std::string text;
  for (std::size_t i = 0; i < kPolicies; ++i) text += pair(i) + ";\n";
  EXPECT_EQ(allocations_when_warm(parsed(text), pair_requests(), Entities()), 0U);
}

TEST(Allocation, NoneForConditionsOnTheContext) {
  std::string text;
  for (std::size_t i = 0; i < kPolicies; ++i)
    text += pair(i) + " when { context.plmn == \"00101\" && context.sst == 1 };\n";
  EXPECT_EQ(allocations_when_warm(parsed(text), pair_requests(), Entities()), 0U);
}

TEST(Allocation, NoneForScopesOfGroups) {
  std::string text;
  for (std::size_t i = 0; i < kPolicies; ++i) {
    text +=
        std::format("{}({}, action in [Action::\"do{}\", Action::\"all\"], resource is File in Folder::\"f{}\");\n",
                    i % 5 == 0 ? "forbid" : "permit",
                    i % 20 == 7 ? "principal" : std::format("principal in Team::\"t{}\"", i % 50), i % 4, i % 20);
  }
  Entities store;
  std::vector<Request> requests;
  for (std::size_t i = 0; i < 50; ++i) {
    const std::string id = std::to_string(i);
    ASSERT_TRUE(store.add({{"Team", "t" + id}, {}, {{"Team", "above-" + id}}}));
    ASSERT_TRUE(store.add({{"User", id}, {}, {{"Team", "t" + id}, {"Team", "t" + std::to_string(i / 2)}}}));
    ASSERT_TRUE(store.add({{"File", id}, {}, {{"Folder", "f" + id}}}));
    requests.push_back({{"User", id}, {"Action", "do" + std::to_string(i % 4)}, {"File", id}, {}});
  }
  EXPECT_EQ(allocations_when_warm(parsed(text), requests, store), 0U);
}

// Too many ancestors to list: they are gathered in memory that is used again.
TEST(Allocation, NoneForAHierarchyThatIsWalked) {
  Entities store;
  const auto level = [](std::size_t i) { return EntityUid{"G", std::to_string(i)}; };
  std::vector<Entity> chain;
  for (std::size_t i = 0; i < 3'000; ++i) chain.push_back({level(i), {}, {level(i + 1)}});
  ASSERT_TRUE(store.add_all(chain));
  const PolicySet set = parsed("permit(principal in G::\"2500\", action, resource);");
  Decider decider(set);
  const Request request{level(0), {"Action", "x"}, {"R", "r"}, {}};
  decider.decide(request, store);
  const std::size_t before = allocations;
  EXPECT_TRUE(decider.decide(request, store).allow);
  EXPECT_EQ(allocations - before, 0U);
}

// === conditions ===

TEST(Allocation, NoneForWhatConditionsCompute) {
  Entities store;
  ASSERT_TRUE(store.add({{"U", "a-principal-with-a-long-identity"},
                         {{"n", 7}, {"name", "a name that is longer than a short text"}, {"s", Value::set({1, 2})}},
                         {{"G", "g"}},
                         {{"colour", "red"}}}));
  const Request request{{"U", "a-principal-with-a-long-identity"},
                        {"Action", "x"},
                        {"R", "r"},
                        {{"n", 3},
                         {"path", "/a/long/path/that/is/not/short"},
                         {"when", *datetime_of("2026-01-01")},
                         {"from", *ip_of("10.1.2.3")},
                         {"r", Record{{"b", true}}}}};
  for (const std::string_view condition :
       {"principal.n + context.n * 2 - 1 == 12 && -context.n < 0", "[1, 3, 5].contains(context.n)",
        "[principal.n, context.n].contains(3)",
        "[1, 2, 3].containsAll(principal.s) && principal.s.containsAny([2, 9]) && !principal.s.isEmpty()",
        "principal.name == \"a name that is longer than a short text\"", "context.path like \"/a/*/that/*\"",
        "principal in G::\"g\" && principal in [G::\"g\", G::\"h\"] && principal is U in G::\"g\"",
        "context has r.b && context.r.b && !(context has none)",
        "if context.n > 2 then principal != resource else false",
        "principal.hasTag(\"colour\") && principal.getTag(\"colour\") == \"red\"",
        "context.from.isInRange(ip(\"10.0.0.0/8\")) && context.when < datetime(\"2027-01-01\")",
        "context.when.offset(duration(\"1d\")).toDate() == datetime(\"2026-01-02\")",
        "decimal(\"1.5\").lessThan(decimal(\"2.0\"))"}) {
    const PolicySet set = parsed(std::format("permit(principal, action, resource) when {{ {} }};", condition));
    EXPECT_TRUE(set.decide(request, store).allow) << condition;
    EXPECT_EQ(allocations_when_warm(set, {request}, store), 0U) << condition;
  }
}

TEST(Allocation, NoneForFaults) {
  const Request request = small_request();
  for (const std::string_view condition :
       {"context.none", "1 + \"a long text that is not an integer\" == 2", "principal.none == 1", "context.a && true",
        "9223372036854775807 + context.a == 0", "principal.getTag(\"none\") == 1", "context.s.contains(context.none)",
        "[context.a, 3].contains(context.none)", "[context.a, context.none].contains(1)",
        "ip(context.str).isIpv4()"}) {
    const PolicySet set = parsed(std::format("forbid(principal, action, resource) when {{ {} }};", condition));
    EXPECT_EQ(set.decide(request, Entities()).errors.size(), 1U) << condition;
    EXPECT_EQ(allocations_when_warm(set, {request}, Entities()), 0U) << condition;
  }
}

// What still allocates, as the README says: sets and records that a condition builds from values of the request.
TEST(Allocation, SomeForSetsBuiltFromTheRequest) {
  const PolicySet set = parsed("permit(principal, action, resource) when { [context.a, 3].containsAll([1]) };");
  EXPECT_GT(allocations_when_warm(set, {small_request()}, Entities()), 0U);
}

// === the default rules ===

TEST(Allocation, NoneForTheRulesOfTheServiceBasedInterface) {
  std::vector<SbiQuestion> questions;
  for (const std::string& line : vector_lines("sbi_permitted.txt"))
    questions.push_back(sbi_question(split(line, ' ')));
  std::vector<Asked> all;
  for (const SbiQuestion& question : questions) all.push_back({&question.request, &question.entities});
  EXPECT_GT(all.size(), 100U);
  EXPECT_EQ(allocations_when_warm(sbi_rules(), all), 0U);
}

}  // namespace
}  // namespace cordon::policy
