#include "cordon/enforcement/static_entities.h"

#include <gtest/gtest.h>

#include "cordon/enforcement/test_network.h"

namespace cordon::enforcement {
namespace {

using namespace test;
using policy::EntityUid;

std::string error_of(std::string_view json) {
  policy::Entities entities;
  const auto added = add_static_entities(entities, json);
  return added ? "added" : added.error().message;
}

TEST(StaticEntities, HaveEveryKindOfValue) {
  policy::Entities entities;
  const auto added = add_static_entities(entities, R"([
    {"uid": {"__entity": {"type": "Site", "id": "north"}}, "attrs": {}, "parents": []},
    {"uid": {"type": "Cell", "id": ""}, "parents": [{"type": "Site", "id": "north"}],
     "tags": {"colour": "red"},
     "attrs": {"on": true, "load": -9223372036854775808, "names": ["b", "a", "b"], "at": {"x": 1},
               "site": {"__entity": {"type": "Site", "id": "north"}},
               "limit": {"__extn": {"fn": "decimal", "arg": "1.5"}}, "net": {"__extn": {"fn": "ip", "arg": "10.0.0.0/8"}},
               "since": {"__extn": {"fn": "datetime", "arg": "2026-01-01"}}, "for": {"__extn": {"fn": "duration", "arg": "1h"}}}}])");
  ASSERT_TRUE(added) << added.error().message;
  const auto* cell = entities.find({"Cell", ""});
  ASSERT_NE(cell, nullptr);
  EXPECT_TRUE(entities.in({"Cell", ""}, {"Site", "north"}));
  EXPECT_EQ(*cell->tags.at("colour").as_string(), "red");
  EXPECT_EQ(*cell->attributes.at("load").as_long(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(cell->attributes.at("names").as_set()->size(), 2U);
  EXPECT_EQ(*cell->attributes.at("at").as_record()->at("x").as_long(), 1);
  EXPECT_EQ(*cell->attributes.at("site").as_entity(), (EntityUid{"Site", "north"}));
  EXPECT_EQ(cell->attributes.at("limit").as_decimal()->units, 15'000);
  EXPECT_NE(cell->attributes.at("net").as_ip(), nullptr);
  EXPECT_NE(cell->attributes.at("since").as_datetime(), nullptr);
  EXPECT_NE(cell->attributes.at("for").as_duration(), nullptr);
  EXPECT_EQ(error_of(""), "added");
}

TEST(StaticEntities, ThatAreMalformedAreRefused) {
  for (const auto* json :
       {"{}", "[", "[7]", R"([{}])", R"([{"uid": {"type": "T"}}])", R"([{"uid": {"id": "x"}}])",
        R"([{"uid": {"type": "T", "id": 7}}])", R"([{"uid": {"type": "T", "id": "x"}, "attrs": []}])",
        R"([{"uid": {"type": "T", "id": "x"}, "tags": 7}])",
        R"([{"uid": {"type": "T", "id": "x"}, "parents": [{}]}])",
        R"([{"uid": {"type": "T", "id": "x"}, "attrs": {"a": null}}])",
        R"([{"uid": {"type": "T", "id": "x"}, "attrs": {"a": 1.5}}])",
        R"([{"uid": {"type": "T", "id": "x"}, "attrs": {"a": [null]}}])",
        R"([{"uid": {"type": "T", "id": "x"}, "attrs": {"a": {"b": null}}}])",
        R"([{"uid": {"type": "T", "id": "x"}, "attrs": {"a": {"__entity": {}}}}])",
        R"([{"uid": {"type": "T", "id": "x"}, "attrs": {"a": {"__extn": {"fn": "ip", "arg": "x"}}}}])",
        R"([{"uid": {"type": "T", "id": "x"}, "attrs": {"a": {"__extn": {"fn": "now", "arg": "x"}}}}])"}) {
    EXPECT_TRUE(error_of(json).starts_with("static entities: ")) << json << ": " << error_of(json);
  }
}

TEST(StaticEntities, MayRepeatButNotChangeWhatIsThere) {
  const auto compiled = [](std::string entities) {
    auto snapshot = TestNetwork().snapshot();
    snapshot.entities = std::move(entities);
    return compile(snapshot);
  };
  EXPECT_TRUE(compiled(R"([{"uid": {"type": "NfType", "id": "UDM"}}, {"uid": {"type": "Site", "id": "north"}}])"));
  const auto changed =
      compiled(std::format(R"([{{"uid": {{"type": "Nf", "id": "{}"}}, "attrs": {{"nfType": "NRF"}}}}])", kUdm));
  ASSERT_FALSE(changed);
  EXPECT_TRUE(changed.error().message.contains("remove it from the bundle's entities.json"))
      << changed.error().message;
}

TEST(StaticEntities, TravelWithTheSnapshotAndDecide) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  auto snapshot = TestNetwork().snapshot();
  snapshot.entities = R"([{"uid": {"type": "Site", "id": "north"}, "attrs": {"open": true}}])";
  const auto opened = open_snapshot(sign_snapshot(snapshot, key).value(), key.public_key(), snapshot.issued);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->entities, snapshot.entities);
  EXPECT_NE(compile(*opened).value()->entities.find({"Site", "north"}), nullptr);
}

}  // namespace
}  // namespace cordon::enforcement
