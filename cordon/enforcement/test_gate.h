// A token gate amid the test network: an authority that speaks for nrf1, and a foreign issuer with a key of its own.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/enforcement/check_token.h"
#include "cordon/enforcement/test_judge.h"
#include "cordon/tokens/authority.h"

namespace cordon::enforcement::test {

inline constexpr const char* kForeignNrf = "0f0f0f0f-e555-41f1-9f59-65bd764bf60d";

struct TestGate {
  using Mode = TokenSettings::Mode;

  explicit TestGate(const TestNetwork& in, Mode mode = Mode::required) : network(in) {
    settings.tokens.mode = mode;
    settings.tokens.authority = {kNrf, folder / "token-key.pem", std::chrono::seconds(60), true};
    settings.tokens.issuers = {{kForeignNrf, folder / "foreign.jwks", {crypto::JwsAlgorithm::es256}}};
    settings.tls.callers = {{folder / "callers.pem", {}}};
    EXPECT_TRUE(tokens::make_authority_key(settings.tokens.authority->key, crypto::KeyKind::ecdsa_p256));
    EXPECT_TRUE(write_file(folder / "callers.pem", network.authority.certificate().pem()));
    write_foreign_keys();
  }

  tokens::VerifyKey shown() const { return {"f1", foreign.public_key(), crypto::JwsAlgorithm::es256}; }
  void write_foreign_keys() const {
    EXPECT_TRUE(write_file(folder / "foreign.jwks", tokens::to_jwks(std::vector{shown()}).value()));
  }

  TokenGate* open() {
    auto opened = TokenGate::open(settings, loop, metrics);
    EXPECT_TRUE(opened) << opened.error().message;
    gate = std::move(*opened);
    return gate.get();
  }

  std::int64_t now() const {
    return std::chrono::floor<std::chrono::seconds>(system_clock().now()).time_since_epoch().count();
  }

  // Of the foreign issuer, for amf1 at udm1.
  tokens::Claims claims() const {
    tokens::Claims claims;
    claims.issuer = kForeignNrf;
    claims.subject = kAmf;
    claims.audience = {"UDM"};
    claims.scope = {"nudm-sdm"};
    claims.issued = now() - 1;
    claims.expires = now() + 60;
    return claims;
  }
  std::string sign(const tokens::Claims& claims) const { return sign(claims, foreign); }
  static std::string sign(const tokens::Claims& claims, const crypto::PrivateKey& key) {
    return crypto::sign_jws(as_bytes(to_json(claims)), {.type = "JWT", .key_id = "f1"}, key,
                            crypto::JwsAlgorithm::es256)
        .value();
  }

  const TestNetwork& network;
  TemporaryFolder folder;
  crypto::PrivateKey foreign = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256).value();
  Settings settings;
  Loop loop;
  Metrics metrics;
  std::unique_ptr<TokenGate> gate;
};

}  // namespace cordon::enforcement::test
