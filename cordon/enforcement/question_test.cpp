#include "cordon/enforcement/question.h"

#include <gtest/gtest.h>

#include <array>

#include "cordon/enforcement/test_network.h"

namespace cordon::enforcement {
namespace {

using namespace test;
using policy::Value;

class Asking : public testing::Test {
 protected:
  Asking() {
    sender.nf = protection->inventory.find_name("amf1");
    sender.tls.version = "TLSv1.3";
    sender.tls.group = "X25519MLKEM768";
  }
  Question ask(std::string_view method, std::string_view path, std::string_view producer, std::string_view type = "",
               std::string_view body = "") {
    const auto classified = wire::sbi::classify(method, path);
    EXPECT_TRUE(classified) << classified.error().message;
    const auto facts = wire::sbi::body_facts(*classified->operation, *classified, type, body);
    EXPECT_TRUE(facts) << facts.error().message;
    return make_question(protection->entities, sender, *protection->inventory.find_name(producer), *classified,
                         *facts);
  }

  TestNetwork network;
  std::shared_ptr<const Protection> protection = network.protection();
  Sender sender;
};

std::string text_at(const policy::Record& context, std::string_view part, std::string_view name) {
  const auto* record = context.find(part)->second.as_record();
  const auto found = record->find(name);
  return found == record->end() ? "(absent)" : found->second.text();
}

TEST_F(Asking, NamesCallerOperationAndServiceOfTheProducer) {
  const auto question = ask("GET", "/nnrf-nfm/v1/nf-instances", "nrf1");
  EXPECT_EQ(question.request.principal, (policy::EntityUid{"Nf", kAmf}));
  EXPECT_EQ(question.request.action, (policy::EntityUid{"Action", "nnrf-nfm:GetNFInstances"}));
  EXPECT_EQ(question.request.resource, (policy::EntityUid{"Service", std::string(kNrf) + "/nnrf-nfm"}));
  EXPECT_TRUE(question.entities.in(question.request.principal, {"NfType", "AMF"}));
  EXPECT_TRUE(question.entities.in(question.request.action, {"Action", "nnrf-nfm"}));
  EXPECT_TRUE(question.entities.in(question.request.resource, {"NfType", "NRF"}));
  const auto& attributes = question.entities.find(question.request.resource)->attributes;
  EXPECT_EQ(*attributes.at("service").as_string(), "nnrf-nfm");
  EXPECT_EQ(*attributes.at("producer").as_string(), kNrf);
  EXPECT_EQ(*attributes.at("producerType").as_string(), "NRF");
  EXPECT_EQ(*attributes.at("plmn").as_string(), "99970");
}

TEST_F(Asking, PutsPathQueryAndConnectionIntoTheContext) {
  const auto question = ask("GET", "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AMF", "nrf1");
  const auto& context = question.request.context;
  EXPECT_EQ(*context.at("method").as_string(), "GET");
  EXPECT_EQ(*context.at("access").as_string(), "read");
  EXPECT_EQ(*context.at("callback").as_bool(), false);
  EXPECT_EQ(*context.at("bodyKind").as_string(), "none");
  EXPECT_EQ(text_at(context, "query", "target-nf-type"), "\"UDM\"");
  EXPECT_EQ(text_at(context, "body", "requester-nf-type"), "\"AMF\"");
  EXPECT_EQ(text_at(context, "tls", "version"), "\"TLSv1.3\"");
  EXPECT_EQ(text_at(context, "tls", "group"), "\"X25519MLKEM768\"");

  const auto other = ask("GET", "/nudm-sdm/v2/imsi-999700000021309/am-data", "udm1");
  EXPECT_EQ(text_at(other.request.context, "path", "supi"), "\"imsi-999700000021309\"");
}

TEST_F(Asking, SaysWhatKindOfAccessAndBodyItIs) {
  const std::string own = std::format("/nnrf-nfm/v1/nf-instances/{}", kAmf);
  const auto words = [&](const Question& question) {
    const auto& context = question.request.context;
    return *context.at("access").as_string() + " " + *context.at("bodyKind").as_string() +
           (*context.at("callback").as_bool() ? " callback" : "");
  };
  EXPECT_EQ(words(ask("DELETE", own, "nrf1")), "remove none");
  EXPECT_EQ(words(ask("PUT", own, "nrf1", "application/json", "{}")), "write json");
  EXPECT_EQ(words(ask("PATCH", own, "nrf1", "application/json-patch+json", "[]")), "write json-patch");
  EXPECT_EQ(words(ask("PATCH", "/nudm-uecm/v1/imsi-999700000021309/registrations/amf-3gpp-access", "udm1",
                      "application/merge-patch+json", "{}")),
            "write merge-patch");
  EXPECT_EQ(words(ask("POST", "/nnrf-nfm/v1/subscriptions", "nrf1", "application/json", "{}")), "create json");
  EXPECT_EQ(words(ask("POST", "/nnrf-nfm/v1/subscriptions", "nrf1", "text/plain", "hello")), "create other");
  EXPECT_EQ(words(ask("POST", "/nnrf-nfm/v1/nf-status-notify", "amf1", "application/json", "{}")),
            "create json callback");
  EXPECT_EQ(words(ask("POST", "/oauth2/token", "nrf1", "application/x-www-form-urlencoded", "nfType=AMF")),
            "create form");
  EXPECT_EQ(words(ask("POST", "/nsmf-pdusession/v1/sm-contexts", "nrf1", "multipart/related; boundary=x",
                      "--x\r\nContent-Type: application/json\r\n\r\n{}\r\n--x--\r\n")),
            "create multipart");
}

TEST_F(Asking, LeavesOutWhatPolicyHasNoWordFor) {
  const auto question = ask("GET", "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&unheard-of=1", "nrf1");
  EXPECT_EQ(text_at(question.request.context, "query", "target-nf-type"), "\"UDM\"");
  EXPECT_EQ(text_at(question.request.context, "query", "unheard-of"), "(absent)");
}

TEST_F(Asking, CollectsWhereTheCallerWantsToBeCalledBack) {
  const auto question = ask("POST", "/nnrf-nfm/v1/subscriptions", "nrf1", "application/json",
                            R"({"nfStatusNotificationUri":"http://A.5gc.test:80/x","callbackReference":"http://b/",)"
                            R"("hnrfUri":"http://c/"})");
  const auto& body = *question.request.context.at("body").as_record();
  EXPECT_EQ(body.at("callbackHosts"), Value::set({"a.5gc.test", "b"}));
  EXPECT_EQ(*body.at("callbackReferenceHost").as_string(), "b");
  EXPECT_FALSE(body.contains("hnrfUriHost"));  // no callback, and no word of policy
}

TEST_F(Asking, NamesTheServicesOfATokenRequest) {
  const auto question = ask("POST", "/oauth2/token", "nrf1", "application/x-www-form-urlencoded",
                            "nfType=AMF&scope=nudm-sdm+nudm-uecm%3Aamf-registration%3Awrite++nudm-sdm");
  const auto& body = *question.request.context.at("body").as_record();
  EXPECT_EQ(body.at("services"), Value::set({"nudm-sdm", "nudm-uecm"}));
}

// The memory of one request must not show through in the next.
TEST_F(Asking, FillsAFormAgainAsIfItWereNew) {
  const std::vector<std::array<std::string, 5>> requests = {
      {"PUT", "/nudm-uecm/v1/imsi-999700000021309/registrations/amf-3gpp-access?supi=imsi-1", "udm1",
       "application/json", R"({"amfInstanceId":"a","deregCallbackUri":"http://h/"})"},
      {"GET", "/nnrf-nfm/v1/nf-instances", "nrf1", "", ""},
      {"GET", "/nudm-sdm/v2/imsi-999700000021309/am-data?plmn-id=1", "udm1", "", ""},
      {"PATCH", std::format("/nnrf-nfm/v1/nf-instances/{}", kAmf), "nrf1", "application/json-patch+json",
       R"([{"op":"add","path":"/load","value":1}])"},
      {"POST", "/nnrf-nfm/v1/nf-status-notify", "amf1", "application/json", "{}"}};
  QuestionForm form;
  Sender other = sender;
  other.nf = protection->inventory.find_name("udr1");
  other.tls.version = "TLSv1.2";
  for (int round = 0; round < 2; ++round) {
    for (const auto& [method, path, producer, type, body] : requests) {
      for (const auto* from : {&sender, &other}) {
        const auto classified = wire::sbi::classify(method, path).value();
        const auto facts = wire::sbi::body_facts(*classified.operation, classified, type, body).value();
        const auto& nf = *protection->inventory.find_name(producer);
        const auto fresh = make_question(protection->entities, *from, nf, classified, facts).request;
        const auto& again = form.fill(*from, nf, classified, facts);
        EXPECT_EQ(again.principal, fresh.principal);
        EXPECT_EQ(again.action, fresh.action);
        EXPECT_EQ(again.resource, fresh.resource);
        EXPECT_EQ(Value(again.context).text(), Value(fresh.context).text());
      }
    }
  }
}

TEST_F(Asking, CollectsWhatAPatchTouchesInASet) {
  const auto question =
      ask("PATCH", std::format("/nnrf-nfm/v1/nf-instances/{}", kAmf), "nrf1", "application/json-patch+json",
          R"([{"op":"replace","path":"/nfStatus","value":"REGISTERED"},{"op":"add","path":"/load","value":1}])");
  const auto& body = *question.request.context.at("body").as_record();
  EXPECT_EQ(body.at("patchPaths"), Value::set({"/load", "/nfStatus"}));
}

// Facts as a body could assert them: one name with two values must not let policy see only the harmless one.
TEST_F(Asking, NamesWhatIsAssertedTwiceDifferently) {
  const auto classified = wire::sbi::classify("GET", "/nnrf-nfm/v1/nf-instances").value();
  wire::sbi::BodyFacts facts;
  facts.asserted = {{"nfType", "AMF"}, {"nfType", "AMF"}, {"nfInstanceId", "a"}, {"nfInstanceId", "b"}};
  const auto question =
      make_question(protection->entities, sender, *protection->inventory.find_name("nrf1"), classified, facts);
  const auto& body = *question.request.context.at("body").as_record();
  EXPECT_EQ(*body.at("nfType").as_string(), "AMF");
  EXPECT_EQ(*body.at("nfInstanceId").as_string(), "a");
  EXPECT_EQ(body.at("ambiguous"), Value::set({"nfInstanceId"}));
  EXPECT_FALSE(body.contains("patchPaths"));
}

}  // namespace
}  // namespace cordon::enforcement
