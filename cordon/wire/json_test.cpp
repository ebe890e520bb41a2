#include "cordon/wire/json.h"

#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace cordon::wire {
namespace {

struct Vector {
  char verdict;
  std::string name, text, expected;
};

std::string with_bytes(std::string_view text) {  // "<0a>" -> "\n"
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const bool marked = text[i] == '<' && i + 3 < text.size() && text[i + 3] == '>' &&
                        std::from_chars(&text[i + 1], &text[i] + 3, byte, 16).ptr == &text[i] + 3;
    out += marked ? static_cast<char>(byte) : text[i];
    if (marked) i += 3;
  }
  return out;
}

std::vector<Vector> vectors() {
  std::ifstream file(CORDON_SOURCE_DIR "/cordon/wire/vectors/json.txt");
  std::vector<Vector> result;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto name_end = line.find(' ', 2);
    const auto arrow = line.rfind(" => ");
    result.push_back({line[0], line.substr(2, name_end - 2),
                      with_bytes(line.substr(name_end + 1, arrow - name_end - 1)),
                      with_bytes(line.substr(arrow + 4))});
  }
  return result;
}

TEST(Json, ReadsAndRefusesAsTheVectorsSay) {
  int accepted = 0, refused = 0;
  for (const auto& [verdict, name, text, expected] : vectors()) {
    const auto parsed = parse_json(text);
    EXPECT_EQ(parsed.has_value(), verdict == 'y') << name;
    EXPECT_EQ(parsed ? parsed->dump() : parsed.error().message, expected) << name;
    ++(verdict == 'y' ? accepted : refused);
  }
  EXPECT_GE(accepted, 30);
  EXPECT_GE(refused, 70);
}

TEST(Json, WhatIsWrittenReadsTheSame) {
  for (const auto& [verdict, name, text, expected] : vectors()) {
    if (verdict != 'y') continue;
    const auto value = parse_json(text).value();
    EXPECT_EQ(parse_json(value.dump()).value(), value) << name;
    EXPECT_EQ(parse_json(value.pretty()).value(), value) << name;
  }
}

