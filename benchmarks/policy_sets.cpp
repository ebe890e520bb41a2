#include "benchmarks/policy_sets.h"

#include <cstdint>
#include <format>
#include <functional>

namespace cordon::bench {

namespace {

constexpr std::size_t kRequests = 1024;
constexpr std::string_view kCondition = " when { context.plmn == \"00101\" && context.sst == 1 }";

// The same small generator as in policy_peers.cjs, so that all decide the same requests.
class Draw {
 public:
  std::size_t below(std::size_t bound) {
    state_ = state_ * 1664525U + 1013904223U;
    return static_cast<std::size_t>(state_ >> 8) % bound;
  }

 private:
  std::uint32_t state_ = 12345;
};

policy::Record usual_context() { return {{"plmn", "00101"}, {"sst", 1}}; }

std::string many(std::size_t count, const std::function<std::string(std::size_t)>& one) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += one(i) + ";\n";
  return text;
}

std::string pair(std::size_t i) {
  return std::format("permit(principal == NF::\"nf{0}\", action == Action::\"invoke\", resource == Svc::\"svc{0}\")",
                     i);
}

Workload pairs(std::size_t policies, const std::function<std::string(std::size_t)>& condition,
               std::size_t requests = kRequests) {
  Workload work;
  work.text = many(policies, [&](std::size_t i) { return pair(i) + condition(i); });
  Draw draw;
  for (std::size_t i = 0; i < requests; ++i) {
    const std::size_t k = draw.below(policies);
    work.requests.push_back({{"NF", std::format("nf{}", k)},
                             {"Action", "invoke"},
                             {"Svc", std::format("svc{}", k + i % 2)},
                             usual_context()});
    work.allowed.push_back(i % 2 == 0);
  }
  return work;
}

}  // namespace

Workload one_to_one(std::size_t policies) {
  return pairs(policies, [](std::size_t) { return std::string(); });
}

Workload one_to_one_spread(std::size_t policies) {
  return pairs(policies, [](std::size_t) { return std::string(); }, policies);
}

Workload one_to_one_with_condition(std::size_t policies) {
  return pairs(policies, [](std::size_t) { return std::string(kCondition); });
}

Workload one_to_one_all_different(std::size_t policies) {
  return pairs(policies, [](std::size_t i) {
    return std::format(" when {{ context.plmn == \"00101\" && context.sst < {} }}", i + 2);
  });
}

// === by group ===

namespace {

constexpr std::size_t kTeams = 1000, kActions = 40, kFolders = 200;

std::string group_policy(std::size_t i) {
  const std::string principal = i % 20 == 7 ? "principal" : std::format("principal in Team::\"team{}\"", i % kTeams);
  return std::format("{}({}, action == Action::\"do{}\", resource in Folder::\"folder{}\"){}",
                     i % 5 == 0 ? "forbid" : "permit", principal, i / kTeams % kActions, i % kFolders,
                     i % 2 == 0 ? kCondition : "");
}

// Four teams, each in one more.
policy::Entity member(std::size_t i, Draw& draw) {
  policy::Entity user{{"User", std::format("user{}", i)}, {}, {}};
  for (std::size_t j = 0; j < 4; ++j) {
    user.parents.push_back({"Team", std::format("team{}", draw.below(kTeams / 8) * 8 + j)});
  }
  return user;
}

void add(policy::Entities& entities, policy::Entity entity) {
  if (!entities.add(std::move(entity))) std::abort();  // this file makes no cycle and no two alike
}

}  // namespace

Workload by_group(std::size_t policies) {
  Workload work;
  work.text = many(policies, group_policy);
  Draw draw;
  for (std::size_t i = 0; i < kTeams; ++i) {
    std::vector<policy::EntityUid> above;
    if (i % 8 < 4) above.push_back({"Team", std::format("team{}", i + 4)});
    add(work.entities, {{"Team", std::format("team{}", i)}, {}, std::move(above)});
  }
  for (std::size_t i = 0; i < kRequests; ++i) {
    add(work.entities, member(i, draw));
    const policy::EntityUid folder{"Folder", std::format("folder{}", draw.below(kFolders))};
    add(work.entities, {{"File", std::format("file{}", i)}, {}, {folder}});
    work.requests.push_back({{"User", std::format("user{}", i)},
                             {"Action", std::format("do{}", draw.below(policies / kTeams))},
                             {"File", std::format("file{}", i)},
                             usual_context()});
  }
  work.entities.close();
  return work;
}

// === no scope ===

namespace {

Workload unscoped(std::size_t policies, const std::function<std::string(std::size_t)>& condition) {
  Workload work = one_to_one(policies);
  work.text = many(policies, [&](std::size_t i) { return "permit(principal, action, resource)" + condition(i); });
  work.allowed.clear();
  return work;
}

}  // namespace

Workload wildcards(std::size_t policies) {
  return unscoped(policies, [](std::size_t i) { return std::format(" when {{ context.sst == {} }}", i); });
}

Workload wildcards_alike(std::size_t policies) {
  return unscoped(policies, [](std::size_t) { return std::string(" when { context.sst == 2 }"); });
}

}  // namespace cordon::bench
