#include <format>

#include "cordon/notation/est.h"
#include "cordon/notation/limits.h"
#include "cordon/notation/notation.h"
#include "cordon/notation/test_support.h"
#include "cordon/policy/parse.h"

namespace cordon::notation {
namespace {

std::string refusal(std::string_view est) {
  const auto read = policy_from_json(json(est));
  return read ? "accepted" : read.error().message;
}

std::string when(std::string_view body) {
  return std::format(
      R"({{"effect":"permit","principal":{{"op":"All"}},"action":{{"op":"All"}},"resource":{{"op":"All"}},)"
      R"("conditions":[{{"kind":"when","body":{}}}]}})",
      body);
}

TEST(Est, IsWhatTheReferenceMakesOfPolicies) {
  const auto rows = vector_rows("est.txt");
  EXPECT_GE(rows.size(), 150U);
  for (const auto& row : rows) {
    const wire::Json pair = json(row[0]);
    const std::string_view text = pair.find("text")->text();
    EXPECT_TRUE(to_json(parsed(text), text) == *pair.find("est")) << text << "\n"
                                                                  << to_json(parsed(text), text).dump();
  }
}

TEST(Est, IsReadAsTheReferenceReadsIt) {
  const auto rows = vector_rows("est_json.txt");
  std::size_t refused = 0;
  for (const auto& row : rows) {
    const auto document = wire::parse_json(row[1], kPolicyLimits);  // a duplicate member is refused here
    const auto read = document ? policy_from_json(*document) : std::unexpected(document.error());
    EXPECT_EQ(read.has_value(), row[0] == "accepted") << row[1] << (read ? "" : "\n" + read.error().message);
    if (!read) ++refused;
    if (read && row.size() > 2) {
      EXPECT_TRUE(to_json(*read) == json(row[2])) << row[1] << "\n" << to_json(*read).dump();
    }
  }
  EXPECT_GE(refused, 100U);
}

TEST(Est, ComesBackAsTheSamePolicy) {
  for (const auto& row : vector_rows("est.txt")) {
    const wire::Json written = to_json(parsed(json(row[0]).find("text")->text()));
    const auto read = policy_from_json(written);
    ASSERT_TRUE(read) << written.dump() << read.error().message;
    EXPECT_TRUE(to_json(*read) == written) << written.dump();
    EXPECT_TRUE(to_json(parsed(to_text(*read))) == written) << to_text(*read);
  }
}

TEST(Est, TellsAnAnnotationWithoutValueFromAnEmptyOneWhenItHasTheText) {
  constexpr std::string_view kText = R"(@a @b("") @c("x") permit(principal, action, resource);)";
  EXPECT_EQ(to_json(parsed(kText), kText).find("annotations")->dump(), R"({"a":null,"b":"","c":"x"})");
  EXPECT_EQ(to_json(parsed(kText)).find("annotations")->dump(), R"({"a":"","b":"","c":"x"})");
}

TEST(Est, ErrorsNameTheMember) {
  EXPECT_EQ(refusal(when(R"({"==":{"left":{"Value":null},"right":{"Value":1}}})")),
            "conditions[0].body.==.left.Value: null is not a Cedar value; leave the member out");
  EXPECT_EQ(
      refusal(when(R"({"==":{"left":{"Var":"who"},"right":{"Value":1}}})")),
      "conditions[0].body.==.left.Var: unknown variable \"who\"; expected principal, action, resource or context");
  EXPECT_EQ(refusal(when(R"({".":{"left":{"Value":1},"attr":2}})")),
            "conditions[0].body[\".\"].attr: expected a string, found a number");
  EXPECT_EQ(refusal(when(R"({"nope":[]})")),
            "conditions[0].body.nope: there is no such operator or extension function");
  EXPECT_EQ(refusal("[]"), "expected an object, found an array");
}

// What differs from the reference: no function is called that does not exist, and no method without its target.
TEST(Est, CallsOfWhatDoesNotExistAreRefused) {
  EXPECT_EQ(refusal(when(R"({"Value":{"__extn":{"fn":"foo","arg":1}}})")),
            "conditions[0].body.Value.__extn: there is no extension function \"foo\"");
  EXPECT_NE(refusal(when(R"({"isInRange":[]})")).find("needs the value it is called on"), std::string::npos);
  EXPECT_NE(refusal(when(R"({"unknown":[{"Value":"x"}]})")), "accepted");
}

std::string nested(std::size_t levels, std::string_view before, std::string_view core, std::string_view after) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += before;
  text += core;
  for (std::size_t i = 0; i < levels; ++i) text += after;
  return text;
}

TEST(Est, NestingIsBounded) {
  EXPECT_EQ(refusal(when(nested(100, R"({"!":{"arg":)", R"({"Value":true})", "}}"))), "accepted");
  EXPECT_NE(refusal(when(nested(200, R"({"!":{"arg":)", R"({"Value":true})", "}}"))).find("nested more than"),
            std::string::npos);
  wire::Json deep("x");
  for (int i = 0; i < 600; ++i) deep = wire::Json(wire::JsonArray{std::move(deep)});
  wire::Json policy = json(when("1"));
  policy.set("conditions",
             wire::Json(wire::JsonArray{wire::Json(wire::JsonObject{
                 {"kind", "when"}, {"body", wire::Json(wire::JsonObject{{"Value", std::move(deep)}})}})}));
  EXPECT_NE(policy_from_json(policy).error().message.find("nested too deep"), std::string::npos);
}

policy::Policy with_chain(std::string_view sign, std::size_t count) {
  std::string text = "permit(principal, action, resource) when { true";
  for (std::size_t i = 1; i < count; ++i) text += std::format(" {} true", sign);
  return parsed(text + " };");
}

TEST(Est, LongChainsAreWrittenSoThatTheyCanBeRead) {
  for (const std::string_view sign : {"&&", "||"}) {
    const wire::Json written = to_json(with_chain(sign, 10'000));
    const auto read = policy_from_json(json(written.dump()));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(to_json(*read) == written);
  }
}

TEST(Est, WhatNoReaderWouldFollowIsNull) {
  EXPECT_TRUE(to_json(with_chain("+", 10'000)).is_null());
  EXPECT_FALSE(to_json(with_chain("*", 200)).is_null());
  std::string path = "permit(principal, action, resource) when { context has a";
  for (int i = 0; i < 1'000; ++i) path += ".a";
  EXPECT_TRUE(to_json(parsed(path + " };")).is_null());
  // Each `has` writes what stands before it twice.
  EXPECT_TRUE(
      to_json(parsed("permit(principal, action, resource) when { " + nested(60, "(", "context", " has a.b)") + " };"))
          .is_null());
}

}  // namespace
}  // namespace cordon::notation
