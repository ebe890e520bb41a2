#include "cordon/inspection/inspect.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "cordon/inspection/schema.h"
#include "cordon/inspection/test_messages.h"

namespace cordon::inspection {
namespace {

using Words = Desk::Words;

constexpr auto kProfile = "/nnrf-nfm/v1/nf-instances/9a1b2c3d-0001-4001-8001-000000000001";
constexpr auto kTransfer = "/namf-comm/v1/ue-contexts/imsi-999700000021309/n1-n2-messages";

TEST(Inspect, LetsEveryRecordedExchangePass) {
  Desk desk;
  const KnowsHost known = [](std::string_view host) { return host.starts_with("127.0."); };
  std::map<std::string, int> found;
  const auto messages = messages_in(CORDON_SOURCE_DIR "/lab/recordings/registration.jsonl");
  EXPECT_EQ(messages.size(), 448U);
  for (const auto& message : messages) {
    for (const auto& said : inspect_message(desk.inspector(), message, &known)) {
      EXPECT_NE(said.mode, "block") << message.request.method << ' ' << message.request.path << ' ' << said.rule;
      ++found[said.mode + ' ' + said.rule];
    }
  }
  // What Open5GS does beside its schemas; README.md tells what each is.
  const std::map<std::string, int> habits = {{"observe schema.choice", 36},
                                             {"observe schema.pattern", 22},
                                             {"warn body.media-type", 2},
                                             {"warn query.unknown", 10},
                                             {"warn schema.excluded", 22}};
  EXPECT_EQ(found, habits);
}

TEST(Inspect, RefusesEverySeedForItsReason) {
  Desk desk;
  std::set<std::string> seeds;
  for (const auto& message : messages_in(CORDON_SOURCE_DIR "/cordon/inspection/vectors/seeds.jsonl")) {
    seeds.insert(message.name);
    const auto words = words_of(inspect_message(desk.inspector(), message, nullptr));
    if (message.expect == "policy") {  // who may do it is not told by the message: see check_inspection_test.cpp
      EXPECT_EQ(words, Words{}) << message.name;
      continue;
    }
    const bool found = std::ranges::any_of(words, [&](const auto& each) { return each.starts_with(message.expect); });
    EXPECT_TRUE(found) << message.name << " wants " << message.expect << ", first is "
                       << (words.empty() ? "" : words[0]);
  }
  EXPECT_EQ(seeds.size(), 20U);
}

TEST(Inspect, CoversEveryOperationOfTheCatalogue) {
  ASSERT_EQ(operation_count(), wire::sbi::operations().size());
  int uncovered = 0;
  for (std::size_t i = 0; i < operation_count(); ++i)
    uncovered += operation_at(i).body == RequestBody::unknown ? 1 : 0;
  EXPECT_EQ(uncovered, 1);  // PUT .../auth-events, which only Open5GS has
}

TEST(Inspect, HoldsBodiesToTheirOperation) {
  Desk desk;
  EXPECT_EQ(desk.request("PUT", kProfile, ""), Words{"body.missing at /"});
  EXPECT_EQ(desk.request("DELETE", kProfile, "{}"), (Words{"body.unexpected at /"}));
  EXPECT_EQ(desk.request("PUT", kProfile, "<x/>", "text/xml"), Words{"warn body.media-type at /"});
  EXPECT_EQ(desk.request("PATCH", kProfile, R"([{"op":"replace","path":"/load","value":1}])",
                         "application/json-patch+json"),
            Words{});
  EXPECT_EQ(desk.request("PATCH", kProfile, R"([{"op":"launch","path":"/load"}])", "application/json-patch+json"),
            Words{"enumerations.closed at /0/op"});
}

TEST(Inspect, HoldsQueriesToTheirParameters) {
  Desk desk;
  const std::string search = "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AMF";
  EXPECT_EQ(desk.request("GET", search, ""), Words{});
  EXPECT_EQ(desk.request("GET", "/nnrf-disc/v1/nf-instances?target-nf-type=UDM", ""),
            Words{"query.required at ?requester-nf-type"});
  EXPECT_EQ(desk.request("GET", search + "&limit=x", ""), Words{"schema.type at ?limit"});
  EXPECT_EQ(desk.request("GET", search + "&limit=-1", ""), Words{"schema.range at ?limit"});
  EXPECT_EQ(desk.request("GET", search + "&service-names=nudm-sdm,nudm-uecm", ""), Words{});
  EXPECT_EQ(desk.request("GET", search + "&service-names=nudm-sdm,", ""),
            Words{"enumerations.closed at ?service-names/1"});
  EXPECT_EQ(desk.request("GET", search + "&supi=imsi", ""), Words{"identifier.supi at ?supi"});
  EXPECT_EQ(desk.request("GET", search + "&snssais=%5B%7B%22sst%22:1%7D%5D", ""), Words{});
  EXPECT_EQ(desk.request("GET", search + "&snssais=%5B%7B%22sst%22:256%7D%5D", ""),
            Words{"schema.range at ?snssais/0/sst"});
  EXPECT_EQ(desk.request("GET", search + "&snssais=%5B", ""), Words{"query.json at ?snssais"});
  EXPECT_EQ(desk.request("GET", search + "&mine=imsi-999700000021309", ""), Words{"warn query.unknown at ?*"});
}

TEST(Inspect, HoldsFormsToTheirSchema) {
  Desk desk;
  const auto token = [&](std::string_view body) {
    return desk.request("POST", "/oauth2/token", body, "application/x-www-form-urlencoded");
  };
  const std::string good =
      "grant_type=client_credentials&nfInstanceId=9a1b2c3d-0001-4001-8001-000000000001&scope=nudm-sdm";
  EXPECT_EQ(token(good), Words{});
  EXPECT_EQ(token("grant_type=password&scope=nudm-sdm&nfInstanceId=9a1b2c3d-0001-4001-8001-000000000001"),
            Words{"schema.enumeration at /grant_type"});
  EXPECT_EQ(token("grant_type=client_credentials&scope=nudm-sdm"), Words{"schema.required at /nfInstanceId"});
  EXPECT_EQ(token(good + "&admin=1"), Words{"members.closed at /*"});
}

TEST(Inspect, HoldsPartsToWhatRefersToThem) {
  Desk desk;
  const std::string json =
      "--b\r\nContent-Type: application/json\r\n\r\n"
      R"({"n1MessageContainer":{"n1MessageClass":"SM","n1MessageContent":{"contentId":"n1"}}})";
  const auto sent = [&](const std::string& rest) {
    return desk.request("POST", kTransfer, json + rest + "\r\n--b--", "multipart/related; boundary=b");
  };
  const std::string n1 = "\r\n--b\r\nContent-Type: application/vnd.3gpp.5gnas\r\nContent-Id: ";
  EXPECT_EQ(sent(n1 + "n1\r\n\r\nx"), Words{});
  EXPECT_EQ(sent(n1 + "<n1>\r\n\r\nx"), Words{});
  EXPECT_EQ(sent(n1 + "n1\r\n\r\nx" + n1 + "n9\r\n\r\nx"), Words{"multipart.content-id at /"});
  EXPECT_EQ(sent(n1 + "n1\r\n\r\nx" + n1 + "n1\r\n\r\nx"),
            (Words{"multipart.content-id at /", "multipart.content-id at /", "multipart.content-id at /"}));
  EXPECT_EQ(sent(""), Words{"multipart.content-id at /*/contentId"});
}

TEST(Inspect, RefusesAnswersThatEndangerTheConsumer) {
  Desk desk;
  const auto answered = [&](int status, std::string type, std::string body) {
    wire::Response response{status, {}, std::move(body)};
    if (!type.empty()) response.headers.push_back({"content-type", std::move(type)});
    return desk.response("nnrf-disc:SearchNFInstances", response);
  };
  EXPECT_EQ(answered(200, "application/json", R"({"validityPeriod":1,"nfInstances":[]})"), Words{});
  EXPECT_EQ(answered(200, "application/json", R"({"validityPeriod":"x","nfInstances":[]})"),
            Words{"observe schema.type at /validityPeriod"});
  EXPECT_EQ(answered(200, "application/json", R"({"validityPeriod":1,"validityPeriod":2})"),
            Words{"json.duplicate at /"});
  EXPECT_EQ(answered(200, "application/json", "{"), Words{"json.syntax at /"});
  EXPECT_EQ(answered(200, "application/json", std::string(40, '[')), Words{"json.depth at /"});
  EXPECT_EQ(answered(404, "application/json", R"({"a":1})"), Words{"response.error-body at /"});
  EXPECT_EQ(answered(404, "application/problem+json", R"({"status":404})"), Words{});
  EXPECT_EQ(answered(404, "application/problem+json", R"({"status":"404"})"),
            Words{"observe schema.type at /status"});
  EXPECT_EQ(answered(502, "text/html", "<html>"), Words{});
  EXPECT_EQ(answered(200, "", "{}"), Words{"observe body.media-type at /"});
}

TEST(Inspect, FollowsLocationsOnlyToKnownHostsAndPaths) {
  Desk desk;
  const KnowsHost known = [](std::string_view host) { return host == "nrf.example"; };
  const auto to = [&](std::string location) {
    return desk.response("nnrf-nfm:CreateSubscription", {201, {{"location", std::move(location)}}, ""}, &known);
  };
  EXPECT_EQ(to("https://nrf.example/nnrf-nfm/v1/subscriptions/1"), Words{});
  EXPECT_EQ(to("/nnrf-nfm/v1/subscriptions/1"), Words{});
  EXPECT_EQ(to("https://evil.example/nnrf-nfm/v1/subscriptions/1"), Words{"location.host at Location"});
  EXPECT_EQ(to("ftp://nrf.example/nnrf-nfm/v1/subscriptions/1"), Words{"location.uri at Location"});
  EXPECT_EQ(to("https://nrf.example@evil.example/"), Words{"location.uri at Location"});
  EXPECT_EQ(to("https://nrf.example/nnrf-nfm/v1/../../admin"), Words{"location.uri at Location"});
  EXPECT_EQ(to("https://nrf.example/elsewhere"), Words{"location.uri at Location"});
}

TEST(Inspect, CallsBackOnlyTheSender) {
  Desk desk;
  const KnowsHost own = [](std::string_view host) { return host == "amf.example"; };
  const auto subscribed = [&](const std::string& uri) {
    return desk.request("POST", "/nnrf-nfm/v1/subscriptions", R"({"nfStatusNotificationUri":")" + uri + R"("})",
                        "application/json", &own);
  };
  EXPECT_EQ(subscribed("https://amf.example:7777/nnrf-nfm/v1/nf-status-notify"), Words{});
  for (const auto* uri :
       {"https://evil.example/x", "https://amf.example", "file:///etc/passwd", "gopher://amf.example/"}) {
    EXPECT_EQ(subscribed(uri), Words{"callback.uri at /nfStatusNotificationUri"}) << uri;
  }
}

TEST(Inspect, ShowsNoValuesAndNoForeignNames) {
  Desk desk;
  const auto words = desk.request("POST", "/nnrf-nfm/v1/subscriptions",
                                  R"({"nfStatusNotificationUri":"http://a/b","imsi-999700000021309":{"imsi-1":[]}})");
  EXPECT_EQ(words, Words{"warn members.unknown at /*"});
}

}  // namespace
}  // namespace cordon::inspection
