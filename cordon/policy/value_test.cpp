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

TEST(Value, ExtensionValuesAreOrderedEqualAndWritten) {
  const std::vector<Value> ascending = {Record{},     Decimal{-1}, Decimal{0},  *ip_of("10.0.0.0/8"), *ip_of("::"),
                                        Datetime{-1}, Datetime{0}, Duration{0}, Duration{1}};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(ascending[i] < ascending[j], i < j) << i << ' ' << j;
      EXPECT_EQ(ascending[i] == ascending[j], i == j) << i << ' ' << j;
    }
  }
  EXPECT_EQ(Value::set({Decimal{15'000}, *ip_of("10.0.0.0/8"), Datetime{1}, Duration{60'000}}).text(),
            "[decimal(\"1.5\"), ip(\"10.0.0.0/8\"), datetime(\"1970-01-01T00:00:00.001Z\"), duration(\"1m\")]");
  EXPECT_EQ(Value(Decimal{}).kind(), "decimal");
  EXPECT_EQ(Value(IpNetwork{}).kind(), "ipaddr");
  EXPECT_EQ(Value(Datetime{}).kind(), "datetime");
  EXPECT_EQ(Value(Duration{}).kind(), "duration");
  EXPECT_EQ(Value(1).as_decimal(), nullptr);
  EXPECT_NE(Value(Datetime{1}), Value(Duration{1}));
}

TEST(Value, ViewSharesAnEntityWithoutCopying) {
  const EntityUid uid{"Nf", "1"};
  const Value view = Value::view(uid);
  EXPECT_EQ(view.as_entity(), &uid);
  EXPECT_EQ(view, Value(uid));
}

TEST(Value, ViewSharesARecordWithoutCopying) {
  const Record record{{"a", 1}};
  const Value view = Value::view(record);
  EXPECT_EQ(view.as_record(), &record);
  EXPECT_EQ(view, Value(record));
}

}  // namespace
}  // namespace cordon::policy
