#include "cordon/schema/schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <format>

namespace cordon::schema {
namespace {

Schema parsed(std::string_view text) {
  auto schema = Schema::parse(text, "test.cedarschema");
  EXPECT_TRUE(schema) << (schema ? "" : schema.error().message);
  return schema ? std::move(*schema) : Schema();
}

std::string refusal(std::string_view text, const Limits& limits = {}) {
  const auto schema = Schema::parse(text, "s", limits);
  return schema ? "it is accepted" : schema.error().message;
}

std::string json_refusal(std::string_view text, const Limits& limits = {}) {
  const auto schema = Schema::parse_json(text, "s", limits);
  return schema ? "it is accepted" : schema.error().message;
}

constexpr std::string_view kSbi = R"(
namespace SBI {
  type Plmn = { mcc: String, mnc: String };
  type Claims = Set<String>;
  entity NfType enum ["AMF", "SMF"];
  entity Slice;
  entity Nf in [Slice, NfType] = { plmn: Plmn, claims?: Claims } tags Set<Nf>;
  entity Service in Nf;
  action "nudm-sdm";
  action read in "nudm-sdm" appliesTo {
    principal: Nf, resource: [Service, Nf, Service], context: { at: datetime, "the peer"?: ipaddr }
  };
  action write in [read] appliesTo { principal: [Nf], resource: Service, context: Plmn };
}
)";

EntityUid action(std::string id) { return {"SBI::Action", std::move(id)}; }

TEST(Schema, EntityTypesCarryTheirParentsAttributesAndTags) {
  const Schema schema = parsed(kSbi);
  const EntityType* nf = schema.entity_type("SBI::Nf");
  ASSERT_NE(nf, nullptr);
  EXPECT_EQ(nf->name, "SBI::Nf");
  EXPECT_EQ(nf->parents, (std::set<std::string>{"SBI::NfType", "SBI::Slice"}));
  EXPECT_EQ(nf->attributes.at("plmn").type.text(), "{ mcc: String, mnc: String }");
  EXPECT_TRUE(nf->attributes.at("plmn").required);
  EXPECT_FALSE(nf->attributes.at("claims").required);
  ASSERT_TRUE(nf->tags);
  EXPECT_EQ(nf->tags->text(), "Set<SBI::Nf>");
  EXPECT_EQ(schema.entity_type("SBI::NfType")->enumerated, (std::vector<std::string>{"AMF", "SMF"}));
  EXPECT_EQ(schema.entity_type("Nf"), nullptr);
  EXPECT_EQ(schema.entity_types().size(), 4U);
}

TEST(Schema, EntityTypesAreInOneAnotherTransitively) {
  const Schema schema = parsed(kSbi);
  EXPECT_TRUE(schema.may_be_in("SBI::Service", "SBI::Nf"));
  EXPECT_TRUE(schema.may_be_in("SBI::Service", "SBI::Slice"));
  EXPECT_TRUE(schema.may_be_in("SBI::Slice", "SBI::Slice"));
  EXPECT_FALSE(schema.may_be_in("SBI::Slice", "SBI::Service"));
  EXPECT_FALSE(schema.may_be_in("Unknown", "SBI::Service"));
}

TEST(Schema, EntityTypesMayBeInOneAnotherInACircle) {
  const Schema schema = parsed("entity A in B; entity B in C; entity C in A;");
  for (const char* type : {"A", "B", "C"}) {
    for (const char* ancestor : {"A", "B", "C"}) EXPECT_TRUE(schema.may_be_in(type, ancestor));
  }
}

TEST(Schema, ActionsSayWhatTheyApplyTo) {
  const Schema schema = parsed(kSbi);
  const Action* read = schema.action(action("read"));
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->parents, std::set<EntityUid>{action("nudm-sdm")});
  EXPECT_EQ(read->applies_to.principals, std::vector<std::string>{"SBI::Nf"});
  EXPECT_EQ(read->applies_to.resources, (std::vector<std::string>{"SBI::Nf", "SBI::Service"}));
  EXPECT_EQ(read->applies_to.context.at("at").type.text(), "datetime");
  EXPECT_FALSE(read->applies_to.context.at("the peer").required);
  EXPECT_EQ(schema.action(action("write"))->applies_to.context.size(), 2U);
  EXPECT_TRUE(schema.action(action("nudm-sdm"))->applies_to.principals.empty());
  EXPECT_EQ(schema.action({"Action", "read"}), nullptr);
  EXPECT_EQ(schema.actions().size(), 3U);
}

