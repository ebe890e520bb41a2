#include "cordon/enforcement/check_inspection.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "cordon/enforcement/test_judge.h"
#include "cordon/inspection/message_file.h"

namespace cordon::enforcement {
namespace {

using namespace test;

struct Court {
  explicit Court(const InspectionSettings& settings = {}) : inspection(Inspection::open(settings, metrics).value()) {}

  Verdict judge(const wire::Request& request, const Protection& by, const char* caller = "amf1") {
    Sender sender;
    sender.nf = by.inventory.find_name(caller);
    const evidence::Pseudonyms pseudonyms(to_bytes("a key for tests"));
    Checks checks;
    checks.inspection = inspection.get();
    Judge judge(std::shared_ptr<const Protection>(std::shared_ptr<const Protection>(), &by), checks);
    return judge.judge(sender, by.inventory.find_name("nrf1"), request, pseudonyms, system_clock().now());
  }

  Metrics metrics;
  std::unique_ptr<Inspection> inspection;
};

const Protection& permit_all() {
  static const auto made = network().protection(kPermitAll);
  return *made;
}

wire::Request registering(std::string body) {
  return with_body("PUT", "/nnrf-nfm/v1/nf-instances/9a1b2c3d-0001-4001-8001-000000000001", "application/json",
                   std::move(body));
}

TEST(CheckInspection, RefusesWithTheRuleThePlaceAndNoValue) {
  Court court;
  const auto verdict = court.judge(registering(R"({"nfInstanceId":"secret-value","nfType":"AMF"})"), permit_all());
  EXPECT_FALSE(verdict.permit);
  EXPECT_EQ(verdict.record.rule, "schema.pattern");
  EXPECT_EQ(verdict.problem.status, 400);
  EXPECT_EQ(verdict.problem.detail, "schema.pattern at /nfInstanceId: does not have the form its schema demands");
  ASSERT_GE(verdict.record.details.size(), 2U);
  EXPECT_EQ(verdict.record.details[1], "block: schema.required at /nfStatus: a required member is missing");
  for (const auto& detail : verdict.record.details) EXPECT_EQ(detail.find("secret-value"), std::string::npos);
}

TEST(CheckInspection, ObservesWarnsOrIsSilentWhereTheSettingsSaySo) {
  InspectionSettings observing;
  observing.mode = inspection::Mode::observe;
  Court court(observing);
  const auto verdict = court.judge(registering("{}"), permit_all());
  EXPECT_TRUE(verdict.permit);
  EXPECT_EQ(verdict.record.details.front(),
            "observe: schema.required at /nfInstanceId: a required member is missing");
  EXPECT_NE(
      court.metrics.text().find(R"(cordon_inspection_findings_total{rule="schema.required",message="request"} 3)"),
      std::string::npos);

  InspectionSettings one;
  one.rules = {{"schema.required", inspection::Mode::off}, {"schema.choice", inspection::Mode::off}};
  EXPECT_TRUE(Court(one).judge(registering("{}"), permit_all()).permit);

  InspectionSettings off;
  off.mode = inspection::Mode::off;
  Metrics metrics;
  EXPECT_EQ(Inspection::open(off, metrics).value(), nullptr);
}

TEST(CheckInspection, RefusesSettingsThatNameNothing) {
  Metrics metrics;
  InspectionSettings settings;
  settings.rules = {{"schema.tpye", inspection::Mode::warn}};
  EXPECT_EQ(Inspection::open(settings, metrics).error().message,
            "inspection.rules: no rule is called 'schema.tpye'; cordon inspect rules lists them");
  settings.rules.clear();
  settings.overlay = "/nowhere/overlay.yaml";
  EXPECT_FALSE(Inspection::open(settings, metrics));
}

TEST(CheckInspection, LetsCallbacksLeadOnlyToTheCaller) {
  Court court;
  const auto subscribing = [&](const std::string& host) {
    auto request = with_body("POST", "/nnrf-nfm/v1/subscriptions", "application/json",
                             R"({"nfStatusNotificationUri":"http://)" + host + R"(/nnrf-nfm/v1/nf-status-notify"})");
    return court.judge(request, permit_all()).record.rule;
  };
  const auto& amf = *permit_all().inventory.find_name("amf1");
  EXPECT_NE(subscribing(amf.dns_names.empty() ? amf.name : amf.dns_names.front()), "callback.uri");
  EXPECT_EQ(subscribing("evil.example"), "callback.uri");
}

TEST(CheckInspection, ReplacesAnAnswerThatEndangersTheConsumerAndRecordsIt) {
  Court court;
  evidence::Record judged;
  judged.action = "nnrf-disc:SearchNFInstances";
  judged.decision = "permit";
  judged.details = {"of the request"};
  wire::Response answer{404, {{"content-type", "application/json"}}, R"({"secret":1})"};
  const auto record = inspect_response(answer, judged, permit_all(), system_clock().now(), court.inspection.get());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->rule, "response.error-body");
  EXPECT_EQ(record->decision, "refuse");
  EXPECT_EQ(record->status, 502);
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);

  wire::Response good{200, {{"content-type", "application/json"}}, R"({"validityPeriod":1,"nfInstances":[]})"};
  EXPECT_FALSE(inspect_response(good, judged, permit_all(), system_clock().now(), court.inspection.get()));
  EXPECT_EQ(good.status, 200);
  EXPECT_FALSE(inspect_response(good, judged, permit_all(), system_clock().now(), nullptr));
}

// Every seed of the public bug reports is refused by the whole judgement under the default policy: by inspection, or,
// where the message itself is in order, by the policy.
TEST(CheckInspection, RefusesEverySeedUnderTheDefaultPolicy) {
  Court court;
  std::ifstream file(CORDON_SOURCE_DIR "/cordon/inspection/vectors/seeds.jsonl");
  std::set<std::string> refused;
  for (std::string line; std::getline(file, line);) {
    const auto message = inspection::parse_message(line).value();
    if (message.answer) {
      evidence::Record judged;
      const auto classified = wire::sbi::classify(message.request.method, message.request.path).value();
      judged.action = classified.operation->action;
      auto answer = *message.answer;
      EXPECT_TRUE(inspect_response(answer, judged, *default_policy(), system_clock().now(), court.inspection.get()));
      refused.insert(message.name);
      continue;
    }
    auto request = message.request;
    request.authority = "nrf1.5gc.test";
    const auto verdict = court.judge(request, *default_policy(), "smf1");
    EXPECT_FALSE(verdict.permit) << message.name;
    if (!verdict.permit) refused.insert(message.name);
  }
  EXPECT_EQ(refused.size(), 20U);
}

}  // namespace
}  // namespace cordon::enforcement
