// judge(): what its records say of subscribers.
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "cordon/enforcement/test_judge.h"

namespace cordon::enforcement {
namespace {

using namespace test;

// In no field of a record may a subscriber's identifier stand in clear, but for the one that is sealed under the
// subscriber's own key.
void expect_no_subscriber_in(evidence::Record record, const std::string& path) {
  for (auto& subject : record.subjects) subject.identifier.clear();
  static const std::regex identifier(
      "(imsi|msisdn|suci|nai|imei|imeisv|gci|gli|extid)-[0-9A-Za-z][^/?&\"]*|[0-9]{14,16}");
  std::set<std::string> identifiers;
  for (std::sregex_iterator at(path.begin(), path.end(), identifier), end; at != end; ++at) {
    identifiers.insert(at->str());
    identifiers.insert(at->str().substr(at->str().find('-') + 1));
  }
  const auto encoded = evidence::encode(record);
  for (const auto& each : identifiers) EXPECT_FALSE(encoded.contains(each)) << each << " in " << encoded;
}

TEST(JudgedRecord, HasNoSubscriberInClearForAnyRecordedPath) {
  // Near misses quote values and errors might, so here are permits that look at the identifier and fail or err.
  const auto nosy = network().protection(
      "permit (principal, action, resource) when { context.path.supi == \"x\" && context.path.ueId == \"y\" };\n"
      "permit (principal, action, resource) when { context.path has supi && context.path.supi == \"x\" };\n"
      "permit (principal, action, resource) when { context.path has ueId && context.path.ueId == \"x\" };\n"
      "permit (principal, action, resource) when { context.path has ueId && context.path.ueId > 1 };");
  std::istringstream lines(source("cordon/wire/sbi/vectors/recorded-paths.txt"));
  int subscribers = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    const auto path = line.substr(space + 1);
    subscribers += path.contains("imsi-") || path.contains("suci-");
    for (const auto& producer : network().nfs) {
      auto request = get(producer.name, path);
      request.method = line.substr(0, space);
      for (const auto& protection : {nosy, default_policy()}) {
        expect_no_subscriber_in(judged({.producer = producer.name.c_str(), .request = request}, *protection).record,
                                path);
      }
    }
  }
  EXPECT_GT(subscribers, 100);
}

TEST(JudgedRecord, NamesEachSubscriberOnceToBeSealed) {
  auto request = get("udm1", "/nudm-sdm/v2/imsi-999700000021309/am-data?x=imsi-999700000021309");
  const auto record = judged({.producer = "udm1", .request = request}).record;
  ASSERT_EQ(record.subjects.size(), 1U);
  EXPECT_EQ(record.subjects[0].identifier, "imsi-999700000021309");
  EXPECT_TRUE(record.resource.contains(record.subjects[0].pseudonym));
}

TEST(JudgedRecord, HasNoSubscriberInClearWhereverACallerPutsOne) {
  const std::string secret = "imsi-999700000021309";
  auto request = get(secret, "/nudm-sdm/v2/" + secret + "/am-datum?x=%69msi-999700000021309");
  request.headers = {{"traceparent", secret}};
  request.method = secret;
  expect_no_subscriber_in(judged({.producer = "", .request = request}).record, secret);
  request.authority = "udm1";
  expect_no_subscriber_in(judged({.producer = "udm1", .request = request}).record, secret);
  auto body = with_body("POST", "/nnrf-nfm/v1/subscriptions", "application/json",
                        "{\"" + secret + "\":1,\"" + secret + "\":2}");
  expect_no_subscriber_in(judged({.request = body}).record, secret);
}

}  // namespace
}  // namespace cordon::enforcement
