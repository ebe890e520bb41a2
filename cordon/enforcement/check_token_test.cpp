#include "cordon/enforcement/check_token.h"

#include "cordon/base/text.h"
#include "cordon/enforcement/test_gate.h"
#include "cordon/wire/json.h"

namespace cordon::enforcement {
namespace {

using namespace test;
using Mode = TokenSettings::Mode;

constexpr const char* kAmData = "/nudm-sdm/v2/imsi-999700000021309/am-data";

class CheckTokenTest : public testing::Test {
 protected:
  Verdict judge(wire::Request request, const char* caller = "amf1", const char* producer = "udm1",
                const Protection* by = nullptr) {
    if (!gate.gate) gate.open();
    const auto& protection = by ? *by : *permit_all;
    Sender sender;
    sender.nf = protection.inventory.find_name(caller);
    sender.certificate = certificate;
    const evidence::Pseudonyms pseudonyms(to_bytes("a key for tests"));
    Judge judge(std::shared_ptr<const Protection>(std::shared_ptr<const Protection>(), &protection),
                {.tokens = gate.gate.get()});
    return judge.judge(sender, protection.inventory.find_name(producer), request, pseudonyms, system_clock().now());
  }
  static wire::Request am_data(std::vector<std::string> tokens = {}) {
    auto request = get("udm1.5gc.test", kAmData);
    for (const auto& token : tokens) request.headers.push_back({"authorization", "Bearer " + token});
    return request;
  }
  Verdict with(const std::function<void(tokens::Claims&)>& change) {
    auto claims = gate.claims();
    change(claims);
    return judge(am_data({gate.sign(claims)}));
  }
  std::string assertion(const char* of, std::vector<std::string> audience) {
    tokens::Claims claims;
    claims.subject = network().nf(of).instance;
    claims.audience = std::move(audience);
    claims.issued = gate.now();
    claims.expires = gate.now() + 30;
    const auto identity =
        network().authority.issue_for(crypto::TestAuthority::nf(network().nf(of).instance, network().nf(of).dns()));
    return tokens::sign_assertion(claims, {identity.certificate}, identity.key).value();
  }