TEST(Json, HoldsTheLimitsOfTs29501) {
  const auto deep = [](std::size_t levels) { return std::string(levels, '[') + "1" + std::string(levels, ']'); };
  EXPECT_TRUE(parse_json(deep(32)));
  EXPECT_EQ(parse_json(deep(33)).error().message, "byte 32: nested deeper than 32 levels");
  EXPECT_EQ(parse_json(deep(600), {.depth = 100'000}).error().message, "byte 512: nested deeper than 512 levels");
  EXPECT_TRUE(parse_json("[1,2,[]]", {.leaves = 3}));
  EXPECT_EQ(parse_json("[1,2,[],{}]", {.leaves = 3}).error().message, "byte 10: more values than the limit allows");
  EXPECT_EQ(parse_json("[1,2,[],[]]", {.leaves = 3}).error().message, "byte 10: more values than the limit allows");
  EXPECT_EQ(parse_json("[1,2,[],3]", {.leaves = 3}).error().message, "byte 8: more values than the limit allows");
  EXPECT_EQ(parse_json("[1, 2]", {.bytes = 5}).error().message, "byte 5: 6 bytes of JSON, 5 are allowed");
  EXPECT_EQ(parse_json("1" + std::string(128, '0')).error().kind, ErrorKind::invalid_input);
}

TEST(Json, FindsADuplicateAmongThousandsOfMembers) {
  std::string text = "{";
  for (int i = 0; i < 5'000; ++i) text += std::format("\"member{}\":{},", i, i);
  EXPECT_TRUE(parse_json(text + "\"last\":0}"));
  const auto refused = parse_json(text + "\"member77\":0}");
  EXPECT_EQ(refused.error().message, std::format("byte {}: duplicate member 'member77'", text.size()));
}

TEST(Json, NamesWhatItFindsByKindAndPath) {
  const auto json =
      parse_json(R"({"amfInfo":{"guamiList":[{"amfId":"020040"}],"n":3,"ok":true,"nil":null}})").value();
  EXPECT_EQ(json.at("amfInfo/guamiList/0/amfId")->text(), "020040");
  EXPECT_EQ(json.at("amfInfo/guamiList/1"), nullptr);
  EXPECT_EQ(json.at("amfInfo/guamiList/x"), nullptr);
  EXPECT_EQ(json.at("amfInfo/guamiList/0x"), nullptr);
  EXPECT_EQ(json.at("amfInfo/none/amfId"), nullptr);
  EXPECT_EQ(json.at("amfInfo/n/deeper"), nullptr);
  EXPECT_EQ(json.at("amfInfo/n")->integer().value(), 3);
  EXPECT_EQ(json.at("amfInfo/n")->number_text(), "3");
  EXPECT_TRUE(json.at("amfInfo/ok")->boolean());
  EXPECT_TRUE(json.at("amfInfo/ok")->is_bool());
  EXPECT_TRUE(json.at("amfInfo/nil")->is_null());
}

TEST(Json, GivesFallbacksForOtherKinds) {
  const Json number(7);
  EXPECT_EQ(number.text("none"), "none");
  EXPECT_TRUE(number.boolean(true));
  EXPECT_TRUE(number.array().empty());
  EXPECT_TRUE(number.object().empty());
  EXPECT_EQ(number.find("x"), nullptr);
  const Json text("x");
  EXPECT_EQ(text.number_text(), "");
  EXPECT_EQ(text.integer().error().message, "not a number");
}

TEST(Json, KeepsIntegersExact) {
  EXPECT_EQ(parse_json("-9223372036854775808").value().integer().value(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_json("9223372036854775807").value().integer().value(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_json("9223372036854775808").value().integer().error().message,
            "9223372036854775808 is not a 64-bit integer");
  EXPECT_EQ(parse_json("1.50e2").value().integer().value(), 150);
  EXPECT_EQ(parse_json("-0.0").value().integer().value(), 0);
  EXPECT_FALSE(parse_json("1.5").value().integer());
  EXPECT_FALSE(parse_json("1e300").value().integer());
  EXPECT_EQ(Json(std::uint64_t{18446744073709551615U}).dump(), "18446744073709551615");
  EXPECT_EQ(Json(std::int64_t{-5}).dump(), "-5");
  EXPECT_EQ(Json(0.1).dump(), "0.1");
}

TEST(Json, ComparesByValue) {
  const auto same = [](std::string_view one, std::string_view other) {
    return parse_json(one).value() == parse_json(other).value();
  };
  EXPECT_TRUE(same("1", "1.0"));
  EXPECT_TRUE(same("100", "1E2"));
  EXPECT_TRUE(same("-0", "0.000"));
  EXPECT_TRUE(same("0.001", "1e-3"));
  EXPECT_FALSE(same("1", "-1"));
  EXPECT_FALSE(same("9007199254740993", "9007199254740992"));
  EXPECT_FALSE(same("1", "\"1\""));
  EXPECT_TRUE(same(R"({"a":1,"b":[2]})", R"({"b":[2],"a":1})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"a":1,"b":1})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(same("[1,2]", "[2,1]"));
  EXPECT_TRUE(same("null", "null"));
  EXPECT_FALSE(same("true", "false"));
}

TEST(Json, CopiesDoNotShareWrites) {
  Json original = JsonObject{{"list", JsonArray{1, 2}}};
  Json copy = original;
  copy.object().front().value.array().push_back(3);
  copy.set("more", "yes");
  EXPECT_EQ(original.dump(), R"({"list":[1,2]})");
  EXPECT_EQ(copy.dump(), R"({"list":[1,2,3],"more":"yes"})");
}

TEST(Json, SetsReplacesAndErasesMembers) {
  Json json;
  json.set("a", 1).set("b", true).set("a", std::string("two"));
  EXPECT_EQ(json.dump(), R"({"a":"two","b":true})");
  EXPECT_TRUE(json.erase("a"));
  EXPECT_FALSE(json.erase("a"));
  EXPECT_EQ(json.dump(), R"({"b":true})");
  Json list("was text");
  list.array().push_back(Json(std::string_view("x")));
  EXPECT_EQ(list.dump(), R"(["x"])");
}

TEST(Json, PrintsPrettyWithTwoSpaces) {
  const auto json = parse_json(R"({"a":[1,{"b":null}],"c":{},"d":[]})").value();
  EXPECT_EQ(json.pretty(),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
}

TEST(Json, WritesForeignBytesAsReadableJson) {
  std::string out;
  append_json_string(out, "a\"\\\x01\xff\xc3\xa9\x7f\n");
  EXPECT_EQ(out, "\"a\\\"\\\\\\u0001\xef\xbf\xbd\xc3\xa9\x7f\\n\"");
  EXPECT_TRUE(parse_json(out));
}

TEST(Json, RefusesMistakesOfItsUser) {
  EXPECT_THROW(Json::number("1,2"), std::invalid_argument);
  EXPECT_THROW(Json(std::numeric_limits<double>::infinity()), std::invalid_argument);
  EXPECT_EQ(Json::number("1e2").dump(), "1e2");
}

}  // namespace
}  // namespace cordon::wire
