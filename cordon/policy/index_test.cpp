// The index leaves nothing out and adds nothing: against looking at every policy, against the plain reading of
// naive.h, and against itself when sets are reordered, renamed and grown.
#include "cordon/policy/index.h"

#include <algorithm>
#include <format>
#include <map>
#include <random>
#include <thread>

#include "cordon/policy/decider.h"
#include "cordon/policy/naive.h"
#include "cordon/policy/test_support.h"

namespace cordon::policy {
namespace {

// Enough rules that the index forks in every part.
std::vector<naive::Rule> many_rules(std::uint32_t seed, std::size_t batches) {
  std::vector<naive::Rule> rules;
  for (std::uint32_t i = 0; i < batches; ++i) {
    for (naive::Rule& rule : naive::Generator(seed * 1000 + i).rules()) rules.push_back(std::move(rule));
  }
  return rules;
}

std::string written(const std::vector<naive::Rule>& rules) {
  std::string text;
  for (const naive::Rule& rule : rules) text += naive::written(rule);
  return text;
}

Entities stored(const naive::World& world) {
  Entities store;
  for (const auto& [uid, entity] : world.entities) EXPECT_TRUE(store.add(entity));
  return store;
}

naive::Answer plain(const Decision& decision) {
  naive::Answer answer{.allow = decision.allow, .determining = decision.determining, .errors = {}};
  for (const EvaluationError& error : decision.errors) answer.errors.push_back(error.policy);
  return answer;
}

naive::Answer asked(const PolicySet& set, const naive::World& world, Search search = Search::indexed) {
  return plain(set.decide(world.request, stored(world), Profile::reference, search));
}

TEST(ScopeIndex, FindsInLargeSetsWhatThePlainReadingFinds) {
  std::size_t allowed = 0, forbidden = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const auto rules = many_rules(seed, 80);
    const PolicySet set = parsed(written(rules));
    naive::Generator worlds(seed);
    for (int i = 0; i < 12; ++i) {
      const naive::World world = worlds.world();
      const naive::Answer wanted = naive::decided(rules, world, false);
      ASSERT_EQ(asked(set, world), wanted) << seed;
      ASSERT_EQ(asked(set, world, Search::every), wanted) << seed;
      ++(wanted.allow ? allowed : forbidden);
    }
  }
  EXPECT_GT(forbidden, 100U);
}

// Faults are placed in the policy itself, also when another one's condition was evaluated in its stead.
TEST(ScopeIndex, DecidesToTheLetterWhatLookingAtEveryPolicyDecides) {
  std::size_t errors = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    auto rules = many_rules(seed, 20);
    const std::size_t count = rules.size();
    for (std::size_t i = 0; i < count; ++i) rules.push_back(rules[i]);  // every condition twice
    const PolicySet set = parsed(written(rules));
    Decider indexed(set), every(set);
    naive::Generator worlds(seed);
    for (int i = 0; i < 8; ++i) {
      const naive::World world = worlds.world();
      const Entities store = stored(world);
      const Ruling& a = indexed.decide(world.request, store, Profile::fail_closed);
      const Ruling& b = every.decide(world.request, store, Profile::fail_closed, Search::every);
      ASSERT_EQ(std::tuple(a.allow, a.forbidden, a.erring_forbid), std::tuple(b.allow, b.forbidden, b.erring_forbid));
      ASSERT_TRUE(std::ranges::equal(a.determining, b.determining));
      const auto where = [](const Erring& erring) { return std::pair(erring.position, erring.offset); };
      ASSERT_TRUE(std::ranges::equal(a.errors, b.errors, {}, where, where)) << seed;
      errors += a.errors.size();
      const auto words = indexed.in_words(world.request, store).errors;
      ASSERT_EQ(words.size(), a.errors.size());
      for (const EvaluationError& error : words) ASSERT_FALSE(error.message.ends_with(": ")) << error.message;
    }
  }
  EXPECT_GT(errors, 500U);
}

// === metamorphic: changes of a set that must not change what it decides ===

TEST(ScopeIndex, TheOrderOfPoliciesDecidesOnlyTheOrderOfTheirNames) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const auto rules = many_rules(seed, 20);
    std::vector<std::size_t> order(rules.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::shuffle(order, std::mt19937(seed));
    std::string text, shuffled;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      text += std::format("@id(\"rule{}\") ", i) + naive::written(rules[i]);
      shuffled += std::format("@id(\"rule{}\") ", order[i]) + naive::written(rules[order[i]]);
    }
    const PolicySet one = parsed(text), other = parsed(shuffled);
    naive::Generator worlds(seed);
    for (int i = 0; i < 6; ++i) {
      const naive::World world = worlds.world();
      naive::Answer a = asked(one, world), b = asked(other, world);
      for (auto* ids : {&a.determining, &a.errors, &b.determining, &b.errors}) std::ranges::sort(*ids);
      ASSERT_EQ(a, b) << seed;
    }
  }
}

