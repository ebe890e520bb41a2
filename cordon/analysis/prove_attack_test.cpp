// Proofs attacked: random policies are proved or refuted, and whatever is proved must hold for random requests.
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <random>

#include "cordon/analysis/prove.h"
#include "cordon/analysis/test_documents.h"

namespace cordon::analysis {
namespace {

using policy::EntityUid;
using policy::Record;
using policy::Value;

class Attacker {
 public:
  explicit Attacker(std::uint32_t seed) : random_(seed) {}

  // A condition that is strictly valid for documents.cedarschema, mostly of few parts.
  std::string condition(int depth) {
    if (depth == 0 || below(3) == 0) return atom();
    const auto left = condition(depth - 1);
    const auto right = condition(depth - 1);
    switch (below(5)) {
      case 0:
        return std::format("({} && {})", left, right);
      case 1:
        return std::format("({} || {})", left, right);
      case 2:
        return std::format("!({})", left);
      case 3:
        return std::format("(if {} then {} else {})", left, right, atom());
      default:
        return std::format("({} && ({} || {}))", left, right, atom());
    }
  }

  std::string policies() {
    std::string text;
    for (std::size_t i = 0; i <= below(3); ++i) {
      const std::string_view effect = i > 0 && below(2) == 0 ? "forbid" : "permit";
      const std::string_view principal =
          pick({"principal", "principal in Group::\"a\"", "principal in Role::\"admin\""});
      text += std::format("{}({}, action == Action::\"view\", resource) {} {{ {} }};\n", effect, principal,
                          below(4) == 0 ? "unless" : "when", condition(2));
    }
    return text;
  }

  struct World {
    policy::Request request;
    policy::Entities entities;
  };

  World world() {
    World made{{{"User", "u"}, {"Action", "view"}, {"Doc", "d"}, context()}, policy::Entities()};
    const auto add = [&](policy::Entity entity) { ASSERT_TRUE(made.entities.add(std::move(entity))); };
    add({{"Action", "read"}, {}, {}});
    add({{"Action", "view"}, {}, {{"Action", "read"}}});
    add({{"Group", "a"}, {}, some({{"Group", "b"}})});
    add({{"Group", "b"}, {}, {}});
    add(user("u", some({{"Group", "a"}, {"Group", "b"}, {"Role", "admin"}, {"Role", "user"}})));
    add(user("boss", some({{"Group", "b"}, {"Role", "admin"}})));
    Record document{{"owner", EntityUid{"User", flip() ? "u" : "boss"}}, {"open", flip()}, {"labels", labels()}};
    if (flip()) document.emplace("price", Value(policy::Decimal{number()}));
    add({{"Doc", "d"}, std::move(document), some({{"Folder", "f"}})});
    return made;
  }

 private:
  std::string atom() {
    const auto level = std::to_string(number());
    switch (below(16)) {
      case 0:
        return std::format("principal.level {} {}", pick({"<", "<=", ">", ">=", "==", "!="}), level);
      case 1:
        return std::format("principal.level {} {} > context.n", pick({"+", "-", "*"}), level);
      case 2:
        return "-context.n < principal.level";
      case 3:
        return std::format("resource.labels.contains(\"{}\")", pick({"a", "b", "c"}));
      case 4:
        return std::format("resource.labels.{}([\"a\", \"b\"])", pick({"containsAll", "containsAny"}));
      case 5:
        return std::format("principal in {}",
                           pick({"Group::\"a\"", "Group::\"b\"", "Role::\"admin\"", "principal.groups"}));
      case 6:
        return "context has token.sub && context.token.sub == principal.name";
      case 7:
        return std::format("principal.name like \"{}\"", pick({"a*", "*b", "a*b", "*", "ab"}));
      case 8:
        return std::format("context.ip.isInRange(ip(\"{}\"))",
                           pick({"10.0.0.0/8", "10.1.0.0/16", "::1", "0.0.0.0/0"}));
      case 9:
        return std::format("context.now.offset(duration(\"{}\")) > datetime(\"2026-01-01\")",
                           pick({"1d", "-1h", "0ms"}));
      case 10:
        return std::format("principal.hasTag(\"t\") && principal.getTag(\"t\") == \"{}\"", pick({"x", "y"}));
      case 11:
        return std::format("resource has price && resource.price.lessThan(decimal(\"{}\"))",
                           pick({"0.0001", "1.5", "-2.0"}));
      case 12:
        return "resource.owner == principal";
      case 13:
        return "resource.owner in principal.groups || resource.open";
      case 14:
        return std::format("principal.profile.city == \"{}\"", pick({"a", "b"}));
      default:
        return std::format("context.now.toTime() >= duration(\"{}\")", pick({"12h", "24h", "-1ms"}));
    }
  }

