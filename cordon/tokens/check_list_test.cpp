#include "cordon/tokens/check_list.h"

#include <gtest/gtest.h>

#include "cordon/tokens/test_tokens.h"

namespace cordon::tokens {
namespace {

using namespace test;

// One deviation from a good token, and the rule that must find it.
struct Case {
  const char* name;
  std::string_view rule;  // "": good
  std::function<void(Claims&, Occasion&, Rules&)> change;
};

std::string_view rule_of(const std::optional<Refusal>& refusal) { return refusal ? refusal->rule : ""; }

void expect_all(const std::vector<Case>& cases, const std::function<void(Claims&, Occasion&)>& start) {
  for (const auto& each : cases) {
    auto claims = good_claims();
    auto occasion = at_udm();
    Rules rules;
    start(claims, occasion);
    each.change(claims, occasion, rules);
    const auto refusal = first_fault(claims, occasion, rules);
    EXPECT_EQ(rule_of(refusal), each.rule) << each.name << ": " << (refusal ? refusal->message : "");
    int faults = 0;
    for (const auto& finding : findings(claims, occasion, rules)) faults += finding.fault ? 1 : 0;
    EXPECT_EQ(faults > 0, refusal.has_value()) << each.name;
  }
}

// TS 33.117 4.2.2.2.3.1 / TS 33.501 13.4.1.1.2: the sub-cases of token verification within one PLMN. Signature and
// issuer: verifier_test.cpp.
TEST(CheckList, HoldsTheSubCasesWithinOnePlmn) {
  expect_all(
      {
          {"a good token", "", [](auto&, auto&, auto&) {}},
          {"audience: another type", "token-audience", [](Claims& c, auto&, auto&) { c.audience = {"AUSF"}; }},
          {"audience: another instance", "token-audience", [](Claims& c, auto&, auto&) { c.audience = {kNrf}; }},
          {"audience: own instance", "", [](Claims& c, auto&, auto&) { c.audience = {kNrf, kUdm}; }},
          {"audience: own instance in capitals", "",
           [](Claims& c, auto&, auto&) { c.audience = {"F9953E2C-E555-41F1-BD8B-2941CE299B45"}; }},
          {"audience: type in other case", "token-audience", [](Claims& c, auto&, auto&) { c.audience = {"udm"}; }},
          {"scope: another service", "token-scope", [](Claims& c, auto&, auto&) { c.scope = {"nudm-uecm"}; }},
          {"scope: none", "token-scope", [](Claims& c, auto&, auto&) { c.scope.clear(); }},
          {"scope: a longer name", "token-scope", [](Claims& c, auto&, auto&) { c.scope = {"nudm-sdm2"}; }},
          {"additional scope: this operation", "",
           [](Claims& c, auto&, auto&) { c.scope.push_back("nudm-sdm:am-data:read"); }},
          {"additional scope: another operation", "token-scope",
           [](Claims& c, auto&, auto&) { c.scope.push_back("nudm-sdm:nssai:read"); }},
          {"additional scope without the service", "token-scope",
           [](Claims& c, auto&, auto&) { c.scope = {"nudm-sdm:am-data:read"}; }},
          {"additional scope of another service", "",
           [](Claims& c, auto&, auto&) { c.scope.push_back("nudm-uecm:x:read"); }},
          {"expired", "token-time", [](Claims& c, auto&, auto&) { c.expires = kNow - 6; }},
          {"expired within the leeway", "", [](Claims& c, auto&, auto&) { c.expires = kNow - 4; }},
          {"S-NSSAI: another slice", "token-slice", [](Claims& c, auto&, auto&) { c.slices = {"2"}; }},
          {"S-NSSAI: one of several", "", [](Claims& c, auto&, auto&) { c.slices = {"2", "1-000001"}; }},
          {"NSI: another", "token-slice", [](Claims& c, auto&, auto&) { c.nsis = {"nsi2"}; }},
          {"NSI: its own", "", [](Claims& c, auto&, auto&) { c.nsis = {"nsi1"}; }},
          {"NF set: another", "token-set", [](Claims& c, auto&, auto&) { c.nf_set = "set2.udmset"; }},
          {"NF set: its own", "", [](Claims& c, auto&, auto&) { c.nf_set = "set1.udmset"; }},
          {"NF service set: another", "token-set", [](Claims& c, auto&, auto&) { c.service_set = "sdm2"; }},
          {"NF service set: its own", "", [](Claims& c, auto&, auto&) { c.service_set = "sdm1"; }},
      },
      [](auto&, auto&) {});
}

// What the standard asks beyond the SCAS sub-cases, and what tokens are stolen and forged with.
TEST(CheckList, HoldsSubjectBindingAndTimes) {
  expect_all(
      {
          {"stolen: another NF's token", "token-subject", [](Claims& c, auto&, auto&) { c.subject = kUdm; }},
          {"a subject that is no instance", "token-subject", [](Claims& c, auto&, auto&) { c.subject = "amf1"; }},
          {"bound to this certificate", "", [](Claims& c, auto&, auto&) { c.certificate = digest_of(1); }},
          {"bound to another certificate", "token-binding",
           [](Claims& c, auto&, auto&) { c.certificate = digest_of(2); }},
          {"bound, and no certificate is there", "token-binding",
           [](Claims& c, Occasion& o, auto&) { c.certificate = digest_of(1), o.certificate.reset(); }},
          {"unbound where it must be", "token-binding", [](auto&, auto&, Rules& r) { r.require_binding = true; }},
          {"from the future", "token-time", [](Claims& c, auto&, auto&) { c.issued = kNow + 6; }},
          {"not yet", "token-time", [](Claims& c, auto&, auto&) { c.not_before = kNow + 6; }},
          {"for years", "token-time", [](Claims& c, auto&, auto&) { c.expires = kNow + 86'401; }},
          {"without iat", "", [](Claims& c, auto&, auto&) { c.issued.reset(); }},
          {"without iat where age counts", "token-time",
           [](Claims& c, auto&, Rules& r) { c.issued.reset(), r.oldest = std::chrono::seconds(20); }},
          {"too old", "token-time", [](auto&, auto&, Rules& r) { r.oldest = std::chrono::seconds(4); }},
          {"young enough", "", [](auto&, auto&, Rules& r) { r.oldest = std::chrono::seconds(20); }},
          {"issued to another network", "token-plmn", [](Claims& c, auto&, auto&) { c.consumer_plmn = "00101"; }},
          {"for another network", "token-plmn", [](Claims& c, auto&, auto&) { c.producer_plmn = "00101"; }},
          {"for a non-public network", "token-plmn", [](Claims& c, auto&, auto&) { c.producer_plmn = "99970-1"; }},
          {"for its own network", "", [](Claims& c, auto&, auto&) { c.producer_plmn = c.consumer_plmn = "99970"; }},
          {"no assertion where all must bring one", "assertion-missing",
           [](auto&, auto&, Rules& r) { r.assertion = Demand::required; }},
      },
      [](auto&, auto&) {});
}

// TS 33.501 13.4.1.2.2: the two sub-cases across PLMNs, through the SEPP.
TEST(CheckList, HoldsTheSubCasesAcrossPlmns) {
  expect_all(
      {
          {"a good token", "", [](auto&, auto&, auto&) {}},
          {"producerPlmnId wrong", "token-plmn", [](Claims& c, auto&, auto&) { c.producer_plmn = "00102"; }},
          {"producerPlmnId absent", "token-plmn", [](Claims& c, auto&, auto&) { c.producer_plmn.clear(); }},
          {"consumerPlmnId absent", "token-plmn", [](Claims& c, auto&, auto&) { c.consumer_plmn.clear(); }},
          {"consumerPlmnId is our own", "token-plmn", [](Claims& c, auto&, auto&) { c.consumer_plmn = "99970"; }},
          {"an assertion is not asked for", "", [](auto&, auto&, Rules& r) { r.assertion = Demand::required; }},
      },
      [](Claims& claims, Occasion& occasion) {
        occasion.caller = &nf("sepp1");
        claims.subject = "11111111-e555-41f1-9dea-7f66d0edecbf";
        claims.consumer_plmn = "00101";
        claims.producer_plmn = "99970";
      });
}

TEST(CheckList, AnScpMustShowThatTheConsumerAgreed) {
  static const Assertion assertion{assertion_claims(), nf("amf1").instance, digest_of(7), kNow + 1000};
  static auto changed = assertion;
  expect_all(
      {
          {"with the consumer's assertion", "", [](auto&, auto&, auto&) {}},
          {"without", "assertion-missing", [](auto&, Occasion& o, auto&) { o.assertion = nullptr; }},
          {"of another consumer", "token-assertion-mismatch", [](Claims& c, auto&, auto&) { c.subject = kNrf; }},
          {"bound to the consumer's certificate", "", [](Claims& c, auto&, auto&) { c.certificate = digest_of(7); }},
          {"bound to the SCP's certificate", "token-binding",
           [](Claims& c, auto&, auto&) { c.certificate = digest_of(1); }},
          {"for another producer", "assertion-audience",
           [](auto&, Occasion& o, auto&) {
             changed = assertion;
             changed.claims.audience = {"AUSF"};
             o.assertion = &changed;
           }},
          {"expired", "assertion-time",
           [](auto&, Occasion& o, auto&) {
             changed = assertion;
             changed.claims.expires = kNow - 60;
             o.assertion = &changed;
           }},
          {"its certificate expired", "assertion-time",
           [](auto&, Occasion& o, auto&) {
             changed = assertion;
             changed.certificate_expires = kNow - 1;
             o.assertion = &changed;
           }},
          {"without iat", "assertion-time",
           [](auto&, Occasion& o, auto&) {
             changed = assertion;
             changed.claims.issued.reset();
             o.assertion = &changed;
           }},
          {"from the future", "assertion-time",
           [](auto&, Occasion& o, auto&) {
             changed = assertion;
             changed.claims.issued = kNow + 100;
             o.assertion = &changed;
           }},
          {"directly, another's assertion", "assertion-subject",
           [](Claims& c, Occasion& o, auto&) {
             o.caller = &nf("nrf1");
             c.subject = kNrf;
           }},
      },
      [](Claims&, Occasion& occasion) {
        occasion.caller = &nf("scp1");
        occasion.assertion = &assertion;
      });
}

TEST(CheckList, OperationsWithoutAnyScopeAreCoveredByTheirServicesName) {
  auto claims = good_claims();
  claims.scope = {"n32c-handshake"};
  const auto& all = wire::sbi::operations();
  const auto found = std::ranges::find(all, std::string_view("n32c-handshake"), &wire::sbi::Operation::service);
  ASSERT_NE(found, all.end());
  EXPECT_TRUE(covers(claims, *found));
}

}  // namespace
}  // namespace cordon::tokens