TEST(Schema, ActionsAreInTheirGroupsTransitively) {
  const Schema schema = parsed(kSbi);
  EXPECT_TRUE(schema.action_in(action("write"), action("nudm-sdm")));
  EXPECT_TRUE(schema.action_in(action("write"), action("write")));
  EXPECT_FALSE(schema.action_in(action("nudm-sdm"), action("write")));
  EXPECT_FALSE(schema.action_in(action("unknown"), action("write")));
  EXPECT_EQ(schema.members_of(action("read")), (std::vector<EntityUid>{action("read"), action("write")}));
  EXPECT_EQ(schema.members_of(action("nudm-sdm")).size(), 3U);
}

TEST(Schema, ActionsBecomeEntitiesWithTheirDirectGroups) {
  const auto entities = parsed(kSbi).action_entities();
  ASSERT_EQ(entities.size(), 3U);
  const auto write = std::ranges::find(entities, action("write"), &policy::Entity::uid);
  ASSERT_NE(write, entities.end());
  EXPECT_EQ(write->parents, std::vector<EntityUid>{action("read")});
  EXPECT_TRUE(write->attributes.empty());
}

TEST(Schema, TypesHaveATextThatCedarReadsBack) {
  const Schema schema = parsed(
      "entity A { a: { \"in\": Bool, \"b c\"?: Set<Set<decimal>>, d: {} }, i: ipaddr, t: duration, x: A, n: Long };");
  const Attributes& attributes = schema.entity_type("A")->attributes;
  EXPECT_EQ(attributes.at("a").type.text(), "{ \"b c\"?: Set<Set<decimal>>, d: {}, \"in\": Bool }");
  EXPECT_EQ(attributes.at("i").type.text(), "ipaddr");
  EXPECT_EQ(attributes.at("t").type.text(), "duration");
  EXPECT_EQ(attributes.at("x").type.text(), "A");
  EXPECT_EQ(attributes.at("n").type.text(), "Long");
}

TEST(Schema, TypesAreEqualByStructure) {
  const Schema schema = parsed(
      "type T = { x: Set<Long> }; entity A { a: T, b: { x: Set<Long> }, c: { x?: Set<Long> }, d: { x: Set<String> } "
      "};");
  const Attributes& attributes = schema.entity_type("A")->attributes;
  EXPECT_EQ(attributes.at("a").type, attributes.at("b").type);
  EXPECT_NE(attributes.at("a").type, attributes.at("c").type);
  EXPECT_NE(attributes.at("a").type, attributes.at("d").type);
  EXPECT_NE(attributes.at("a").type, Type());
}

TEST(Schema, TheLastOfTwoAttributesWithOneNameCountsAndTheFirstIsAWarning) {
  const Schema schema = parsed("entity A {\n  x: Undefined,\n  y: Bool,\n  \"x\": Long\n};");
  EXPECT_EQ(schema.entity_type("A")->attributes.at("x").type.text(), "Long");
  EXPECT_EQ(schema.entity_type("A")->attributes.size(), 2U);
  ASSERT_EQ(schema.warnings().size(), 1U);
  EXPECT_EQ(
      schema.warnings().front(),
      "test.cedarschema:2:3: attribute `x` is declared again further on; only the last declaration counts: remove "
      "this one\n    x: Undefined,\n    ^");
}

TEST(Schema, WarningsStandInTheOrderOfTheText) {
  const Schema schema =
      parsed("entity Long;\nentity T;\ntype T = __cedar::Long;\nnamespace N { type ipaddr = String; }");
  ASSERT_EQ(schema.warnings().size(), 3U);
  EXPECT_TRUE(schema.warnings()[0].starts_with("test.cedarschema:1:8: `Long` hides the built-in type"));
  EXPECT_TRUE(schema.warnings()[1].starts_with("test.cedarschema:3:6: type `T` hides the entity type"));
  EXPECT_TRUE(schema.warnings()[2].starts_with("test.cedarschema:4:20: `ipaddr` hides the built-in type"));
}

