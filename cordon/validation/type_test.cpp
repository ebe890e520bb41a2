#include "cordon/validation/type.h"

#include <gtest/gtest.h>

namespace cordon::validation {

namespace {

schema::Schema schema_of(std::string_view text) {
  auto schema = schema::Schema::parse(text, "schema");
  EXPECT_TRUE(schema) << schema.error().message;
  return *schema;
}

constexpr std::string_view kSchema = R"(
namespace A { entity U { a: Long, b?: { c: Set<U>, d?: Bool } } tags String; action g; action x in [B::Action::"h"]; }
namespace B { entity V in [A::U]; action h in [A::Action::"g"]; })";

class TypesTest : public ::testing::Test {
 protected:
  const Type* record(std::initializer_list<Member> members) { return types.record(members); }

  schema::Schema schema = schema_of(kSchema);
  Types types{schema};
  const Type* yes = types.simple(Kind::yes);
  const Type* no = types.simple(Kind::no);
  const Type* boolean = types.simple(Kind::boolean);
  const Type* integer = types.simple(Kind::integer);
};

}  // namespace

TEST_F(TypesTest, TheSameTypeIsTheSameObject) {
  EXPECT_EQ(types.set(integer), types.set(types.simple(Kind::integer)));
  EXPECT_EQ(record({{"a", integer}, {"b", boolean}}), record({{"b", boolean}, {"a", integer}}));
  EXPECT_NE(record({{"a", integer}}), record({{"a", integer, false}}));
  EXPECT_EQ(types.of(policy::EntityUid{"A::U", "x"}), types.entity("A::U"));
}

TEST_F(TypesTest, AreShownAsTheSchemaWritesThem) {
  EXPECT_EQ(types.attribute(*types.entity("A::U"), "b")->type->text(), "{ c: Set<A::U>, d?: Bool }");
  EXPECT_EQ(record({})->text(), "{}");
  EXPECT_EQ(yes->text(), "True");
}

TEST_F(TypesTest, LargeRecordsAreNotShownWhole) {
  const Type* large = record({{"a", integer}});
  for (int i = 0; i < 100; ++i) large = types.set(record({{"left", large}, {"right", large}}));
  EXPECT_LT(large->text().size(), 2'000U);
}

TEST_F(TypesTest, TrueAndFalseMeetInBoolToAnyDepth) {
  EXPECT_EQ(types.least_upper_bound(yes, yes), yes);
  EXPECT_EQ(types.least_upper_bound(yes, no), boolean);
  EXPECT_EQ(types.least_upper_bound(types.set(yes), types.set(no)), types.set(boolean));
  EXPECT_EQ(types.least_upper_bound(record({{"a", yes}}), record({{"a", no}})), record({{"a", boolean}}));
  EXPECT_EQ(types.least_upper_bound(record({{"a", yes}}), record({{"a", boolean}})), record({{"a", boolean}}));
}

TEST_F(TypesTest, SaysWhyThereIsNoCommonType) {
  const Type* entity = types.entity("A::U");
  EXPECT_EQ(types.least_upper_bound(integer, boolean), std::unexpected(Mismatch::different));
  EXPECT_EQ(types.least_upper_bound(entity, types.entity("B::V")), std::unexpected(Mismatch::entities));
  EXPECT_EQ(types.least_upper_bound(entity, record({})), std::unexpected(Mismatch::entity_and_record));
  EXPECT_EQ(types.least_upper_bound(record({{"a", yes}}), record({{"b", yes}})), std::unexpected(Mismatch::width));
  EXPECT_EQ(types.least_upper_bound(record({{"a", yes}}), record({{"a", no, false}})),
            std::unexpected(Mismatch::optionality));
  EXPECT_EQ(types.least_upper_bound(types.set(integer), types.set(entity)), std::unexpected(Mismatch::different));
}

TEST_F(TypesTest, FindsAttributesAndTellsWhichThereAre) {
  const Type& user = *types.entity("A::U");
  EXPECT_EQ(types.attribute(user, "a")->type, integer);
  EXPECT_FALSE(types.attribute(user, "b")->required);
  EXPECT_EQ(types.attribute(user, "z").error(), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_TRUE(types.attribute(*types.entity("A::Action"), "a").error().empty());
}

TEST_F(TypesTest, KnowsWhatTheSchemaDeclares) {
  EXPECT_EQ(types.of(policy::EntityUid{"U", "x"}), nullptr);
  EXPECT_EQ(types.of(policy::EntityUid{"A::Action", "nope"}), nullptr);
  EXPECT_NE(types.of(policy::EntityUid{"A::Action", "g"}), nullptr);
  EXPECT_TRUE(is_action_type("A::Action"));
  EXPECT_FALSE(is_action_type("Reaction"));
}

TEST_F(TypesTest, ActionsOfOneNamespaceMayBeInThoseOfAnother) {
  EXPECT_TRUE(types.may_be_in(*types.entity("B::V"), *types.entity("A::U")));
  EXPECT_FALSE(types.may_be_in(*types.entity("A::U"), *types.entity("B::V")));
  EXPECT_TRUE(types.may_be_in(*types.entity("A::Action"), *types.entity("B::Action")));
  EXPECT_TRUE(types.may_be_in(*types.entity("B::Action"), *types.entity("A::Action")));
  EXPECT_FALSE(types.may_be_in(*types.entity("A::U"), *types.entity("A::Action")));
}

}  // namespace cordon::validation