// Every id at once, one to one; texts that are no ids stay.
EntityUid renamed(const EntityUid& uid) { return {uid.type, "\"é\n" + uid.id + std::string(40, 'x')}; }

Value renamed(const Value& value) {
  if (const EntityUid* uid = value.as_entity()) return renamed(*uid);
  if (const Set* set = value.as_set()) {
    std::vector<Value> members;
    for (const Value& member : *set) members.push_back(renamed(member));
    return Value::set(members);
  }
  if (const Record* record = value.as_record()) {
    Record made;
    for (const auto& [key, member] : *record) made[key] = renamed(member);
    return made;
  }
  return value;
}

naive::Tree renamed(naive::Tree tree) {
  tree.literal = renamed(tree.literal);
  for (naive::Tree& part : tree.parts) part = renamed(std::move(part));
  return tree;
}

naive::Rule renamed(naive::Rule rule) {
  rule.principal_uid = renamed(rule.principal_uid);
  rule.resource_uid = renamed(rule.resource_uid);
  for (EntityUid& action : rule.actions) action = renamed(action);
  for (auto& [unless, body] : rule.clauses) body = renamed(std::move(body));
  return rule;
}

Record renamed(const Record& record) { return *renamed(Value(record)).as_record(); }

naive::World renamed(const naive::World& world) {
  naive::World made;
  for (const auto& [uid, entity] : world.entities) {
    Entity other{.uid = renamed(uid), .attributes = renamed(entity.attributes), .parents = {}};
    other.tags = renamed(entity.tags);
    for (const EntityUid& parent : entity.parents) other.parents.push_back(renamed(parent));
    made.entities.emplace(other.uid, other);
  }
  made.request = {renamed(world.request.principal), renamed(world.request.action), renamed(world.request.resource),
                  renamed(world.request.context)};
  return made;
}

TEST(ScopeIndex, NamesMeanNothing) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const auto rules = many_rules(seed, 20);
    std::vector<naive::Rule> others;
    for (const naive::Rule& rule : rules) others.push_back(renamed(rule));
    const PolicySet one = parsed(written(rules)), other = parsed(written(others));
    naive::Generator worlds(seed);
    for (int i = 0; i < 6; ++i) {
      const naive::World world = worlds.world();
      ASSERT_EQ(asked(one, world), asked(other, renamed(world))) << seed;
    }
  }
}

// In every form a scope can have, about entities that no request names.
std::string elsewhere(std::size_t i) {
  static constexpr std::array<std::string_view, 6> kScopes = {
      "principal == Else::\"{0}\", action, resource",
      "principal in Else::\"{0}\", action in [Action::\"e{0}\", Action::\"f{0}\"], resource",
      "principal is Else::T{0}, action == Action::\"e{0}\", resource",
      "principal is U in Else::\"{0}\", action, resource is R",
      "principal, action, resource == Else::\"{0}\"",
      "principal, action in Action::\"e{0}\", resource is U in Else::\"{0}\""};
  return (i % 3 == 0 ? "forbid(" : "permit(") + std::vformat(kScopes[i % kScopes.size()], std::make_format_args(i)) +
         ") when { context.nothing };\n";
}

TEST(ScopeIndex, TenThousandIrrelevantPoliciesChangeNothing) {
  std::string irrelevant;
  for (std::size_t i = 0; i < 10'000; ++i) irrelevant += elsewhere(i);
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    const auto rules = many_rules(seed, 20);
    const PolicySet alone = parsed(written(rules)), among = parsed(written(rules) + irrelevant);
    naive::Generator worlds(seed);
    for (int i = 0; i < 10; ++i) {
      const naive::World world = worlds.world();
      ASSERT_EQ(asked(alone, world), asked(among, world)) << seed;
    }
  }
}

TEST(ScopeIndex, ALinkDecidesLikeThePolicyWrittenOut) {
  struct Form {
    std::string templated, written;
    bool principal, resource;
  };
  const std::vector<Form> forms = {
      {"principal == ?principal, action, resource", "principal == {0}, action, resource", true, false},
      {"principal in ?principal, action, resource in ?resource", "principal in {0}, action, resource in {1}", true,
       true},
      {"principal is U in ?principal, action, resource", "principal is U in {0}, action, resource", true, false},
      {"principal, action, resource is G in ?resource", "principal, action, resource is G in {1}", false, true}};
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    naive::Generator worlds(seed);
    std::string templates, expanded;
    Reading reading{.naming = Naming::position};
    for (int i = 0; i < 30; ++i) {
      const Form& form = forms[static_cast<std::size_t>(i) % forms.size()];
      const naive::World drawn = worlds.world();
      const std::string condition = i % 2 == 0 ? " when { principal.n == 1 };\n" : " when { resource has f };\n";
      const std::string one = drawn.request.principal.text(), two = drawn.request.resource.text();
      templates += "permit(" + form.templated + ")" + condition;
      expanded += "permit(" + std::vformat(form.written, std::make_format_args(one, two)) + ")" + condition;
      Link link{.template_id = std::format("policy{}", i), .id = std::format("link{}", i)};
      if (form.principal) link.principal = drawn.request.principal;
      if (form.resource) link.resource = drawn.request.resource;
      reading.links.push_back(std::move(link));
    }
    const auto linked = PolicySet::parse(templates, "templates.cedar", reading);
    ASSERT_TRUE(linked) << linked.error().message;
    const PolicySet plainly = parsed(expanded);
    for (int i = 0; i < 10; ++i) {
      const naive::World world = worlds.world();
      naive::Answer wanted = asked(plainly, world);
      for (auto* ids : {&wanted.determining, &wanted.errors}) {
        for (std::string& id : *ids) id.replace(0, std::string("policy").size(), "link");
      }
      ASSERT_EQ(asked(*linked, world), wanted) << seed;
    }
  }
}

