// Values, entities, contexts and requests.
#include <format>
#include <limits>

#include "cordon/notation/limits.h"
#include "cordon/notation/notation.h"
#include "cordon/notation/test_support.h"

namespace cordon::notation {
namespace {

using policy::Value;

std::string entity_with(std::string_view value) {
  return std::format(R"([{{"uid":{{"type":"Plain","id":"a"}},"attrs":{{"x":{}}},"parents":[]}}])", value);
}

std::string user_with(std::string_view members) {
  return std::format(R"([{{"uid":{{"type":"User","id":"a"}},"attrs":{{"name":"n",{}}},"parents":[]}}])", members);
}

Value value_of(std::string_view text) {
  return entities_from_json(entity_with(text), "test.json").value().at(0).attributes.at("x");
}

Value typed(std::string_view attribute, std::string_view text) {
  const auto read =
      entities_from_json(user_with(std::format(R"("{}":{})", attribute, text)), "test.json", &data_schema());
  EXPECT_TRUE(read) << error_of(read);
  return read.value().at(0).attributes.at(std::string(attribute));
}

TEST(EntitiesJson, AreTakenAndRefusedAsTheReferenceDoes) {
  const auto rows = vector_rows("entities.txt");
  EXPECT_GE(rows.size(), 150U);
  for (const auto& row : rows) {
    const auto read = entities_from_json(row[2], "test.json", row[1] == "schema" ? &data_schema() : nullptr);
    EXPECT_EQ(read.has_value(), row[0] == "accepted") << row[1] << " " << row[2] << "\n" << error_of(read);
  }
}

TEST(ContextJson, IsTakenAndRefusedAsTheReferenceDoes) {
  for (const auto& row : vector_rows("contexts.txt")) {
    const auto document = wire::parse_json(row[2], kDataLimits);
    const schema::Schema* schema = row[1] == "none" ? nullptr : &data_schema();
    std::optional<policy::EntityUid> action;
    if (row[1].starts_with('{')) action = uid_from_json(json(row[1])).value();
    const bool read = document && context_from_json(*document, schema, action ? &*action : nullptr);
    EXPECT_EQ(read, row[0] == "accepted") << row[1] << " " << row[2];
  }
}

TEST(ValuesJson, ExplicitFormsSayWhatTheyAre) {
  EXPECT_TRUE(value_of("true") == Value(true));
  EXPECT_TRUE(value_of("-9223372036854775808") == Value(std::numeric_limits<std::int64_t>::min()));
  EXPECT_TRUE(value_of("9223372036854775807") == Value(std::numeric_limits<std::int64_t>::max()));
  EXPECT_TRUE(value_of(R"("a\u0000\ud83d\ude00")") == Value(std::string("a\0\xF0\x9F\x98\x80", 6)));
  EXPECT_TRUE(value_of("[2, 1, 2]") == Value::set({1, 2}));
  EXPECT_TRUE(value_of(R"({"a":{"b":1}})") == Value(policy::Record{{"a", policy::Record{{"b", 1}}}}));
  EXPECT_TRUE(value_of(R"({"__entity":{"type":"A::B","id":"c"}})") == Value(policy::EntityUid{"A::B", "c"}));
  EXPECT_TRUE(value_of(R"({"__extn":{"fn":"decimal","arg":"1.5"}})") == Value(policy::Decimal{15'000}));
  EXPECT_TRUE(value_of(R"({"__extn":{"fn":"duration","args":["1m"]}})") == Value(policy::Duration{60'000}));
  EXPECT_TRUE(value_of(R"({"__extn":{"fn":"isIpv4","arg":{"__extn":{"fn":"ip","arg":"1.2.3.4"}}}})") == Value(true));
}

TEST(ValuesJson, WhatMerelyLooksLikeAnEscapeIsARecord) {
  EXPECT_TRUE(value_of(R"({"__entity":{"type":"U"}})").as_record() != nullptr);
  EXPECT_TRUE(value_of(R"({"__entity":{"type":"U","id":"a"},"x":1})").as_record() != nullptr);
  EXPECT_TRUE(value_of(R"({"__extn":{"fn":"ip"}})").as_record() != nullptr);
  EXPECT_TRUE(value_of(R"({"__expr":1})").as_record() != nullptr);
}

TEST(ValuesJson, TheSchemaSaysWhatImplicitFormsAre) {
  EXPECT_TRUE(typed("addr", R"("1.2.3.4")") == Value(*policy::ip_of("1.2.3.4")));
  EXPECT_TRUE(typed("addr", R"({"fn":"ip","arg":"::1"})") == Value(*policy::ip_of("::1")));
  EXPECT_TRUE(typed("price", R"("1.25")") == Value(policy::Decimal{12'500}));
  EXPECT_TRUE(typed("at", R"({"fn":"offset","args":["1970-01-01","1s"]})") == Value(policy::Datetime{1'000}));
  EXPECT_TRUE(typed("every", R"({"fn":"durationSince","args":["1970-01-02","1970-01-01"]})") ==
              Value(policy::Duration{86'400'000}));
  EXPECT_TRUE(typed("friend", R"({"type":"User","id":"b"})") == Value(policy::EntityUid{"User", "b"}));
  EXPECT_TRUE(typed("addrs", R"(["::1","::1"])") == Value::set({*policy::ip_of("::1")}));
  EXPECT_TRUE(typed("rec", R"({"a":1,"n":{"y":[{"z":"1.0"}]}})").as_record()->contains("n"));
}

TEST(ValuesJson, ErrorsNameTheMember) {
  const auto plain = [](std::string_view value) {
    return error_of(entities_from_json(entity_with(value), "e.json"));
  };
  const auto guided = [](std::string_view members) {
    return error_of(entities_from_json(user_with(members), "e.json", &data_schema()));
  };
  EXPECT_EQ(plain("[1,{\"b\":null}]"), "e.json: [0].attrs.x[1].b: null is not a Cedar value; leave the member out");
  EXPECT_EQ(plain("1.5"), "e.json: [0].attrs.x: 1.5 is not a 64-bit integer; other numbers are not Cedar values");
  EXPECT_EQ(plain(R"({"__expr":"1"})"),
            "e.json: [0].attrs.x: the __expr escape is no longer supported; write a value, __entity or __extn");
  EXPECT_EQ(plain(R"({"a":1,"a":2})"), "e.json: byte 54: duplicate member 'a'");
  EXPECT_EQ(guided(R"("age":"1")"), "e.json: [0].attrs.age: expected Long, found String");
  EXPECT_TRUE(
      guided(R"("rec":{"a":1,"n":{"y":[{"z":1}]}})").starts_with("e.json: [0].attrs.rec.n.y[0].z: type error"))
      << guided(R"("rec":{"a":1,"n":{"y":[{"z":1}]}})");
  EXPECT_EQ(guided(R"("rec":{"b":"x"})"),
            "e.json: [0].attrs.rec: the attribute \"a\" is missing; the schema requires it");
  EXPECT_EQ(guided(R"("nope":1)"), "e.json: [0].attrs.nope: the schema declares no such attribute");
  EXPECT_EQ(guided(R"("odd key":"x")"), "e.json: [0].attrs[\"odd key\"]: expected Long, found String");
  EXPECT_EQ(guided(R"("groups":{})"), "e.json: [0].attrs.groups: expected an array, for Set<Group>, found an object");
}

// The reference reads structs also from arrays, and unknown() for partial evaluation; here both are refused.
TEST(EntitiesJson, PositionalFormsAndUnknownsAreRefused) {
  EXPECT_NE(error_of(entities_from_json(R"([[{"type":"U","id":"a"},{},[]]])", "e.json")), "");
  EXPECT_NE(error_of(entities_from_json(R"([{"uid":["U","a"],"attrs":{},"parents":[]}])", "e.json")), "");
  EXPECT_NE(error_of(entities_from_json(entity_with(R"({"__extn":{"fn":"unknown","arg":"x"}})"), "e.json")), "");
}

TEST(EntitiesJson, EqualRepetitionsAreOneEntity) {
  const auto read = entities_from_json(
      R"([{"uid":{"type":"U","id":"a"},"attrs":{"x":[1,2]},"parents":[{"type":"U","id":"b"},{"type":"U","id":"b"}]},)"
      R"({"uid":{"__entity":{"type":"U","id":"a"}},"attrs":{"x":[2,1]},"parents":[{"type":"U","id":"b"}]}])",
      "e.json");
  ASSERT_TRUE(read) << error_of(read);
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().parents.size(), 1U);
}

TEST(EntitiesJson, LongCyclesAreFoundAndDeepHierarchiesAreRead) {
  const auto chain = [](std::size_t count, std::size_t last_parent) {
    std::string text = "[";
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t parent = i + 1 < count ? i + 1 : last_parent;
      text += std::format(R"({}{{"uid":{{"type":"U","id":"{}"}},"attrs":{{}},"parents":[{{"type":"U","id":"{}"}}]}})",
                          i == 0 ? "" : ",", i, parent);
    }
    return text + "]";
  };
  EXPECT_EQ(entities_from_json(chain(20'000, 99'999'999), "e.json").value().size(), 20'000U);
  EXPECT_NE(error_of(entities_from_json(chain(20'000, 10), "e.json")).find("lead back to it"), std::string::npos);
}

TEST(EntitiesJson, SizeAndDepthAreBounded) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  EXPECT_NE(error_of(entities_from_json(entity_with(deep), "e.json")).find("nested deeper"), std::string::npos);
  EXPECT_NE(error_of(entities_from_json(std::string(kMostBytes + 1, ' '), "e.json")).find("bytes of JSON"),
            std::string::npos);
  wire::Json nest(1);
  for (int i = 0; i < 200; ++i) nest = wire::Json(wire::JsonObject{{"a", std::move(nest)}});
  EXPECT_NE(context_from_json(nest).error().message.find("nested deeper"), std::string::npos);
}

TEST(EntitiesJson, ComeBackAsTheyWere) {
  for (const auto& row : vector_rows("entities.txt")) {
    const auto read = entities_from_json(row[2], "test.json", row[1] == "schema" ? &data_schema() : nullptr);
    if (!read) continue;
    wire::JsonArray written;
    for (const policy::Entity& entity : *read) written.push_back(to_json(entity));
    const auto again = entities_from_json(wire::Json(written).dump(), "again.json");
    ASSERT_TRUE(again) << wire::Json(written).dump() << error_of(again);
    for (std::size_t i = 0; i < read->size(); ++i) {
      EXPECT_TRUE((*again)[i].attributes == (*read)[i].attributes && (*again)[i].tags == (*read)[i].tags);
      EXPECT_EQ((*again)[i].parents, (*read)[i].parents);
    }
  }
}

TEST(ValuesJson, ARecordThatWouldBeReadAsAnEscapeIsNull) {
  const Value uid_like(policy::Record{{"__entity", policy::Record{{"type", "U"}, {"id", "a"}}}});
  EXPECT_TRUE(to_json(uid_like).is_null());
  EXPECT_TRUE(to_json(Value(policy::Record{{"__expr", "1"}})).is_null());
  EXPECT_EQ(to_json(Value(policy::Record{{"__entity", 1}})).dump(), R"({"__entity":1})");
}

TEST(RequestJson, ComesBackAsItWas) {
  const wire::Json written =
      json(R"({"principal":{"type":"User","id":"a"},"action":{"type":"Action","id":"view"},)"
           R"("resource":{"type":"Doc","id":"d"},"context":{"ip":{"__extn":{"fn":"ip","arg":"::1"}},"n":7}})");
  const auto request = request_from_json(written, &data_schema());
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->action, (policy::EntityUid{"Action", "view"}));
  EXPECT_TRUE(to_json(*request) == written) << to_json(*request).dump();
  EXPECT_TRUE(to_json(request_from_json(written).value()) == written);
}

TEST(RequestJson, MissingAndWrongMembersAreNamed) {
  const auto refusal = [](std::string_view text) {
    const auto read = request_from_json(json(text), &data_schema());
    return read ? "accepted" : read.error().message;
  };
  EXPECT_EQ(refusal("[]"), "expected an object, found an array");
  EXPECT_EQ(refusal(R"({"principal":{"type":"User","id":"a"}})"), "the member \"action\" is missing");
  EXPECT_EQ(refusal(R"({"principal":"a"})"),
            R"(principal: expected an entity; write {"type": "SomeType", "id": "some id"})");
  const std::string uids = R"("principal":{"type":"User","id":"a"},"action":{"type":"Action","id":"view"},)"
                           R"("resource":{"type":"Doc","id":"d"})";
  EXPECT_EQ(refusal("{" + uids + "}"), "the member \"context\" is missing");
  EXPECT_EQ(refusal("{" + uids + R"(,"context":{"ip":"::1","n":"x"}})"), "context.n: expected Long, found String");
  EXPECT_EQ(refusal(R"({"principal":{"type":"User","id":"a"},"action":{"type":"Action","id":"view"}})"),
            "the member \"resource\" is missing");
}

}  // namespace
}  // namespace cordon::notation