  TestGate gate{network()};
  std::shared_ptr<const Protection> permit_all = network().protection();
  std::string certificate = std::string(64, 'a');
};

// TS 33.117 4.2.2.2.3.1, TS 33.501 13.4.1.1.2 step 2; RFC 6750 3.1 for the form of the refusal.
TEST_F(CheckTokenTest, EverySubCaseOfTheScasIsRefusedInTheRightForm) {
  struct Case {
    const char* rule;
    int status;
    std::function<void(tokens::Claims&)> change;
  };
  const Case cases[] = {
      {"token-issuer", 401, [](auto& c) { c.issuer = kUdr; }},
      {"token-subject", 401, [](auto& c) { c.subject = kUdr; }},
      {"token-audience", 401, [](auto& c) { c.audience = {"AUSF"}; }},
      {"token-scope", 403, [](auto& c) { c.scope = {"nudm-uecm"}; }},
      {"token-scope", 403, [](auto& c) { c.scope.push_back("nudm-sdm:nssai:read"); }},
      {"token-time", 401, [](auto& c) { c.expires = 1'000'000'000; }},
      {"token-slice", 401, [](auto& c) { c.nsis = {"n"}; }},
      {"token-set", 401, [](auto& c) { c.nf_set = "other"; }},
      {"token-plmn", 401, [](auto& c) { c.producer_plmn = "00101"; }},
      {"token-binding", 401, [](auto& c) { c.certificate = crypto::Sha256Digest{}; }},
  };
  for (const auto& each : cases) {
    const auto verdict = with(each.change);
    EXPECT_FALSE(verdict.permit);
    EXPECT_EQ(verdict.record.rule, each.rule);
    EXPECT_EQ(verdict.problem.status, each.status) << each.rule;
    const auto error = each.status == 401 ? "error=\"invalid_token\"" : "error=\"insufficient_scope\"";
    EXPECT_TRUE(verdict.problem.challenge.contains(error)) << verdict.problem.challenge;
    EXPECT_TRUE(verdict.problem.challenge.starts_with("Bearer realm=\"nudm-sdm\"")) << verdict.problem.challenge;
  }
  EXPECT_TRUE(with([](auto&) {}).permit);
}

TEST_F(CheckTokenTest, RefusesAForgedSignature) {
  const auto forged =
      TestGate::sign(gate.claims(), crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256).value());
  const auto verdict = judge(am_data({forged}));
  EXPECT_EQ(verdict.record.rule, "token-signature");
  EXPECT_EQ(verdict.problem.status, 401);
}

// RFC 6750 3.1: without credentials no error code.
TEST_F(CheckTokenTest, DemandsATokenWhereTheServiceNeedsOne) {
  const auto verdict = judge(am_data());
  EXPECT_EQ(verdict.record.rule, "token-missing");
  EXPECT_EQ(verdict.problem.status, 401);
  EXPECT_EQ(verdict.problem.challenge, "Bearer realm=\"nudm-sdm\", scope=\"nudm-sdm\"");
  EXPECT_TRUE(judge(get("nrf1.5gc.test", "/nnrf-nfm/v1/nf-instances"), "amf1", "nrf1").permit)
      << "no token to get one";
}

TEST_F(CheckTokenTest, IsOptionalWhereConfiguredButNeverWrong) {
  gate.settings.tokens.mode = Mode::optional;
  EXPECT_TRUE(judge(am_data()).permit);
  EXPECT_EQ(with([](auto& c) { c.audience = {"AUSF"}; }).record.rule, "token-audience");
}

// TS 33.501 13.4.1.0: notifications are not covered by tokens.
TEST_F(CheckTokenTest, NotificationsCarryNone) {
  auto callback = with_body("POST", "/nnrf-nfm/v1/nf-status-notify", "application/json", "{}");
  callback.authority = "amf1.5gc.test";
  EXPECT_TRUE(judge(callback, "nrf1", "amf1").permit);
}

TEST_F(CheckTokenTest, TwoTokensOrAnotherSchemeAreMalformed) {
  const auto token = gate.sign(gate.claims());
  EXPECT_EQ(judge(am_data({token, token})).record.rule, "token-malformed");
  for (const auto* value : {"Basic YTpi", "Bearer", "Bearer ", "", "Bearer a.b.c"}) {
    auto request = am_data();
    request.headers.push_back({"authorization", value});
    EXPECT_EQ(judge(request).record.rule, "token-malformed") << value;
  }
  auto request = am_data();
  request.headers.push_back({"authorization", "bEARER  " + token});
  EXPECT_TRUE(judge(request).permit);
}

TEST_F(CheckTokenTest, TheTokenStaysOutOfRecordAndRefusal) {
  auto claims = gate.claims();
  claims.audience = {"AUSF"};
  const auto token = gate.sign(claims);
  const auto verdict = judge(am_data({token}));
  const auto signature = token.substr(token.rfind('.') + 1);
  const auto said =
      verdict.problem.detail + verdict.problem.challenge + verdict.record.reason + verdict.record.resource;
  EXPECT_FALSE(said.contains(signature));
}

TEST_F(CheckTokenTest, StripsTheTokenWhereTheProducerIsNotToSeeIt) {
  gate.settings.tokens.forward = false;
  const auto verdict = judge(am_data({gate.sign(gate.claims())}));
  auto headers = am_data({"x"}).headers;
  put_authorization(headers, verdict.authorization);
  EXPECT_FALSE(wire::find_header(headers, "authorization"));
}

TEST_F(CheckTokenTest, AttachesATokenThatPassesItsOwnCheckList) {
  gate.settings.tokens.mode = Mode::attach;
  gate.settings.tokens.rules.require_binding = true;
  const auto verdict = judge(am_data());
  ASSERT_TRUE(verdict.permit) << verdict.problem.detail;
  ASSERT_TRUE(verdict.authorization);
  wire::Headers headers{{"authorization", "Bearer other"}, {"accept", "x"}};
  put_authorization(headers, verdict.authorization);
  ASSERT_EQ(headers.size(), 2);
  tokens::Verifier other({gate.gate->authority->as_issuer()}, {});
  const auto known = other.token(headers.back().value.substr(7), system_clock().now());
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_EQ((*known)->claims.subject, kAmf);
  EXPECT_EQ((*known)->claims.audience, std::vector<std::string>{kUdm});
  EXPECT_EQ(to_hex(*(*known)->claims.certificate), certificate);
  EXPECT_EQ(judge(am_data()).authorization, verdict.authorization) << "the same again";
  EXPECT_EQ(judge(am_data({gate.sign(gate.claims())})).record.rule, "token-binding") << "its own token is checked";
}

// TS 33.501 13.3.8, TS 29.500 table 5.2.7.2-1.
TEST_F(CheckTokenTest, ChecksTheAssertionThatComesWithAToken) {
  const auto ask = [&](const std::string& text) {
    auto request = am_data({gate.sign(gate.claims())});
    request.headers.push_back({"3gpp-sbi-client-credentials", text});
    return judge(request);
  };
  EXPECT_TRUE(ask(assertion("amf1", {"UDM"})).permit);
  const std::pair<std::string, std::pair<const char*, const char*>> wrong[] = {
      {assertion("amf1", {"AUSF"}), {"assertion-audience", "CCA_VERIFICATION_FAILURE"}},
      {assertion("udr1", {"UDM"}), {"assertion-subject", "CCA_VERIFICATION_FAILURE"}},
      {"a.b.c", {"assertion-malformed", "CCA_VERIFICATION_FAILURE"}}};
  for (const auto& [text, expected] : wrong) {
    const auto verdict = ask(text);
    EXPECT_EQ(verdict.record.rule, expected.first);
    EXPECT_EQ(verdict.problem.status, 403);
    EXPECT_EQ(verdict.problem.cause, expected.second);
  }
  gate.settings.tokens.rules.assertion = tokens::Demand::required;
  gate.open();
  EXPECT_EQ(judge(am_data({gate.sign(gate.claims())})).record.rule, "assertion-missing");
}

TEST_F(CheckTokenTest, PolicyIsToldOfTheToken) {
  const auto asks = network().protection(R"(
    @id("short") permit (principal, action, resource)
    when { context has token && context has now && context.token.sub == principal.instance &&
           context.token.aud.contains("UDM") && action in context.token.scope &&
           context.token.issuer == Nf::"0f0f0f0f-e555-41f1-9f59-65bd764bf60d" &&
           context.token.exp.durationSince(context.now) <= duration("1h") };
    @id("agreed") permit (principal, action, resource)
    when { context has assertion && context.assertion.sub == principal.instance };)");
  auto request = am_data({gate.sign(gate.claims())});
  EXPECT_EQ(judge(request, "amf1", "udm1", asks.get()).record.rule, "short");
  request.headers.push_back({"3gpp-sbi-client-credentials", assertion("amf1", {"UDM"})});
  EXPECT_EQ(judge(request, "amf1", "udm1", asks.get()).record.rule, "agreed");
  gate.settings.tokens.mode = Mode::optional;
  gate.open();
  EXPECT_FALSE(judge(am_data(), "amf1", "udm1", asks.get()).permit);
}

// The guards of the default policy look at the token again, and agree with the check list.
TEST_F(CheckTokenTest, PassesTheDefaultPolicy) {
  gate.settings.tokens.mode = Mode::attach;
  const auto verdict = judge(am_data(), "amf1", "udm1", default_policy().get());
  EXPECT_TRUE(verdict.permit) << verdict.record.rule << verdict.problem.detail;
}

TEST_F(CheckTokenTest, ASnapshotMakesItForget) {
  const auto request = am_data({gate.sign(gate.claims())});
  EXPECT_TRUE(judge(request).permit);
  EXPECT_TRUE(judge(request).permit);
  EXPECT_EQ(gate.gate->verifier.misses(), 1);
  const auto next = network().protection(kPermitAll, 2);
  EXPECT_TRUE(judge(request, "amf1", "udm1", next.get()).permit);
  EXPECT_EQ(gate.gate->verifier.misses(), 2);
}

TEST_F(CheckTokenTest, KeysRotateWhileItRuns) {
  const auto before = am_data({gate.sign(gate.claims())});
  EXPECT_TRUE(judge(before).permit);
  gate.foreign = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256).value();
  gate.write_foreign_keys();
  gate.gate->refresh();
  EXPECT_EQ(judge(before).record.rule, "token-signature");
  EXPECT_TRUE(judge(am_data({gate.sign(gate.claims())})).permit);
  ASSERT_TRUE(write_file(gate.folder / "foreign.jwks", "broken"));
  gate.gate->refresh();
  EXPECT_TRUE(judge(am_data({gate.sign(gate.claims())})).permit) << "a wrong file changes nothing";
}

TEST_F(CheckTokenTest, DoesNotOpenWithAWrongFile) {
  std::filesystem::remove(gate.folder / "foreign.jwks");
  const auto opened = TokenGate::open(gate.settings, gate.loop, gate.metrics);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().message.contains("foreign.jwks")) << opened.error().message;
  gate.settings.tokens.mode = Mode::off;
  EXPECT_FALSE(TokenGate::open(gate.settings, gate.loop, gate.metrics).value());
}

// === the authority ===============================================================================================

class ServeTokenTest : public CheckTokenTest {
 protected:
  Verdict ask(std::string form, const char* caller = "amf1", const Protection* by = nullptr) {
    return judge(with_body("POST", "/oauth2/token", "application/x-www-form-urlencoded", std::move(form)), caller,
                 "nrf1", by);
  }
  const std::string sdm =
      std::string("grant_type=client_credentials&nfInstanceId=") + kAmf + "&targetNfType=UDM&scope=nudm-sdm";
};

TEST_F(ServeTokenTest, WhatItGivesIsGood) {
  const auto verdict = ask(sdm);
  ASSERT_TRUE(verdict.permit && verdict.answer);
  EXPECT_EQ(verdict.answer->status, 200);
  EXPECT_EQ(wire::find_header(verdict.answer->headers, "cache-control"), "no-store");
  const auto body = wire::parse_json(verdict.answer->body).value();
  const auto token = std::string(body.find("access_token")->text());
  EXPECT_TRUE(judge(am_data({token})).permit);
  certificate = std::string(64, 'b');
  EXPECT_EQ(judge(am_data({token})).record.rule, "token-binding")
      << "stolen, with another certificate of the same NF";
  EXPECT_EQ(verdict.record.details.size(), 1);
  EXPECT_FALSE(verdict.record.details[0].contains(token));
}

TEST_F(ServeTokenTest, RefusesInTheFormOfTheStandardAndRecordsIt) {
  const auto verdict = ask(sdm, "udr1");
  EXPECT_FALSE(verdict.permit);
  EXPECT_EQ(verdict.record.rule, "token-request-invalid_client");
  ASSERT_TRUE(verdict.answer);
  EXPECT_EQ(verdict.answer->status, 400);
  EXPECT_EQ(wire::parse_json(verdict.answer->body)->find("error")->text(), "invalid_client");
  const auto json = judge(with_body("POST", "/oauth2/token", "application/json", "{}"), "amf1", "nrf1");
  EXPECT_EQ(json.record.rule, "token-request-invalid_request");
}

TEST_F(ServeTokenTest, GivesNothingThatPolicyWouldNeverPermit) {
  const auto by = network().protection(R"(
    @id("ask") permit (principal, action in Action::"nnrf-oauth2", resource);
    @id("sdm") permit (principal in NfType::"AMF", action in Action::"nudm-sdm", resource in NfType::"UDM")
    when { context.path.supi like "imsi-*" };)");
  EXPECT_TRUE(ask(sdm, "amf1", by.get()).permit);
  const auto more = ask(sdm + "+nudm-uecm", "amf1", by.get());
  EXPECT_EQ(more.record.rule, "token-request-invalid_scope");
}

TEST_F(ServeTokenTest, SaysARefusalOfPolicyInItsOwnForm) {
  const auto by = default_policy();
  EXPECT_TRUE(ask(sdm, "amf1", by.get()).permit);
  const auto data =
      std::string("grant_type=client_credentials&nfInstanceId=") + kAmf + "&targetNfType=UDR&scope=nudr-dr";
  const auto verdict = ask(data, "amf1", by.get());
  EXPECT_FALSE(verdict.permit);
  EXPECT_EQ(verdict.record.rule, "token-scopes-of-role");
  EXPECT_EQ(verdict.answer->status, 400);
  EXPECT_EQ(wire::parse_json(verdict.answer->body)->find("error")->text(), "unauthorized_client");
}

TEST_F(ServeTokenTest, ShowsItsKeysToWhoeverIsIdentified) {
  const auto verdict = judge(get("nrf1.5gc.test", "/oauth2/jwks"), "amf1", "nrf1");
  ASSERT_TRUE(verdict.permit && verdict.answer);
  EXPECT_TRUE(tokens::parse_jwks(verdict.answer->body, std::vector{crypto::JwsAlgorithm::es256}));
  EXPECT_FALSE(judge(get("udm1.5gc.test", "/oauth2/jwks")).permit) << "at the NRF's listener only";
}

TEST_F(ServeTokenTest, LeavesRequestsToTheNrfWhereItIsNotToServe) {
  gate.settings.tokens.authority->serve = false;
  const auto verdict = ask(sdm);
  EXPECT_TRUE(verdict.permit);
  EXPECT_FALSE(verdict.answer);
}

TEST_F(ServeTokenTest, TakesItsKeysAnewAfterARotation) {
  ASSERT_TRUE(ask(sdm).permit);
  const auto before = gate.gate->authority->jwks();
  ASSERT_TRUE(tokens::rotate_authority_key(gate.settings.tokens.authority->key, crypto::KeyKind::ml_dsa_65));
  gate.gate->refresh();
  EXPECT_NE(gate.gate->authority->jwks(), before);
  const auto body = wire::parse_json(ask(sdm).answer->body).value();
  EXPECT_TRUE(judge(am_data({std::string(body.find("access_token")->text())})).permit) << "ML-DSA-65";
}

}  // namespace
}  // namespace cordon::enforcement
