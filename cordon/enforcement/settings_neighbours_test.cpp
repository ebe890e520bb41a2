#include <gtest/gtest.h>

#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {
namespace {

constexpr const char* kHead =
    "policy: p.cedar\ninventory: i.yaml\ntls: {certificate: c, key: k, callers: a, producers: b}\n";

Result<Settings> with(const std::string& lines) { return parse_settings(kHead + lines, "/etc/cordon/cordon.yaml"); }

std::string told(const std::string& lines) {
  const auto settings = with(lines);
  return settings ? "accepted" : settings.error().message;
}

TEST(SettingsNeighboursTest, NobodyAsksUnlessItIsSaid) { EXPECT_FALSE(with("").value().neighbours); }

TEST(SettingsNeighboursTest, SocketsLieInTheStateAndAreOurOwn) {
  const auto asked = with("neighbours: {envoy: {}, nginx: {}}\n").value().neighbours.value();
  EXPECT_EQ(asked.envoy->socket, "/etc/cordon/state/run/envoy.sock");
  EXPECT_EQ(asked.nginx->socket, "/etc/cordon/state/run/nginx.sock");
  EXPECT_EQ(asked.nginx->group, "");
  EXPECT_FALSE(asked.envoy->listen);
  EXPECT_FALSE(asked.believe_principal);
}

TEST(SettingsNeighboursTest, ReadsWhatIsSaid) {
  const auto asked = with(
                         "neighbours:\n"
                         "  envoy: {listen: \"127.0.0.1:9191\", certificate: c.pem, key: c.key, anchors: e.pem,\n"
                         "          names: [envoy1.example], identity: principal}\n"
                         "  nginx: {socket: /run/cordon/nginx.sock, group: www-data}\n"
                         "  intermediates: [between.pem]\n"
                         "  metrics: 127.0.0.1:9092\n")
                         .value()
                         .neighbours.value();
  EXPECT_EQ(asked.envoy->listen, (Endpoint{"127.0.0.1", 9191}));
  EXPECT_EQ(asked.envoy->names, std::vector<std::string>{"envoy1.example"});
  EXPECT_EQ(asked.envoy->anchors, "/etc/cordon/e.pem");
  EXPECT_TRUE(asked.believe_principal);
  EXPECT_EQ(asked.nginx->socket, "/run/cordon/nginx.sock");
  EXPECT_EQ(asked.nginx->group, "www-data");
  EXPECT_EQ(asked.intermediates, std::vector<std::filesystem::path>{"/etc/cordon/between.pem"});
  EXPECT_EQ(asked.metrics, (Endpoint{"127.0.0.1", 9092}));
}

TEST(SettingsNeighboursTest, WrongValuesAreNamedWithTheirPlace) {
  EXPECT_TRUE(told("neighbours: {metrics: \"127.0.0.1:1\"}\n").contains("name who asks"));
  EXPECT_TRUE(told("neighbours: {envoy: {listen: here}}\n").contains("neighbours.envoy.listen"));
  EXPECT_TRUE(told("neighbours: {envoy: {listen: \"127.0.0.1:1\", certificate: c, key: k, anchors: a}}\n")
                  .contains("name the DNS names of the certificates that may ask"));
  EXPECT_TRUE(told("neighbours: {nginx: {listen: \"127.0.0.1:1\"}}\n").contains("neighbours.nginx.listen"));
  EXPECT_TRUE(told("neighbours: {envoy: {identity: name}}\n").contains("one of certificate, principal"));
  EXPECT_TRUE(told("neighbours: {nginx: {}, metrics: nowhere}\n").contains("neighbours.metrics"));
  const auto clear =
      parse_settings("policy: p\ninventory: i\nlab_cleartext: true\nneighbours: {nginx: {}}\n", "c.yaml");
  ASSERT_FALSE(clear);
  EXPECT_TRUE(clear.error().message.contains("not with lab_cleartext"));
}

TEST(SettingsNeighboursTest, WhatIsWrittenOfEachRequest) {
  EXPECT_FALSE(with("").value().access_log);
  EXPECT_FALSE(with("").value().tracing);
  EXPECT_EQ(with("access_log: stdout\n").value().access_log, "");
  EXPECT_EQ(with("access_log: log/access.jsonl\ntracing: true\n").value().access_log, "/etc/cordon/log/access.jsonl");
  EXPECT_TRUE(with("tracing: true\n").value().tracing);
}

}  // namespace
}  // namespace cordon::enforcement