  Record context() {
    Record made{
        {"ip", Value(policy::ip_of(pick({"10.1.2.3", "10.0.0.0/8", "::1", "192.0.2.1", "0.0.0.0/0"})).value())},
        {"now", Value(policy::Datetime{instant()})},
        {"n", number()}};
    if (flip()) {
      Record token{{"scope", Value::set({"x"})}, {"age", Value(policy::Duration{number()})}};
      if (flip()) token.emplace("sub", pick({"a", "ab", "b"}));
      made.emplace("token", std::move(token));
    }
    return made;
  }

  policy::Entity user(const char* id, std::vector<EntityUid> parents) {
    policy::Entity made{{"User", id}, {}, std::move(parents)};
    made.attributes = {{"level", number()},
                       {"name", pick({"a", "ab", "b", "axb"})},
                       {"home", Value(policy::IpNetwork{})},
                       {"since", Value(policy::Datetime{instant()})},
                       {"quota", Value(policy::Decimal{number()})},
                       {"groups", flip() ? Value::set({EntityUid{"Group", "a"}}) : Value::set({})},
                       {"profile", Record{{"city", pick({"a", "b"})}}}};
    if (flip()) made.tags.emplace("t", pick({"x", "y"}));
    return made;
  }

  Value labels() {
    std::vector<Value> made;
    for (const char* label : {"a", "b", "c"}) {
      if (flip()) made.emplace_back(label);
    }
    return Value::set(std::move(made));
  }

  std::vector<EntityUid> some(std::vector<EntityUid> from) {
    std::erase_if(from, [&](const EntityUid&) { return flip(); });
    return from;
  }

  std::int64_t number() {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    static constexpr std::array<std::int64_t, 9> kPool = {0, 1, 2, 3, -1, -2, kMost, -kMost, 4'000'000'000};
    return kPool[below(kPool.size())];
  }
  std::int64_t instant() {
    constexpr std::int64_t kDay = 86'400'000;
    return flip() ? number() : static_cast<std::int64_t>(below(40'000)) * kDay / 2;
  }
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  bool flip() { return below(2) == 0; }
  const char* pick(std::initializer_list<const char*> from) { return *(from.begin() + below(from.size())); }

  std::mt19937 random_;
};

bool violated(Claim claim, const policy::Decision& candidate, const policy::Decision& other) {
  switch (claim) {
    case Claim::never_errors:
      return !candidate.errors.empty();
    case Claim::always_denies:
      return candidate.allow;
    case Claim::equivalent:
      return candidate.allow != other.allow;
    case Claim::no_more_permissive:
      return candidate.allow && !other.allow;
  }
  return false;
}

TEST(Prove, WhatIsProvedHoldsForRandomRequests) {
  const auto schema = documents();
  const auto solver = Solver::find().value();
  std::size_t proved = 0;
  std::size_t refuted = 0;
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    Attacker attacker(seed);
    const auto text = attacker.policies();
    SCOPED_TRACE(std::format("seed {}: {}", seed, text));
    const auto candidate = parsed(text);
    const auto other =
        parsed(text + std::format("permit(principal, action, resource) when {{ {} }};", attacker.condition(1)));
    for (const Claim claim :
         {Claim::never_errors, Claim::always_denies, Claim::equivalent, Claim::no_more_permissive}) {
      const auto proof = prove(claim, candidate, &other, schema, solver,
                               {.about = [](const Environment& each) { return each.action.id == "view"; }});
      ASSERT_TRUE(proof) << proof.error().message;
      for (const auto& step : proof->steps) EXPECT_FALSE(step.reason.contains("not confirmed")) << name_of(claim);
      proved += proof->outcome == ProofOutcome::proved ? 1U : 0U;
      refuted += proof->outcome == ProofOutcome::refuted ? 1U : 0U;
      for (int i = 0; proof->outcome == ProofOutcome::proved && i < 100; ++i) {
        const auto world = attacker.world();
        EXPECT_FALSE(violated(claim, candidate.decide(world.request, world.entities),
                              other.decide(world.request, world.entities)))
            << name_of(claim);
      }
    }
  }
  EXPECT_GT(proved, 30U);  // both outcomes occur often, or the test would say little
  EXPECT_GT(refuted, 30U);
}

}  // namespace
}  // namespace cordon::analysis
