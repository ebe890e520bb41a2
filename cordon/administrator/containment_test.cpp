#include "cordon/administrator/containment.h"

#include <gtest/gtest.h>

#include "cordon/administrator/control.h"
#include "cordon/administrator/test_engine.h"

namespace cordon::administrator {
namespace {

using namespace test;
using enforcement::Contained;
using enforcement::ContainedKind;

class ContainmentTest : public EngineTest {
 protected:
  ContainmentTest() {
    places.quarantine = files.folder / "quarantine.json";
    inventory = identity::Inventory::parse(read_file(files.sources.inventory).value(), "inventory.yaml").value();
    name = inventory.nfs().front().name;
  }
  Contained entry(std::optional<std::chrono::seconds> life = std::nullopt) const {
    const auto now = std::chrono::floor<std::chrono::seconds>(system_clock().now());
    Contained out{
        .kind = ContainedKind::operation, .what = "nudm-sdm", .reason = "drill", .by = "root", .since = now};
    if (life) out.until = now + *life;
    return out;
  }
  // One line to the engine's control point, and its answer.
  wire::Json command(const std::string& line) {
    std::string answer;
    enforcement::LineChannel channel(loop, connect_unix(files.folder / "control.sock").value(), 1 << 20,
                                     {[&](std::string_view text) { answer = text; }, [] {}});
    channel.send(line);
    EXPECT_TRUE(wire::test::run_until(loop, [&] { return !answer.empty(); }));
    return wire::parse_json(answer).value_or(wire::Json{});
  }
  std::string error(const std::string& line) {
    const auto answer = command(line);
    return std::string(answer.find("error") ? answer.find("error")->text() : "none");
  }

  identity::Inventory inventory;
  std::string name;
};

TEST_F(ContainmentTest, ReachesEveryProxyInASignedSnapshotAtOnce) {
  ASSERT_TRUE(start());
  const auto proxy = connect();
  const auto sequence = engine->contain(entry());
  ASSERT_TRUE(sequence) << sequence.error().message;
  ASSERT_TRUE(gets(*proxy, 2));
  const auto snapshot = opened(proxy->lines[1]);
  EXPECT_EQ(snapshot.sequence, *sequence);
  EXPECT_EQ(enforcement::read_all_contained(snapshot.contained).value(), engine->contained());
  EXPECT_EQ(engine->reach(*sequence).running, 0U);
  proxy->channel->send(std::format("running {} x", *sequence));
  EXPECT_TRUE(wire::test::run_until(loop, [&] { return engine->reach(*sequence).running == 1; }));
  ASSERT_TRUE(engine->lift(ContainedKind::operation, "nudm-sdm", "over"));
  ASSERT_TRUE(gets(*proxy, 3));
  EXPECT_EQ(opened(proxy->lines[2]).contained, "");
}

TEST_F(ContainmentTest, SurvivesARestartAndAChangeOfPolicy) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(engine->contain(entry()));
  ASSERT_TRUE(start());
  EXPECT_EQ(opened(connect()->lines[0]).contained, enforcement::write_contained({entry()}));
}

TEST_F(ContainmentTest, EndsWithItsTime) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(engine->contain(entry(std::chrono::seconds(-1))));
  engine->check_sources();
  EXPECT_TRUE(engine->contained().empty());
  EXPECT_EQ(opened(connect()->lines[0]).contained, "");
}

TEST_F(ContainmentTest, AListThatIsNotTheEnginesStopsTheStart) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(engine->contain(entry()));
  auto text = read_file(places.quarantine).value();
  text.replace(text.find("drill"), 5, "DRILL");
  for (const std::string& content : {text, std::string("{}"), std::string("not json")}) {
    ASSERT_TRUE(write_file(places.quarantine, content));
    const auto started = start();
    ASSERT_FALSE(started);
    EXPECT_TRUE(started.error().message.contains("the signature is not the engine's")) << started.error().message;
  }
}

