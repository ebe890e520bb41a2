#include <gtest/gtest.h>

#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {
namespace {

Result<Settings> with(std::string_view limits) {
  return parse_settings("policy: p\ninventory: i\nlab_cleartext: true\n" + std::string(limits), "cordon.yaml");
}

TEST(Limits, HaveDefaults) {
  const auto settings = with("");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->limits.in_flight, 8192);
  EXPECT_FALSE(settings->limits.rate_per_peer);
  EXPECT_EQ(settings->limits.priority.size(), 3);
}

TEST(Limits, AreRead) {
  const auto settings = with(R"(limits:
  connections: 1
  connections_per_address: 2
  connections_per_peer: 4
  streams: 5
  in_flight: 6
  in_flight_per_peer: 7
  in_flight_per_producer: 8
  reserved_percent: 9
  idle_seconds: 0
  rate_per_peer: 100/s burst 20
  priority:
    - {service: nlmf-loc, caller: GMLC, best: 3, always: true}
)");
  ASSERT_TRUE(settings) << settings.error().message;
  const auto& limits = settings->limits;
  EXPECT_EQ(limits.connections, 1);
  EXPECT_EQ(limits.connections_per_address, 2);
  EXPECT_EQ(limits.connections_per_peer, 4);
  EXPECT_EQ(limits.streams, 5);
  EXPECT_EQ(limits.in_flight, 6);
  EXPECT_EQ(limits.in_flight_per_peer, 7);
  EXPECT_EQ(limits.in_flight_per_producer, 8);
  EXPECT_EQ(limits.reserved_percent, 9);
  EXPECT_EQ(limits.idle, std::chrono::seconds(0));
  EXPECT_EQ(limits.rate_per_peer->burst, 20);
  ASSERT_EQ(limits.priority.size(), 1);
  EXPECT_EQ(limits.priority[0].caller, "GMLC");
  EXPECT_EQ(limits.priority[0].priority, 3);
  EXPECT_TRUE(limits.priority[0].always);
  EXPECT_TRUE(with("limits: {priority: []}\n")->limits.priority.empty());
}

TEST(Limits, ThatAreWrongAreNamed) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"limits: {streams: 0}\n", "limits.streams"},
      {"limits: {in_flight: many}\n", "limits.in_flight"},
      {"limits: {reserved_percent: 100}\n", "limits.reserved_percent"},
      {"limits: {rate_per_peer: fast}\n", "limits.rate_per_peer"},
      {"limits: {conections: 3}\n", "limits.conections"},
      {"limits: {priority: [{caller: AMF}]}\n", "service"},
      {"limits: {priority: [{service: a, best: 16}]}\n", "best"},
  };
  for (const auto& [yaml, words] : cases) {
    const auto settings = with(yaml);
    ASSERT_FALSE(settings) << yaml;
    EXPECT_TRUE(settings.error().message.contains("cordon.yaml:4")) << settings.error().message;
    EXPECT_TRUE(settings.error().message.contains(words)) << settings.error().message;
  }
}

}  // namespace
}  // namespace cordon::enforcement
