#include "cordon/base/config.h"

#include <gtest/gtest.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon {
namespace {

Config parsed(std::string_view yaml) {
  auto config = Config::parse(yaml, "c.yaml");
  if (!config) throw std::runtime_error(config.error().message);
  return std::move(*config);
}

// The errors noted after reading, "" when there are none.
std::string errors(const Config& config) {
  const auto checked = config.check();
  return checked ? "" : checked.error().message;
}

std::string refusal(std::string_view yaml) {
  const auto config = Config::parse(yaml, "c.yaml");
  return config ? "accepted" : config.error().message;
}

constexpr std::string_view kExample = R"(# an example
name: edge
port: 7777
strict: true
mode: enforce
peers: [one, "two", 3]
"quoted key": here
tls:
  key: k.pem
  depth: -1
routes:
  - to: a
  - to: b
    weight: 5
)";

TEST(Config, ReadsEveryKindOfValue) {
  auto config = parsed(kExample);
  auto& root = config.root();
  EXPECT_EQ(root.required_text("name"), "edge");
  EXPECT_EQ(root.number("port", 1, 1, 65535), 7777);
  EXPECT_TRUE(root.flag("strict", false));
  EXPECT_EQ(root.choice("mode", "observe", {"observe", "enforce"}), "enforce");
  EXPECT_EQ(root.texts("peers"), (std::vector<std::string>{"one", "two", "3"}));
  EXPECT_EQ(root.text("quoted key", ""), "here");
  auto tls = root.map("tls");
  EXPECT_EQ(tls.optional_text("key"), "k.pem");
  EXPECT_EQ(tls.number("depth", 3, -5, 5), -1);
  tls.finish();
  auto routes = root.maps("routes");
  ASSERT_EQ(routes.size(), 2);
  EXPECT_EQ(routes[1].required_text("to"), "b");
  EXPECT_EQ(routes[1].number("weight", 1, 1, 10), 5);
  EXPECT_EQ(routes[0].required_text("to"), "a");
  for (auto& route : routes) route.finish();
  root.finish();
  // The first route never read "weight", and need not: it has none.
  EXPECT_EQ(errors(config), "");
}

TEST(Config, TellsAMapFromAText) {
  auto config = parsed("a: 1\nb: {c: 2}");
  const auto& root = config.root();
  EXPECT_FALSE(root.is_map("a"));
  EXPECT_TRUE(root.is_map("b"));
  EXPECT_FALSE(root.is_map("d"));
}

TEST(Config, GivesFallbacksForAbsentKeys) {
  auto config = parsed("a: 1");
  auto& root = config.root();
  EXPECT_EQ(root.text("b", "x"), "x");
  EXPECT_EQ(root.optional_text("b"), std::nullopt);
  EXPECT_EQ(root.number("b", 5, 1, 9), 5);
  EXPECT_TRUE(root.flag("b", true));
  EXPECT_EQ(root.choice("b", "x", {"x", "y"}), "x");
  EXPECT_TRUE(root.texts("b").empty());
  EXPECT_TRUE(root.maps("b").empty());
  EXPECT_FALSE(root.map("b").has("c"));
  EXPECT_TRUE(root.has("a"));
  EXPECT_EQ(errors(config), "");
}

struct Wrong {
  std::string_view yaml;
  void (*read)(ConfigMap& root);
  std::string_view error;
};

