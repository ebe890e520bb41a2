#include "cordon/inspection/validate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "cordon/base/file.h"
#include "cordon/inspection/naive_validator.h"
#include "cordon/inspection/schema.h"

namespace cordon::inspection {
namespace {

using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

// Values that mostly fit a schema, and then are bent.
class Maker {
 public:
  Maker(NaiveValidator& types, unsigned seed) : types_(types), random_(seed) {}

  Json value(const Json& schema, int depth) {
    if (one_in(25)) return odd();
    if (const auto* reference = schema.find("$ref")) return value(types_.type(std::string(reference->text())), depth);
    if (const auto* words = schema.find("enum")) return pick(words->array());
    for (const auto* key : {"anyOf", "oneOf"}) {
      const auto* branches = schema.find(key);
      if (branches && schema.find("type") == nullptr) return value(pick(branches->array()), depth);
    }
    if (const auto* all = schema.find("allOf"); all && schema.find("type") == nullptr)
      return value(all->array()[0], depth);
    const auto* type = schema.find("type");
    const auto kind = type ? type->text() : schema.find("properties") ? "object" : "string";
    if (kind == "object") return object(schema, depth);
    if (kind == "array") return array(schema, depth);
    if (kind == "integer" || kind == "number") return Json(static_cast<std::int64_t>(random_() % 300));
    if (kind == "boolean") return Json(one_in(2));
    return Json(pick_text());
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }
  const Json& pick(const JsonArray& from) { return from[random_() % from.size()]; }

  Json odd() {
    const JsonArray kinds = {Json(), Json(true), Json(7), Json(0.5), Json("?"), JsonArray{}, JsonObject{{"x", 1}}};
    return pick(kinds);
  }

  std::string pick_text() {
    const char* texts[] = {"imsi-999700000021309",
                           "999",
                           "70",
                           "020040",
                           "9a1b2c3d-0001-4001-8001-000000000001",
                           "01",
                           "127.0.1.5",
                           "a.example.org",
                           "2026-11-21T10:00:00Z",
                           "100 Mbps",
                           "",
                           "internet",
                           "0000000A"};
    return texts[random_() % std::size(texts)];
  }

  Json object(const Json& schema, int depth) {
    JsonObject out;
    const auto* properties = schema.find("properties");
    for (const auto& [name, inner] : properties ? properties->object() : JsonObject{}) {
      const auto* required = schema.find("required");
      const bool needed =
          required && std::ranges::any_of(required->array(), [&](const auto& r) { return r.text() == name; });
      if (needed ? !one_in(30) : depth > 0 && one_in(4)) out.push_back({name, value(inner, depth - 1)});
    }
    const auto* others = schema.find("additionalProperties");
    if (others && others->is_object() && depth > 0) out.push_back({"key", value(*others, depth - 1)});
    return out;
  }

  Json array(const Json& schema, int depth) {
    JsonArray out;
    const auto* inner = schema.find("items");
    for (auto count = random_() % 3; inner && depth > 0 && count > 0; --count)
      out.push_back(value(*inner, depth - 1));
    return out;
  }

  NaiveValidator& types_;
  std::mt19937 random_;
};

class Bench {
 public:
  bool valid(const std::string& text, std::uint16_t node) {
    EXPECT_TRUE(tape_.read(text)) << text;
    findings_.clear();
    return validator_.validate({&tape_, false, false, nullptr, ""}, node, findings_);
  }
  std::span<const Finding> findings() const { return findings_.all(); }

 private:
  std::shared_ptr<Rules> rules_ = Rules::load("rules: []\n", "none").value();
  Validator validator_{*rules_};
  wire::JsonTape tape_;
  Findings findings_;
};

std::uint16_t node_called(std::string_view wanted) {
  for (std::uint16_t i = 1; i < nodes().size(); ++i) {
    if (title(nodes()[i].title) == wanted) return i;
  }
  return 0;
}

TEST(Validate, AgreesWithANaiveValidatorOnBentBodiesOfEveryType) {
  const auto text = read_file(CORDON_SOURCE_DIR "/cordon/inspection/schemas/schemas.json").value();
  const auto schemas = wire::parse_json(text, {.bytes = 1U << 23, .depth = 64, .leaves = 1'000'000}).value();
  NaiveValidator naive(schemas);
  Bench bench;
  std::size_t checked = 0, good = 0;
  for (const auto& [name, schema] : schemas.find("types")->object()) {
    const auto node = node_called(name);
    if (node == 0) continue;  // no operation of the catalogue uses it
    Maker maker(naive, static_cast<unsigned>(std::hash<std::string>{}(name)));
    for (int i = 0; i < 12; ++i) {
      const auto value = maker.value(schema, 3);
      const bool expected = naive.valid(schema, value);
      const bool actual = bench.valid(value.dump(), node);
      ++checked;
      good += expected ? 1 : 0;
      EXPECT_EQ(actual, expected) << name << ' ' << value.dump();
    }
  }
  EXPECT_GT(checked, 20'000U);
  EXPECT_GT(good, checked / 5);
  EXPECT_LT(good, checked * 4 / 5);
}

TEST(Validate, KeepsLargeIntegersExact) {
  Bench bench;
  const auto uint64 = node_called("CommonData.Uint64");
  if (uint64 != 0) {
    EXPECT_TRUE(bench.valid("18446744073709551615", uint64));
    EXPECT_FALSE(bench.valid("18446744073709551616", uint64));
  }
  const auto byte = node_called("CommonData.5Qi");
  ASSERT_NE(byte, 0);
  EXPECT_TRUE(bench.valid("255", byte));
  EXPECT_FALSE(bench.valid("256", byte));
  EXPECT_FALSE(bench.valid("1.0", byte));  // other readers round
  EXPECT_FALSE(bench.valid("1e1", byte));
}

TEST(Validate, FindsNamesHoweverTheyAreSpelt) {
  Bench bench;
  const auto slice = node_called("CommonData.Snssai");
  EXPECT_TRUE(bench.valid(R"({"\u0073st":1})", slice));
  EXPECT_FALSE(bench.valid(R"({"\u0073st":256})", slice));
  EXPECT_EQ(bench.findings()[0].place, "/sst");
}

TEST(Validate, StopsWhereCheckingCostsTooMuch) {
  Bench bench;
  // Whatever is sent, the work is bounded by the size of the body; the test is that this returns.
  std::string wide = "[";
  for (int i = 0; i < 7000; ++i) wide += R"({"a":1},)";
  EXPECT_FALSE(bench.valid(wide + "1]", node_called("Nnrf_NFManagement.NFProfile")));
}

TEST(Validate, KeepsABoundedNumberOfFindings) {
  Bench bench;
  std::string list = "[";
  for (int i = 0; i < 200; ++i) list += R"({"sst":999},)";
  const auto query = R"({"nfInstanceId":"x","sNssais":)" + list + R"({"sst":1}]})";
  EXPECT_FALSE(bench.valid(query, node_called("Nnrf_NFManagement.NFProfile")));
  EXPECT_EQ(bench.findings().size(), kMaxFindings);
}

}  // namespace
}  // namespace cordon::inspection