TEST(Schema, ErrorsShowTheLineAndThePlace) {
  EXPECT_EQ(refusal("entity A {\n\tx: Strin\n};"),
            "s:2:5: type `Strin` is not declared; did you mean `String`?\n  \tx: Strin\n  \t   ^");
}

// === lexis that a file of vectors cannot show ===

TEST(Schema, WhiteSpaceIsThatOfUnicode) {
  for (const char* space : {"\t", "\v", "\f", "\r", "\xC2\x85", "\xC2\xA0", "\xE2\x80\xA8", "\xE3\x80\x80"}) {
    EXPECT_EQ(refusal(std::format("entity{}A;", space)), "it is accepted");
  }
  EXPECT_TRUE(refusal("entity\x1C"
                      "A;")
                  .starts_with("s:1:7: this character has no meaning"));
  EXPECT_TRUE(refusal("\xEF\xBB\xBF"
                      "entity A;")
                  .starts_with("s:1:1: a byte order mark is no part of a schema"));
  EXPECT_TRUE(refusal("entity \xC3\xA9;").starts_with("s:1:8: this character has no meaning"));
}

TEST(Schema, CommentsEndWithTheLine) {
  EXPECT_EQ(refusal("// one\rentity A; // two\nentity B;// three"), "it is accepted");
  EXPECT_TRUE(refusal("entity A; / entity B;").contains("comments begin with `//`"));
}

TEST(Schema, StringsMayRunOverLinesButNotWithABackslash) {
  EXPECT_EQ(refusal("entity A { \"x\ny\": Long };"), "it is accepted");
  EXPECT_TRUE(refusal("entity A { \"x\\\ny\": Long };").contains("a backslash cannot stand at the end of a line"));
  EXPECT_TRUE(refusal("entity A { \"x").contains("never closed"));
  EXPECT_TRUE(refusal("entity A { \"x\\").contains("never closed"));
}

TEST(Schema, TextThatIsNotUtf8IsRefused) {
  EXPECT_TRUE(refusal("entity A; // \xFF").starts_with("s:1:14: the text is not UTF-8 here"));
}

TEST(Schema, LongWordsAreNotRepeatedInMessages) {
  EXPECT_EQ(refusal(std::string(100, 'x')).substr(0, 88),
            "s:1:1: expected `entity`, `action`, `type` or `namespace`, found a long word or string\n ");
}

// === JSON ===

TEST(SchemaJson, ErrorsOfTheJsonItselfShowLineAndColumn) {
  EXPECT_TRUE(json_refusal("{\n  \"N\": {,}\n}").starts_with("s:2:9: "));
  EXPECT_TRUE(json_refusal("").starts_with("s:1:1: "));
  EXPECT_TRUE(
      json_refusal(R"({"": {"entityTypes": {}, "actions": {}, "actions": {}}})").contains("duplicate member"));
}

TEST(SchemaJson, NulMayStandInIds) {
  const auto schema =
      Schema::parse_json(R"({"": {"entityTypes": {"A": {"enum": ["\u0000"]}}, "actions": {"\u0000": {}}}})", "s");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_NE(schema->action({"Action", std::string(1, '\0')}), nullptr);
}

TEST(SchemaJson, PlacesQuoteMembersThatAreNoNames) {
  EXPECT_EQ(json_refusal(R"({"": {"entityTypes": {}, "actions": {"read\n all": {"memberOf": [{"id": "x"}]}}}})"),
            "s: \"\".actions.\"read\\n all\".memberOf[0]: action `Action::\"x\"` is not declared; declare it with "
            "`action`");
}

// === limits ===