// === the shapes that index badly ===

using Shape = std::string (*)(std::size_t);

// Each of many policies differs from the others in one part only, or in none.
TEST(ScopeIndex, SetsThatShareAPartOfTheirScopesAreDecidedRight) {
  const std::vector<Shape> shapes = {
      [](std::size_t i) {
        return std::format("principal == U::\"u\", action == Action::\"a\", resource == R::\"{}\"", i);
      },
      [](std::size_t i) {
        return std::format("principal == U::\"{}\", action == Action::\"a\", resource == R::\"7\"", i);
      },
      [](std::size_t i) { return std::format("principal, action == Action::\"{}\", resource", i); },
      [](std::size_t i) {
        return std::format("principal in G::\"{}\", action, resource in G::\"{}\"", i % 60, i / 60);
      },
      [](std::size_t i) {
        return std::format("principal is U in G::\"{}\", action, resource is T{}", i % 60, i / 60);
      },
      [](std::size_t) { return std::string("principal, action, resource"); }};
  Entities store;
  Entity user{.uid = {"U", "u"}, .attributes = {}, .parents = {}};
  for (int i = 0; i < 40; ++i) user.parents.push_back({"G", std::to_string(i)});
  ASSERT_TRUE(store.add(user));
  ASSERT_TRUE(store.add({{"R", "7"}, {}, {{"G", "3"}, {"G", "9"}}}));
  for (const Shape shape : shapes) {
    std::string text;
    for (std::size_t i = 0; i < 3'000; ++i) text += std::format("permit({});\n", shape(i));
    const PolicySet set = parsed(text);
    Decider indexed(set), every(set);
    for (const char* resource : {"7", "8", "none"}) {
      const Request request{{"U", "u"}, {"Action", "a"}, {"R", resource}, {}};
      const Ruling& a = indexed.decide(request, store);
      const Ruling& b = every.decide(request, store, Profile::fail_closed, Search::every);
      EXPECT_TRUE(std::ranges::equal(a.determining, b.determining)) << shape(1);
    }
  }
}

TEST(ScopeIndex, AHundredThousandPoliciesAreReadAndDecided) {
  std::string text;
  for (std::size_t i = 0; i < 100'000; ++i) {
    text += std::format(
        "permit(principal == NF::\"n{0}\", action == Action::\"invoke\", resource == Svc::\"s{0}\");\n", i);
  }
  const PolicySet set = parsed(text);
  Decider decider(set);
  const Entities none;
  for (std::size_t i = 0; i < 100'000; i += 101) {
    const std::string id = std::to_string(i), next = std::to_string(i + 1);
    const Ruling& allowed = decider.decide({{"NF", "n" + id}, {"Action", "invoke"}, {"Svc", "s" + id}, {}}, none);
    ASSERT_TRUE(allowed.allow);
    ASSERT_EQ(allowed.determining.front(), i);
    ASSERT_FALSE(decider.decide({{"NF", "n" + id}, {"Action", "invoke"}, {"Svc", "s" + next}, {}}, none).allow);
  }
}

TEST(Decider, ThreadsShareASetAndAStore) {
  const auto rules = many_rules(7, 60);
  const PolicySet set = parsed(written(rules));
  const naive::World world = naive::Generator(7).world();
  const Entities store = stored(world);
  std::vector<Request> requests;
  std::vector<naive::Answer> wanted;
  naive::Generator more(8);
  for (int i = 0; i < 20; ++i) {
    requests.push_back(more.world().request);
    wanted.push_back(plain(set.decide(requests.back(), store)));
  }
  std::vector<std::size_t> wrong(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t& mistakes : wrong) {
    threads.emplace_back([&] {
      Decider decider(set);
      for (std::size_t i = 0; i < 400; ++i) {
        const std::size_t which = i % requests.size();
        decider.decide(requests[which], store);
        mistakes += plain(decider.in_words(requests[which], store)) == wanted[which] ? 0U : 1U;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<std::size_t>(4, 0));
}

}  // namespace
}  // namespace cordon::policy
