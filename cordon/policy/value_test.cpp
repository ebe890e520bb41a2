#include "cordon/policy/value.h"

#include <gtest/gtest.h>

namespace cordon::policy {
namespace {

TEST(Value, KnowsItsKind) {
  const Value record(Record{{"a", 1}});
  EXPECT_EQ(Value().kind(), "Bool");
  EXPECT_EQ(Value(1).kind(), "Long");
  EXPECT_EQ(Value("x").kind(), "String");
  EXPECT_EQ(Value(EntityUid{"Nf", "1"}).kind(), "Entity");
  EXPECT_EQ(Value::set({}).kind(), "Set");
  EXPECT_EQ(record.kind(), "Record");
  EXPECT_EQ(record.as_set(), nullptr);
  EXPECT_EQ(record.as_bool(), nullptr);
  EXPECT_EQ(*record.as_record()->at("a").as_long(), 1);
}

TEST(Value, KeepsEachMemberOfASetOnce) {
  const Value set = Value::set({2, 1, "a", 2, "a"});
  EXPECT_EQ(set.as_set()->size(), 3U);
  EXPECT_EQ(set, Value::set({"a", 1, 2}));
  EXPECT_NE(set, Value::set({"a", 1}));
}

TEST(Value, ComparesByContentAndNeverAcrossKinds) {
  EXPECT_EQ(Value(Record{{"a", Value::set({1})}}), Value(Record{{"a", Value::set({1, 1})}}));
  EXPECT_NE(Value(1), Value("1"));
  EXPECT_NE(Value(true), Value(1));
  EXPECT_NE(Value::set({}), Value(Record{}));
}

TEST(Value, HasATotalOrder) {
  const std::vector<Value> ascending = {false,
                                        true,
                                        -1,
                                        5,
                                        "a",
                                        "b",
                                        EntityUid{"A", "1"},
                                        EntityUid{"A", "2"},
                                        Value::set({}),
                                        Value::set({1}),
                                        Value::set({1, 2}),
                                        Value(Record{}),
                                        Value(Record{{"a", 1}}),
                                        Value(Record{{"a", 2}})};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) EXPECT_EQ(ascending[i] < ascending[j], i < j) << i << ' ' << j;
  }
}

TEST(Value, WritesItselfAsCedarWould) {
  EXPECT_EQ(Value("a\"b\\\n\r\t\x01" + std::string(1, '\0')).text(), R"("a\"b\\\n\r\t\u{1}\0")");
  EXPECT_EQ(Value(EntityUid{"SBI::Nf", "f9\"0"}).text(), R"(SBI::Nf::"f9\"0")");
  EXPECT_EQ(Value::set({2, true}).text(), "[true, 2]");
  EXPECT_EQ(Value(Record{{"a", 1}, {"in", 2}, {"x y", -3}}).text(), R"({a: 1, "in": 2, "x y": -3})");
  EXPECT_EQ(Value(false).text(), "false");
}

TEST(Value, ViewSharesARecordWithoutCopying) {
  const Record record{{"a", 1}};
  const Value view = Value::view(record);
  EXPECT_EQ(view.as_record(), &record);
  EXPECT_EQ(view, Value(record));
}

// === entities ===

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

}  // namespace
}  // namespace cordon::policy
