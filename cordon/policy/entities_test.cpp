#include "cordon/policy/entities.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

namespace cordon::policy {
namespace {

Entity entity(std::string id, std::vector<std::string> parents) {
  Entity made{.uid = {"G", std::move(id)}, .attributes = {}, .parents = {}};
  for (std::string& parent : parents) made.parents.push_back({"G", std::move(parent)});
  return made;
}

const EntityUid a{"G", "a"}, b{"G", "b"}, c{"G", "c"}, d{"G", "d"}, e{"G", "e"};

TEST(Entities, MembershipIsReflexiveAndTransitive) {
  Entities store;
  ASSERT_TRUE(store.add(entity("a", {"b", "c"})));
  ASSERT_TRUE(store.add(entity("b", {"d"})));
  ASSERT_TRUE(store.add(entity("c", {"d"})));
  ASSERT_TRUE(store.add(entity("d", {"e"})));  // e itself is not stored
  EXPECT_TRUE(store.in(a, a));
  EXPECT_TRUE(store.in(a, b));
  EXPECT_TRUE(store.in(a, e));
  EXPECT_FALSE(store.in(e, a));
  EXPECT_FALSE(store.in(b, c));
  EXPECT_TRUE(store.in(e, e));
  EXPECT_EQ(store.ancestors(a).size(), 4U);
  EXPECT_TRUE(store.ancestors(e).empty());
}

TEST(Entities, ARequestsStoreLiesOverTheInventory) {
  Entities beneath;
  ASSERT_TRUE(beneath.add(entity("b", {"c"})));
  ASSERT_TRUE(beneath.add(entity("d", {"c"})));
  Entities above(&beneath);
  ASSERT_TRUE(above.add(entity("a", {"b"})));
  ASSERT_TRUE(above.add(entity("d", {})));  // hides the one beneath
  EXPECT_TRUE(above.in(a, c));
  EXPECT_FALSE(above.in(d, c));
  EXPECT_TRUE(beneath.in(d, c));
  EXPECT_EQ(beneath.find(a), nullptr);
  EXPECT_NE(above.find(b), nullptr);
}

TEST(Entities, RefuseDuplicatesAndCycles) {
  Entities store;
  ASSERT_TRUE(store.add(entity("a", {"b"})));
  const auto twice = store.add(entity("a", {}));
  ASSERT_FALSE(twice);
  EXPECT_NE(twice.error().message.find("given twice"), std::string::npos);
  ASSERT_TRUE(store.add(entity("b", {"c"})));
  const auto cycle = store.add(entity("c", {"a"}));
  ASSERT_FALSE(cycle);
  EXPECT_NE(cycle.error().message.find("its own ancestor through G::\"a\""), std::string::npos);
  EXPECT_FALSE(store.add(entity("e", {"e"})));
}

TEST(Entities, ACycleOverTwoStoresEnds) {
  Entities beneath;
  ASSERT_TRUE(beneath.add(entity("b", {"c"})));
  Entities above(&beneath);
  ASSERT_TRUE(above.add(entity("b", {"d"})));
  ASSERT_TRUE(above.add(entity("c", {"b"})));
  ASSERT_TRUE(beneath.add(entity("d", {"b"})));  // seen from above: b in d in b
  EXPECT_TRUE(above.in(b, d));
  EXPECT_FALSE(above.in(b, a));
}

// === as the reference answers ===

TEST(Entities, AParentThatIsNotStoredIsStillAnAncestor) {
  Entities store;
  ASSERT_TRUE(store.add(entity("a", {"b"})));
  EXPECT_TRUE(store.in(a, b));
  EXPECT_EQ(store.find(b), nullptr);
  EXPECT_EQ(store.size(), 1U);
}

TEST(Entities, AnEqualDuplicateChangesNothing) {
  Entities store;
  const Entity one{.uid = a, .attributes = {{"s", Value::set({1, 2})}}, .parents = {b, c}};
  const Entity same{.uid = a, .attributes = {{"s", Value::set({2, 1, 1})}}, .parents = {c, b, c}};
  ASSERT_TRUE(store.add(one));
  EXPECT_TRUE(store.add(same));
  EXPECT_TRUE(store.add_all({one, same}));
  EXPECT_EQ(store.size(), 1U);
  EXPECT_EQ(store.ancestors(a).size(), 2U);
}

TEST(Entities, AnUnequalDuplicateIsRefusedWhateverDiffers) {
  const Entity one{.uid = a, .attributes = {{"n", 1}}, .parents = {b}, .tags = {{"t", "x"}}};
  Entity attribute = one, parent = one, tag = one, fewer = one;
  attribute.attributes["n"] = 2;
  parent.parents.push_back(c);
  tag.tags.clear();
  fewer.parents.clear();
  for (const Entity& other : {attribute, parent, tag, fewer}) {
    Entities store;
    ASSERT_TRUE(store.add(one));
    EXPECT_FALSE(store.add(other));
    EXPECT_FALSE(store.add_all({other}));
    EXPECT_EQ(store.size(), 0U);  // nothing half loaded
  }
}

TEST(Entities, ManyAtOnceMayComeInAnyOrderButNotInACircle) {
  Entities store;
  ASSERT_TRUE(store.add_all({entity("a", {"b"}), entity("c", {"d"}), entity("b", {"c"})}));
  EXPECT_TRUE(store.in(a, d));
  Entities circle;
  const auto refused = circle.add_all({entity("a", {"b"}), entity("b", {"c"}), entity("c", {"a"})});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("its own ancestor"), std::string::npos);
  EXPECT_FALSE(circle.add_all({entity("e", {"e"})}));
  EXPECT_EQ(circle.find(a), nullptr);
}

// === a request's store ===

TEST(Entities, ARequestsStoreIsClearedAndUsedAgain) {
  Entities beneath;
  ASSERT_TRUE(beneath.add(entity("b", {"c"})));
  Entities above(&beneath);
  for (const char* id : {"a", "x", "y"}) {
    above.clear();
    ASSERT_TRUE(above.add(entity(id, {"b"})));
    EXPECT_TRUE(above.in({"G", id}, c));
    EXPECT_EQ(above.size(), 1U);
  }
  EXPECT_EQ(above.find(a), nullptr);
  EXPECT_NE(above.find(b), nullptr);
}

TEST(Entities, AGroupHiddenByARequestIsSeenThroughTheHidingOne) {
  Entities beneath;
  ASSERT_TRUE(beneath.add(entity("a", {"b"})));
  ASSERT_TRUE(beneath.add(entity("b", {"c"})));
  beneath.close();
  Entities above(&beneath);
  ASSERT_TRUE(above.add(entity("b", {"d"})));
  EXPECT_TRUE(above.in(a, d));
  EXPECT_FALSE(above.in(a, c));
  EXPECT_TRUE(beneath.in(a, c));
  EXPECT_FALSE(above.add(entity("d", {"a"})));  // a circle over both
}

TEST(Entities, AStoreMayBeCopiedAndMoved) {
  Entities store;
  ASSERT_TRUE(store.add(entity("a", {"b"})));
  ASSERT_TRUE(store.add(entity("b", {"c"})));
  Entities copy = store;
  EXPECT_TRUE(copy.in(a, c));
  ASSERT_TRUE(copy.add(entity("c", {"d"})));
  EXPECT_TRUE(copy.in(a, d));
  EXPECT_FALSE(store.in(a, d));
  const Entities moved = std::move(copy);
  EXPECT_TRUE(moved.in(a, d));
  store = moved;
  EXPECT_TRUE(store.in(a, d));
}

// === against a plain closure ===

using Closure = std::map<EntityUid, std::set<EntityUid>>;

EntityUid numbered(std::size_t i) { return {"N", "n" + std::to_string(i)}; }

// Upward only, so that there is no circle; some parents are never stored.
std::vector<Entity> random_hierarchy(std::mt19937& random, std::size_t count) {
  std::vector<Entity> made;
  for (std::size_t i = 0; i < count; ++i) {
    Entity one{.uid = numbered(i), .attributes = {}, .parents = {}};
    for (std::size_t j = random() % 4; j > 0; --j) one.parents.push_back(numbered(i + 1 + random() % 6));
    if (random() % 8 != 0) made.push_back(one);
  }
  std::ranges::shuffle(made, random);
  return made;
}

Closure closure_of(const std::vector<Entity>& entities) {
  Closure closure;
  for (const Entity& one : entities) closure[one.uid].insert(one.parents.begin(), one.parents.end());
  for (bool grown = true; grown;) {
    grown = false;
    for (auto& [uid, above] : closure) {
      const std::size_t before = above.size();
      for (const EntityUid& parent : std::set(above)) {
        const auto further = closure.find(parent);
        if (further != closure.end()) above.insert(further->second.begin(), further->second.end());
      }
      grown = grown || above.size() != before;
    }
  }
  return closure;
}

void expect_closure(const Entities& store, const Closure& closure, std::size_t count) {
  for (std::size_t i = 0; i < count + 7; ++i) {
    const auto known = closure.find(numbered(i));
    const std::set<EntityUid> wanted = known == closure.end() ? std::set<EntityUid>() : known->second;
    std::set<EntityUid> found;
    for (const EntityUid* uid : store.ancestors(numbered(i))) found.insert(*uid);
    ASSERT_EQ(found, wanted);
    for (std::size_t j = 0; j < count + 7; ++j) {
      ASSERT_EQ(store.in(numbered(i), numbered(j)), i == j || wanted.contains(numbered(j))) << i << ' ' << j;
    }
  }
}

TEST(Entities, AnswerAlikeHoweverTheyWereAdded) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const std::size_t count = 3 + random() % 40;
    const auto all = random_hierarchy(random, count);
    const Closure closure = closure_of(all);
    Entities one_by_one, at_once, beneath;
    for (const Entity& one : all) ASSERT_TRUE(one_by_one.add(one));
    expect_closure(one_by_one, closure, count);
    one_by_one.close();
    expect_closure(one_by_one, closure, count);
    ASSERT_TRUE(at_once.add_all(all));
    expect_closure(at_once, closure, count);
    const std::size_t half = all.size() / 2;
    ASSERT_TRUE(beneath.add_all({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(half)}));
    Entities above(&beneath);
    for (std::size_t i = half; i < all.size(); ++i) ASSERT_TRUE(above.add(all[i]));
    expect_closure(above, closure, count);
    above.close();
    expect_closure(above, closure, count);
  }
}

