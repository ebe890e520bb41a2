#include "cordon/enforcement/judge.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cordon/enforcement/test_judge.h"

namespace cordon::enforcement {
namespace {

using namespace test;

struct Rule {
  const char* name;
  Arrival arrival;
  const char* rule;
  int status;
  const char* cause;
  const char* words;  // of the sentence
};
class BuiltInRule : public testing::TestWithParam<Rule> {};
INSTANTIATE_TEST_SUITE_P(
    Each, BuiltInRule,
    testing::Values(
        Rule{"NobodyCalls", {.caller = ""}, "identity-unknown-instance", 403, "", "the certificate names nobody"},
        Rule{"NobodyBehind",
             {.producer = "", .request = get("smf1.5gc.test", "/")},
             "producer-unknown",
             404,
             "",
             "smf1.5gc.test"},
        Rule{"OtherAuthority",
             {.request = get("udm1.5gc.test", "/nnrf-nfm/v1/nf-instances")},
             "authority-mismatch",
             421,
             "",
             "stands in for nrf1"},
        Rule{"AuthorityThatOnlyBegins",
             {.request = get("nrf1.5gc.test.evil", "/nnrf-nfm/v1/nf-instances")},
             "authority-mismatch",
             421,
             "",
             "nrf1.5gc.test.evil"},
        Rule{"AuthorityWithNoPort",
             {.request = get("nrf1:x", "/nnrf-nfm/v1/nf-instances")},
             "authority-mismatch",
             421,
             "",
             "nrf1:x"},
        Rule{"DotSegment",
             {.request = get("nrf1", "/nnrf-nfm/v1/x/../nf-instances")},
             "malformed-path",
             400,
             "INVALID_MSG_FORMAT",
             "dot segment"},
        Rule{"LongPath",
             {.request = get("nrf1", "/nnrf-nfm/v1/" + std::string(9000, 'a'))},
             "malformed-path",
             414,
             "",
             ""},
        Rule{"WrongIdentifier",
             {.request = get("nrf1", "/nnrf-nfm/v1/nf-instances/x")},
             "malformed-path",
             400,
             "MANDATORY_IE_INCORRECT",
             "nfInstanceID"},
        Rule{"UnknownApi",
             {.request = get("nrf1", "/nnrf-nfn/v1/nf-instances")},
             "not-in-catalogue",
             400,
             "INVALID_API",
             "closest known path is /nnrf-nfm/v1/nf-instances"},
        Rule{"UnknownResource",
             {.request = get("nrf1", "/nnrf-nfm/v1/nf-instance")},
             "not-in-catalogue",
             404,
             "RESOURCE_URI_STRUCTURE_NOT_FOUND",
             ""},
        Rule{"UnknownMethod",
             {.request = with_body("BREW", "/nnrf-nfm/v1/nf-instances", "", "")},
             "not-in-catalogue",
             405,
             "",
             "GET"},
        Rule{"ServiceOfAnother",
             {.request = get("nrf1", "/nudm-sdm/v2/imsi-999700000021309/am-data")},
             "service-not-here",
             404,
             "INVALID_API",
             "nudm-sdm is a service of UDM, and nrf1 is of type NRF"},
        Rule{"BrokenJson",
             {.request = with_body("POST", "/nnrf-nfm/v1/subscriptions", "application/json", "{")},
             "malformed-body",
             400,
             "INVALID_MSG_FORMAT",
             ""},
        Rule{"NameTwice",
             {.request = with_body("POST", "/nnrf-nfm/v1/subscriptions", "application/json", R"({"a":1,"a":2})")},
             "malformed-body",
             400,
             "INVALID_MSG_FORMAT",
             "duplicate"},
        Rule{"BodyWithoutType",
             {.request = with_body("POST", "/nnrf-nfm/v1/subscriptions", "", "{}")},
             "malformed-body",
             400,
             "INVALID_MSG_FORMAT",
             ""}),
    [](const auto& each) { return each.param.name; });

// Whatever policy says: here it permits everything.
TEST_P(BuiltInRule, RefusesBeforePolicyIsAsked) {
  const auto& expected = GetParam();
  const auto verdict = judged(expected.arrival);
  EXPECT_FALSE(verdict.permit);
  EXPECT_EQ(verdict.record.decision, "refuse");
  EXPECT_EQ(verdict.record.rule, expected.rule);
  EXPECT_EQ(verdict.record.status, expected.status);
  EXPECT_EQ(verdict.problem.status, expected.status);
  EXPECT_EQ(verdict.problem.cause, expected.cause);
  EXPECT_TRUE(verdict.problem.detail.contains(expected.words)) << verdict.problem.detail;
  EXPECT_FALSE(verdict.record.reason.empty());
  EXPECT_TRUE(verdict.record.policies.empty());
}

TEST(Judge, RefusesEverythingOnceTheSnapshotHasExpired) {
  const auto protection = network().protection();
  EXPECT_TRUE(judged({}, *protection, protection->expires - std::chrono::nanoseconds(1)).permit);
  const auto late = judged({}, *protection, protection->expires);
  EXPECT_EQ(late.record.rule, "snapshot-expired");
  EXPECT_EQ(late.problem.status, 503);
  EXPECT_TRUE(late.problem.detail.contains(format_time(protection->expires)));
}

TEST(Judge, AcceptsEveryNameOfTheProducer) {
  const auto& listen = network().nf("nrf1").listen;
  for (const auto& authority : {listen.text(), listen.address, std::string("nrf1"), std::string("nrf1:7777"),
                                std::string("nrf1.5gc.test"), std::string("nrf1.5gc.test:443")}) {
    EXPECT_TRUE(judged({.request = get(authority, "/nnrf-nfm/v1/nf-instances")}).permit) << authority;
  }
}

TEST(Judge, RecordsWhoAskedWhomForWhat) {
  auto request = get("nrf1", "/nnrf-nfm/v1/nf-instances");
  request.headers = {{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};
  const auto protection = network().protection();
  const auto now = system_clock().now();
  const auto verdict = judged({.request = request}, *protection, now);
  ASSERT_TRUE(verdict.permit);
  const auto& record = verdict.record;
  EXPECT_EQ(record.time, now);
  EXPECT_EQ(record.kind, "decision");
  EXPECT_EQ(record.decision, "permit");
  EXPECT_EQ(record.rule, "all");
  EXPECT_EQ(record.policies, (std::vector<std::string>{"all"}));
  EXPECT_EQ(record.policy_set, protection->digest);
  EXPECT_EQ(record.caller, kAmf);
  EXPECT_EQ(record.caller_type + " " + record.caller_name, "AMF amf1");
  EXPECT_EQ(record.peer, "127.0.0.1:40001");
  EXPECT_EQ(record.certificate, "c0ffee");
  EXPECT_EQ(record.producer + " " + record.producer_type, std::string(kNrf) + " NRF");
  EXPECT_EQ(record.method, "GET");
  EXPECT_EQ(record.action, "nnrf-nfm:GetNFInstances");
  EXPECT_EQ(record.resource, "/nnrf-nfm/v1/nf-instances");
  EXPECT_EQ(record.trace, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(record.status, 0);
}

TEST(Judge, KeepsNoTraceThatIsNone) {
  for (const auto* text : {"imsi-999700000021309", "", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"}) {
    auto request = get("nrf1", "/nnrf-nfm/v1/nf-instances");
    request.headers = {{"traceparent", text}};
    EXPECT_EQ(judged({.request = request}).record.trace, "") << text;
  }
}

TEST(Judge, SaysWhyInTheWordsOfTheRule) {
  const Arrival foreign{.request =
                            with_body("PUT", std::format("/nnrf-nfm/v1/nf-instances/{}", kUdm), "application/json",
                                      std::format(R"({{"nfInstanceId":"{}","nfType":"AMF"}})", kUdm))};
  const auto verdict = judged(foreign, *default_policy());
  EXPECT_FALSE(verdict.permit);
  EXPECT_TRUE(std::ranges::contains(verdict.record.policies, "own-profile-only"));
  EXPECT_EQ(verdict.problem.status, 403);
  EXPECT_EQ(verdict.problem.cause, "MODIFICATION_NOT_ALLOWED");
  EXPECT_TRUE(verdict.problem.detail.starts_with("amf1 (AMF) may not nnrf-nfm:RegisterNFInstance: "))
      << verdict.problem.detail;

  const auto deletion = judged(
      {.request = with_body("DELETE", std::format("/nnrf-nfm/v1/nf-instances/{}", kUdm), "", "")}, *default_policy());
  EXPECT_EQ(deletion.record.rule, "own-profile-only");
  EXPECT_EQ(
      deletion.record.reason,
      "amf1 (AMF) may not nnrf-nfm:DeregisterNFInstance: an NF may register, change and remove only its own profile");
}

TEST(Judge, PermitsAnNfItsOwnProfile) {
  const auto verdict =
      judged({.request = with_body("PUT", std::format("/nnrf-nfm/v1/nf-instances/{}", kAmf), "application/json",
                                   std::format(R"({{"nfInstanceId":"{}","nfType":"AMF"}})", kAmf))},
             *default_policy());
  EXPECT_TRUE(verdict.permit) << verdict.problem.detail;
  EXPECT_EQ(verdict.record.rule, "profile-management");
}

TEST(Judge, NamesTheRuleWhenItGivesNoReason) {
  const auto verdict = judged({}, std::string(kPermitAll) + "@id(\"quiet\") forbid (principal, action, resource);");
  EXPECT_TRUE(verdict.problem.detail.ends_with(": forbidden by quiet")) << verdict.problem.detail;
  EXPECT_EQ(verdict.problem.cause, "");  // a refused reading is no refused modification
}

TEST(Judge, QueuesEvidenceOnlyWhenEveryDeterminingRuleSaysSo) {
  constexpr std::string_view kQueued = R"(@id("a") @evidence("queued") permit (principal, action, resource);)";
  const Arrival reads{.request = get("nrf1.5gc.test", "/nnrf-nfm/v1/nf-instances")};
  const auto queued = [&](const std::string& policy) { return judged(reads, policy).queued; };
  EXPECT_TRUE(queued(std::string(kQueued)));
  EXPECT_FALSE(queued(std::string(kQueued) + R"(@id("b") permit (principal, action, resource);)"));
  EXPECT_FALSE(queued(R"(@id("a") @evidence("Queued") permit (principal, action, resource);)"));
  EXPECT_FALSE(queued(R"(@id("a") @evidence("queued") forbid (principal, action, resource);)"));
  EXPECT_EQ(judged(reads, std::string(kQueued)).record.obligations, std::vector<std::string>{"evidence=queued"});
}

TEST(Judge, TellsHowNearAPermitWas) {
  const auto verdict =
      judged({}, "@id(\"udm-reads\") permit (principal, action, resource) when { principal.nfType == \"UDM\" };");
  EXPECT_EQ(verdict.record.rule, "no-permit");
  EXPECT_TRUE(verdict.problem.detail.ends_with("no rule permits it"));
  ASSERT_EQ(verdict.record.details.size(), 1U);
  EXPECT_TRUE(
      verdict.record.details[0].starts_with("nearest: udm-reads: when { principal.nfType == \"UDM\" } fails: "));
  EXPECT_TRUE(verdict.record.details[0].contains("\"AMF\""));
}

TEST(Judge, RefusesWhenAForbiddingRuleCannotBeEvaluatedAndNamesThatRule) {
  const auto verdict =
      judged({}, std::string(kPermitAll) +
                     "@id(\"odd-permit\") permit (principal, action, resource) when { context.nothing };\n"
                     "@id(\"odd-forbid\") forbid (principal, action, resource) when { context.body.absent };");
  EXPECT_FALSE(verdict.permit);
  EXPECT_EQ(verdict.record.rule, "odd-forbid");
  EXPECT_TRUE(verdict.problem.detail.contains("could not be evaluated: test.cedar:3:")) << verdict.problem.detail;
  ASSERT_EQ(verdict.record.details.size(), 2U);
  EXPECT_TRUE(verdict.record.details[0].starts_with("error in odd-permit: test.cedar:2:"));
  EXPECT_TRUE(verdict.record.details[1].starts_with("error in odd-forbid: test.cedar:3:"));
}

TEST(Judge, LetsPolicyDecideWhoMayCallBackAnyNf) {
  auto request = with_body("POST", "/nnrf-nfm/v1/nf-status-notify", "application/json", "{}");
  request.authority = "amf1";
  EXPECT_TRUE(judged({.caller = "nrf1", .producer = "amf1", .request = request}, *default_policy()).permit);
  EXPECT_EQ(judged({.caller = "udm1", .producer = "amf1", .request = request}, *default_policy()).record.rule,
            "status-notification-only-nrf");
}

}  // namespace
}  // namespace cordon::enforcement