TEST_F(ContainmentTest, NamesAreThoseOfTheInventoryAndTheCatalogue) {
  const auto named = [&](ContainedKind kind, std::string_view word) { return contained_name(kind, word, inventory); };
  EXPECT_EQ(named(ContainedKind::nf, name).value(), inventory.nfs().front().instance.text());
  EXPECT_EQ(named(ContainedKind::slice, "1-00000A").value(), "1-00000a");
  EXPECT_TRUE(named(ContainedKind::operation, "nudm-sdm:GetAmData"));
  EXPECT_TRUE(named(ContainedKind::operation, "nudm-sdm"));
  EXPECT_TRUE(named(ContainedKind::plmn, "001001"));
  for (const auto* wrong : {"", "nobody", "7b1a3c5e-9d2f-4e68-8a4b-0c1d2e3f4a5b"})
    EXPECT_FALSE(named(ContainedKind::nf, wrong)) << wrong;
  for (const auto* wrong : {"", "256", "1-", "1-0000", "1-00000g", "x", "1-00000a-1"})
    EXPECT_FALSE(named(ContainedKind::slice, wrong)) << wrong;
  EXPECT_FALSE(named(ContainedKind::operation, "nudm-sdm:Nothing"));
  EXPECT_FALSE(named(ContainedKind::plmn, "9997"));
}

TEST_F(ContainmentTest, IsCommandedOverTheControlSocketAndAnswersWhenItRuns) {
  ASSERT_TRUE(start());
  const auto control = ControlPoint::start(loop, files.folder / "control.sock", *engine);
  ASSERT_TRUE(control) << control.error().message;
  const auto answer =
      command(std::format(R"({{"do":"add","kind":"nf","what":"{}","reason":"drill","seconds":60}})", name));
  EXPECT_TRUE(answer.find("ok")->boolean());
  EXPECT_EQ(answer.find("enforcementPoints")->integer().value(), 0);
  ASSERT_EQ(engine->contained().size(), 1U);
  EXPECT_FALSE(engine->contained()[0].by.empty());
  EXPECT_EQ(*engine->contained()[0].until - engine->contained()[0].since, std::chrono::seconds(60));
  EXPECT_EQ(command(R"({"do":"list"})").at("quarantine/0/name")->text(), name);
  EXPECT_TRUE(
      command(std::format(R"({{"do":"lift","kind":"nf","what":"{}","reason":"over"}})", name)).find("ok")->boolean());
  EXPECT_TRUE(engine->contained().empty());
}

TEST_F(ContainmentTest, WrongCommandsChangeNothing) {
  ASSERT_TRUE(start());
  const auto control = ControlPoint::start(loop, files.folder / "control.sock", *engine);
  ASSERT_TRUE(control);
  EXPECT_TRUE(error("nonsense").contains("byte"));
  EXPECT_TRUE(error("{}").contains("add, lift or list"));
  EXPECT_TRUE(error(R"({"do":"add","kind":"nf","what":"x"})").contains("--reason"));
  EXPECT_TRUE(error(R"({"do":"add","kind":"nf","what":"x","reason":"a\nb"})").contains("one line"));
  EXPECT_TRUE(error(R"({"do":"add","kind":"ue","what":"x","reason":"r"})").contains("nf, slice"));
  EXPECT_TRUE(error(R"({"do":"add","kind":"plmn","what":"99970","reason":"r","seconds":0})").contains("--for"));
  EXPECT_TRUE(
      error(R"({"do":"add","kind":"plmn","what":"99970","reason":"r","includingEmergency":true})").contains("slice"));
  EXPECT_TRUE(error(R"({"do":"lift","kind":"plmn","what":"99970","reason":"r"})").contains("not in quarantine"));
  EXPECT_TRUE(engine->contained().empty());
}

}  // namespace
}  // namespace cordon::administrator