constexpr Wrong kWrong[] = {
    {"x: abc", [](ConfigMap& m) { m.number("x", 1, 1, 65535); },
     "c.yaml:1:4: x: expected a number from 1 to 65535, found 'abc'"},
    {"x: 0", [](ConfigMap& m) { m.number("x", 1, 1, 9); }, "c.yaml:1:4: x: expected a number from 1 to 9, found '0'"},
    {"x: 10", [](ConfigMap& m) { m.number("x", 1, 1, 9); },
     "c.yaml:1:4: x: expected a number from 1 to 9, found '10'"},
    {"x: 1.5", [](ConfigMap& m) { m.number("x", 1, 1, 9); },
     "c.yaml:1:4: x: expected a number from 1 to 9, found '1.5'"},
    {"x: '5'", [](ConfigMap& m) { m.number("x", 1, 1, 9); },
     "c.yaml:1:4: x: expected a number from 1 to 9, found '5'"},
    {"x: 99999999999999999999", [](ConfigMap& m) { m.number("x", 1, 1, 9); },
     "c.yaml:1:4: x: expected a number from 1 to 9, found '99999999999999999999'"},
    {"x: [5]", [](ConfigMap& m) { m.number("x", 1, 1, 9); },
     "c.yaml:1:4: x: expected a number from 1 to 9, found a list"},
    {"x: yes", [](ConfigMap& m) { m.flag("x", true); }, "c.yaml:1:4: x: expected true or false, found 'yes'"},
    {"x: 'true'", [](ConfigMap& m) { m.flag("x", false); }, "c.yaml:1:4: x: expected true or false, found 'true'"},
    {"x: {a: b}", [](ConfigMap& m) { m.text("x", ""); }, "c.yaml:1:4: x: expected a text, found a map"},
    {"x:", [](ConfigMap& m) { m.text("x", ""); },
     "c.yaml:1:3: x: expected a text, found nothing: give a value or remove the key"},
    {"x: ~", [](ConfigMap& m) { m.optional_text("x"); },
     "c.yaml:1:4: x: expected a text, found nothing: give a value or remove the key"},
    {"a: 1", [](ConfigMap& m) { m.required_text("x"); }, "c.yaml:1:1: x: missing: add this key"},
    {"x: ''", [](ConfigMap& m) { m.required_text("x"); }, "c.yaml:1:4: x: may not be empty"},
    {"x: enforc", [](ConfigMap& m) { m.choice("x", "a", {"observe", "enforce"}); },
     "c.yaml:1:4: x: expected one of observe, enforce (perhaps 'enforce'), found 'enforc'"},
    {"x: zzz", [](ConfigMap& m) { m.choice("x", "a", {"observe", "enforce"}); },
     "c.yaml:1:4: x: expected one of observe, enforce, found 'zzz'"},
    {"x: one", [](ConfigMap& m) { m.texts("x"); }, "c.yaml:1:4: x: expected a list of texts, found 'one'"},
    {"x: [a, [b]]", [](ConfigMap& m) { m.texts("x"); }, "c.yaml:1:8: x[1]: expected a text, found a list"},
    {"x:", [](ConfigMap& m) { m.maps("x"); },
     "c.yaml:1:3: x: expected a list of maps, found nothing: give a value or remove the key"},
    {"x: [a]", [](ConfigMap& m) { m.maps("x"); }, "c.yaml:1:5: x[0]: expected a map, found 'a'"},
    {"x: 5", [](ConfigMap& m) { m.map("x"); }, "c.yaml:1:4: x: expected a map, found '5'"},
    {"a: 1", [](ConfigMap& m) { m.map("x").required_text("y"); }, "c.yaml:1:1: x.y: missing: add this key"},
    {"a: 1", [](ConfigMap& m) { m.map("x").map("y").required_text("z"); },
     "c.yaml:1:1: x.y.z: missing: add this key"},
    {"x:\n  - {y: q}", [](ConfigMap& m) { m.maps("x")[0].number("y", 1, 1, 2); },
     "c.yaml:2:9: x[0].y: expected a number from 1 to 2, found 'q'"},
    {"port: 1\nprot: 2", [](ConfigMap& m) { m.text("port", ""), m.finish(); },
     "c.yaml:2:1: prot: unknown key: did you mean 'port'?"},
    {"zz: 2", [](ConfigMap& m) { m.text("port", ""), m.finish(); },
     "c.yaml:1:1: zz: unknown key: remove it (known here: port)"},
    {"zz: 2", [](ConfigMap& m) { m.finish(); }, "c.yaml:1:1: zz: unknown key: remove it"},
    {"x: 5", [](ConfigMap& m) { m.note("x", "must be odd here"); }, "c.yaml:1:4: x: must be odd here"},
    {"x: 5", [](ConfigMap& m) { m.note("y", "is needed with x"); }, "c.yaml:1:1: y: is needed with x"},
    {"x: 5", [](ConfigMap& m) { m.note("", "no peers at all"); }, "c.yaml:1:1: no peers at all"},
    {"x: \"a\\nb\"", [](ConfigMap& m) { m.flag("x", true); }, "c.yaml:1:4: x: expected true or false, found 'a\\nb'"},
};

TEST(Config, NamesThePlaceAndTheRemedyOfEveryWrongValue) {
  for (const auto& wrong : kWrong) {
    auto config = parsed(wrong.yaml);
    wrong.read(config.root());
    EXPECT_EQ(errors(config), wrong.error) << wrong.yaml;
  }
}

TEST(Config, ReportsAllErrorsInTheOrderOfTheFile) {
  auto config = parsed("a: x\nb: y\n");
  config.root().number("b", 1, 1, 2);
  config.root().number("a", 1, 1, 2);
  EXPECT_EQ(errors(config),
            "c.yaml:1:4: a: expected a number from 1 to 2, found 'x'\n"
            "c.yaml:2:4: b: expected a number from 1 to 2, found 'y'");
}