TEST(SchemaLimits, ALongTextIsRefused) {
  EXPECT_EQ(refusal("entity A;", {.text = 8}), "s:1:1: the schema is longer than 8 bytes; split it");
  EXPECT_EQ(json_refusal("{}         ", {.text = 8}), "s:1:1: the schema is longer than 8 bytes; split it");
}

std::string repeated(std::size_t times, std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(SchemaLimits, DeepNestingIsRefused) {
  EXPECT_TRUE(refusal("type T = " + repeated(10'000, "Set<")).contains("nest deeper than 128 levels"));
  EXPECT_TRUE(refusal("type T = " + repeated(10'000, "{ a: ")).contains("nest deeper than 128 levels"));
  EXPECT_TRUE(refusal(repeated(10'000, "[")).contains("expected `entity`"));
  EXPECT_TRUE(refusal("entity A in " + repeated(10'000, "[")).contains("expected the name of an entity type"));
  EXPECT_TRUE(json_refusal(repeated(10'000, "[")).contains("nested deeper"));
  const std::string start = R"({"": {"actions": {}, "entityTypes": {}, "commonTypes": {"T": )";
  EXPECT_TRUE(json_refusal(start + repeated(200, R"({"type": "Set", "element": )") + R"({"type": "Long"})" +
                           repeated(200, "}") + "}}}")
                  .contains("nest deeper than 128 levels"));
}

TEST(SchemaLimits, DeepNestingThroughNamesIsRefusedWhicheverComesFirst) {
  std::string upward = "type T0 = Long;";
  std::string downward;
  for (int i = 1; i < 200; ++i) {
    upward += std::format("type T{} = T{};", i, i - 1);
    downward += std::format("type T{} = T{};", 200 - i, 199 - i);
  }
  EXPECT_TRUE(refusal(upward).contains("nest deeper than 128 levels"));
  EXPECT_TRUE(refusal(downward + "type T0 = Long;").contains("nest deeper than 128 levels"));
}

TEST(SchemaLimits, TypesThatDoubleAreSharedUntilTheLimit) {
  const auto doubling = [](int times) {
    std::string text = "type T0 = { a: Long };";
    for (int i = 1; i <= times; ++i) text += std::format("type T{} = {{ a: T{}, b: T{} }};", i, i - 1, i - 1);
    return text;
  };
  EXPECT_EQ(refusal(doubling(18)), "it is accepted");
  EXPECT_TRUE(refusal(doubling(60)).contains("has more than 1000000 parts"));
  EXPECT_TRUE(refusal(doubling(17) + "entity A { x: T17 }; entity B { y: T17, z: T17 }; entity C { z: T17 };")
                  .contains("once names are replaced"));
}

TEST(SchemaLimits, WhatIsWrittenIsCounted) {
  EXPECT_TRUE(refusal("entity A; entity B; entity C;", {.resolved = 2}).contains("more than 2 names and types"));
  EXPECT_TRUE(json_refusal(R"({"": {"entityTypes": {"A": {}, "B": {}, "C": {}}, "actions": {}}})", {.resolved = 2})
                  .contains("more than 2 names and types"));
}

TEST(SchemaLimits, HierarchiesThatMultiplyAreRefused) {
  std::string types = "entity T0;";
  std::string actions = "action a0;";
  for (int i = 1; i < 100; ++i) {
    types += std::format("entity T{} in T{};", i, i - 1);
    actions += std::format("action a{} in a{};", i, i - 1);
  }
  EXPECT_EQ(refusal(types + actions), "it is accepted");
  EXPECT_TRUE(refusal(types, {.resolved = 500}).contains("the entity types are in one another in too many ways"));
  EXPECT_TRUE(refusal(actions, {.resolved = 500}).contains("the actions are in one another in too many ways"));
}

TEST(SchemaLimits, AHundredThousandNamesAreRead) {
  std::string text = "entity A enum [\"0\"";
  for (int i = 1; i < 100'000; ++i) text += std::format(", \"{}\"", i);
  text += "]; entity B";
  for (int i = 0; i < 100'000; ++i) text += std::format(", B{}", i);
  EXPECT_EQ(refusal(text + ";"), "it is accepted");
}

}  // namespace
}  // namespace cordon::schema
