#include <gtest/gtest.h>

#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {
namespace {

constexpr const char* kRest = "policy: p.cedar\ninventory: i.yaml\nlab_cleartext: true\ntokens: ";
constexpr const char* kNrf = "f97352f8-e555-41f1-9f59-65bd764bf60d";

Result<Settings> read(const std::string& tokens) {
  return parse_settings(kRest + tokens + "\n", "/etc/cordon/cordon.yaml");
}

TEST(SettingsTokens, AreOffWithoutTheSectionAndDemandedWithIt) {
  EXPECT_EQ(parse_settings("policy: p\ninventory: i\nlab_cleartext: true\n", "c.yaml")->tokens.mode,
            TokenSettings::Mode::off);
  const auto settings = read(std::format("{{authority: {{issuer: {}}}}}", kNrf));
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->tokens.mode, TokenSettings::Mode::required);
  EXPECT_EQ(settings->tokens.authority->key, "/etc/cordon/state/token-key.pem");
  EXPECT_EQ(settings->tokens.authority->life.count(), 60);
  EXPECT_EQ(settings->tokens.rules.leeway.count(), 5);
  EXPECT_EQ(settings->tokens.rules.assertion, tokens::Demand::optional);
}

TEST(SettingsTokens, SayEverything) {
  const auto settings =
      read(std::format("{{mode: attach, leeway_seconds: 0, longest_seconds: 600, oldest_seconds: 60, "
                       "require_binding: true, cca: required, "
                       "tokenless_services: [nnrf-nfm], forward: false, cache: 64, issuers: [{{name: other, jwks: "
                       "keys/nrf.jwks, algorithms: "
                       "[ES256, RS512]}}], authority: {{issuer: {}, key: own.pem, life_seconds: 30, serve: false}}}}",
                       kNrf));
  ASSERT_TRUE(settings) << settings.error().message;
  const auto& tokens = settings->tokens;
  EXPECT_EQ(tokens.mode, TokenSettings::Mode::attach);
  EXPECT_EQ(tokens.rules.assertion, tokens::Demand::required);
  EXPECT_TRUE(tokens.rules.require_binding);
  EXPECT_EQ(tokens.tokenless, std::vector<std::string>{"nnrf-nfm"});
  EXPECT_EQ(tokens.issuers[0].jwks, "/etc/cordon/keys/nrf.jwks");
  EXPECT_EQ(tokens.issuers[0].algorithms, (std::vector{crypto::JwsAlgorithm::es256, crypto::JwsAlgorithm::rs512}));
  EXPECT_FALSE(tokens.forward || tokens.authority->serve);
}

TEST(SettingsTokens, WrongOnesAreNamedWithTheirRemedy) {
  const auto issuer = [](const char* rest) { return std::string("{issuers: [{name: a, jwks: f") + rest + "}]}"; };
  const std::pair<std::string, const char*> cases[] = {
      {"{}", "whose tokens count"},
      {"{mode: sometimes}", "mode"},
      {"{mode: attach, issuers: [{name: a, jwks: f, algorithms: [ES256]}]}", "attach needs an authority"},
      {issuer(""), "name the algorithms"},
      {issuer(", algorithms: [none]"), "unknown algorithm 'none'"},
      {issuer(", algorithms: [HS256]"), "unknown algorithm 'HS256'"},
      {issuer(", algorithms: [ES256], algo: x"), "algo"},
      {"{issuers: [{name: a, jwks: f, algorithms: [ES256]}, {name: a, jwks: g, algorithms: [ES256]}]}", "twice"},
      {"{issuers: [{name: a, algorithms: [ES256]}]}", "jwks"},
      {"{authority: {issuer: nrf1}}", "UUID"},
      {std::format("{{authority: {{issuer: {}, life_seconds: 0}}}}", kNrf), "life_seconds"},
      {std::format("{{authority: {{issuer: {}}}, leeway_seconds: 301}}", kNrf), "leeway_seconds"},
      {std::format("{{authority: {{issuer: {}}}, tokenless_services: [nnrf-nfn]}}", kNrf),
       "'nnrf-nfn' is no service"},
      {std::format("{{authority: {{issuer: {}}}, cca: maybe}}", kNrf), "cca"},
      {std::format("{{authority: {{issuer: {}}}, modus: off}}", kNrf), "mode"}};
  for (const auto& [text, says] : cases) {
    const auto settings = read(text);
    ASSERT_FALSE(settings) << text;
    EXPECT_TRUE(settings.error().message.contains(says)) << settings.error().message;
    EXPECT_TRUE(settings.error().message.contains("cordon.yaml:")) << settings.error().message;
  }
}

}  // namespace
}  // namespace cordon::enforcement