// === large hierarchies ===

constexpr std::size_t kLarge = 100'000;

TEST(Entities, AChainOfAHundredThousandLoadsFromEitherEnd) {
  std::vector<Entity> chain;
  for (std::size_t i = 0; i < kLarge; ++i) chain.push_back({numbered(i), {}, {numbered(i + 1)}});
  for (const bool reversed : {false, true}) {
    if (reversed) std::ranges::reverse(chain);
    Entities store;
    ASSERT_TRUE(store.add_all(chain));
    EXPECT_TRUE(store.in(numbered(0), numbered(kLarge)));
    EXPECT_TRUE(store.in(numbered(kLarge - 300), numbered(kLarge)));
    EXPECT_FALSE(store.in(numbered(1), numbered(0)));
    EXPECT_EQ(store.ancestors(numbered(0)).size(), kLarge);
  }
  Entities one_by_one;
  for (Entity& one : chain) ASSERT_TRUE(one_by_one.add(std::move(one)));
  EXPECT_TRUE(one_by_one.in(numbered(0), numbered(kLarge)));
  EXPECT_FALSE(one_by_one.add({numbered(kLarge), {}, {numbered(0)}}));  // would close the chain
}

EntityUid group(std::size_t level, std::size_t i) {
  return {"Group", std::to_string(level) + "-" + std::to_string(i % 200)};
}