TEST(Config, ReportsAMapOfTheWrongKindOnlyOnce) {
  auto config = parsed("x: 5");
  auto map = config.root().map("x");
  map.required_text("y");
  map.map("z").required_text("y");
  map.finish();
  EXPECT_EQ(errors(config), "c.yaml:1:4: x: expected a map, found '5'");
}

TEST(Config, AMapOutlivesItsConfig) {
  auto map = parsed("x: {y: z}").root().map("x");
  EXPECT_EQ(map.required_text("y"), "z");
}

struct Refused {
  std::string yaml;
  std::string_view reason;
};

const Refused kRefused[] = {
    {"", "c.yaml:1:1: the file is empty"},
    {"# only a comment\n", "the file is empty"},
    {"- a\n", "expected a map of settings"},
    {"text", "expected a map of settings"},
    {"a: 1\n---\nb: 2\n", "c.yaml:2:1: a second document"},
    {"a: 1\nb: 2\na: 3\n", "c.yaml:3:1: the key 'a' is already in line 1"},
    {"x: {a: 1, a: 2}", "the key 'a' is already in line 1"},
    {"a: &x 1\n", "c.yaml:1:4: anchors"},
    {"a: &x [1]\n", "anchors"},
    {"a: &x {b: 1}\n", "anchors"},
    {"a: *x\n", "aliases"},
    {"*x : 1\n", "a key must be a plain word"},
    {"!t a: 1\n", "tags"},
    {"a: !!binary x\n", "tags"},
    {"a: !!seq [1]\n", "tags"},
    {"? [a]\n: b\n", "a key must be a plain word"},
    {"a: [", "not valid YAML"},
    {"a: {b", "not valid YAML"},
    {"a: [b, {c: d]", "not valid YAML"},
    {"a: b: c", "not valid YAML"},
    {"a: 1\n\tb: 2", "not valid YAML"},
    {"a: \"\\0\"", "a control character"},
    {"a: \"\\e[0m\"", "a control character"},
    {"\"a\\x7f\": b", "a control character"},
    {"a: \xff", "not valid YAML"},
    {"a: b\n...\nc: [", "not valid YAML"},
    {"%YAML 9.9\n---\na: b", "not valid YAML"},
    {"a: " + std::string(32, '[') + std::string(32, ']'), "nested deeper than 32"},
    {"a: " + std::string((1U << 20) - 2, 'x'), "longer than 1048576 bytes"},
};

TEST(Config, RefusesDocumentsThatAreNotOnePlainMap) {
  for (const auto& refused : kRefused) {
    const auto reason = refusal(refused.yaml);
    EXPECT_TRUE(reason.contains(refused.reason)) << refused.yaml.substr(0, 40) << " -> " << reason;
    EXPECT_TRUE(reason.starts_with("c.yaml")) << reason;
  }
}

TEST(Config, RefusesAViewOfNothing) { EXPECT_FALSE(Config::parse(std::string_view{}, "c.yaml")); }

TEST(Config, AllowsThirtyOneListsInTheRootMap) {
  EXPECT_TRUE(Config::parse("a: " + std::string(31, '[') + std::string(31, ']'), "c.yaml"));
}

TEST(Config, LoadsAFileAndNamesItInErrors) {
  const TemporaryFolder folder;
  const auto path = folder / "cordon.yaml";
  ASSERT_TRUE(write_file(path, "port: x\n"));
  auto config = Config::load(path);
  ASSERT_TRUE(config);
  config->root().number("port", 1, 1, 2);
  EXPECT_TRUE(errors(*config).starts_with(path.string() + ":1:7: port: "));
}

TEST(Config, SectionsDifferWhenTheirMeaningDoes) {
  const auto sections = [](std::string_view yaml) { return Config::parse(yaml, "c.yaml")->sections(); };
  EXPECT_EQ(sections("a: {x: 1, y: [2, 3]}\nb: c\n"),
            sections("# words\nb:   c\na:\n  y:\n    - 2\n    - 3\n  x: 1\n"));
  EXPECT_NE(sections("a: [1, 2]"), sections("a: [2, 1]"));
  EXPECT_NE(sections("a: 1"), sections("a: \"1\""));
  EXPECT_NE(sections("a: ['b,c']"), sections("a: [b, c]"));
  EXPECT_NE(sections("a: {x: {}}"), sections("a: {x: []}"));
  EXPECT_EQ(sections("a: 1\nb: 2").size(), 2U);
}

TEST(Config, SaysWhichFileIsMissing) {
  const TemporaryFolder folder;
  const auto config = Config::load(folder / "absent.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::not_found);
  EXPECT_TRUE(config.error().message.contains("absent.yaml"));
}

}  // namespace
}  // namespace cordon