// Everybody in three groups, which are in `wide` groups each of the next of ten levels.
std::vector<Entity> wide_hierarchy(std::size_t wide) {
  std::vector<Entity> made;
  for (std::size_t i = 0; i < kLarge; ++i)
    made.push_back({numbered(i), {}, {group(0, i), group(0, i / 7), group(0, i / 11)}});
  for (std::size_t level = 0; level < 10; ++level) {
    for (std::size_t i = 0; i < 200; ++i) {
      Entity one{.uid = group(level, i), .attributes = {}, .parents = {}};
      for (std::size_t j = 0; j < wide; ++j) one.parents.push_back(group(level + 1, i + j));
      made.push_back(std::move(one));
    }
  }
  return made;
}

TEST(Entities, AWideHierarchyOfAHundredThousandIsAnsweredFromLists) {
  Entities store;
  ASSERT_TRUE(store.add_all(wide_hierarchy(1)));
  Entities::Walk walk;
  const EntityUid last = numbered(kLarge - 1);
  EXPECT_EQ(store.ancestors(store.node(Hashed(last)), walk).size(), 33U);
  EXPECT_TRUE(walk.found.empty());  // nothing had to be walked
  EXPECT_TRUE(store.in(last, group(10, kLarge - 1)));
  EXPECT_FALSE(store.in(last, numbered(0)));
}

// All lists together would take a gigabyte: most entities rest on the lists of their groups.
TEST(Entities, AHierarchyTooLargeToListIsStillAnsweredRight) {
  Entities store;
  ASSERT_TRUE(store.add_all(wide_hierarchy(6)));
  Entities::Walk walk;
  for (std::size_t i = 0; i < kLarge; i += 9'999) {
    std::set<EntityUid> wanted;
    for (const std::size_t first : {i, i / 7, i / 11}) {
      for (std::size_t level = 0; level <= 10; ++level) {
        for (std::size_t j = 0; j <= 5 * level; ++j) wanted.insert(group(level, first + j));
      }
    }
    std::set<EntityUid> found;
    for (const EntityUid* uid : store.ancestors(numbered(i))) found.insert(*uid);
    ASSERT_EQ(found, wanted) << i;
    for (std::size_t j = 0; j < 200; ++j) {
      for (const EntityUid& uid : {group(1, j), group(10, j)}) {
        ASSERT_EQ(store.in(numbered(i), uid), wanted.contains(uid)) << i << uid.text();
      }
    }
  }
}

}  // namespace
}  // namespace cordon::policy
