// What the enforcement point puts to policy is what policies/sbi.cedarschema declares: every recorded request, every
// entity, every group. A policy that validates strictly then never meets a surprise.
#include <gtest/gtest.h>

#include <sstream>

#include "cordon/enforcement/operation_groups.h"
#include "cordon/enforcement/question.h"
#include "cordon/enforcement/test_judge.h"
#include "cordon/schema/schema.h"
#include "cordon/validation/validate.h"

namespace cordon::enforcement {
namespace {

using namespace test;

const schema::Schema& vocabulary() {
  static const auto made = schema::Schema::parse(source("policies/sbi.cedarschema"), "sbi.cedarschema").value();
  return made;
}

std::shared_ptr<const Protection> sliced() {
  auto snapshot = network().snapshot();
  const std::string from = "plmn: \"99970\"";
  for (auto at = snapshot.inventory.find(from); at != std::string::npos;
       at = snapshot.inventory.find(from, at + 40)) {
    snapshot.inventory.replace(at, from.size(), from + ", slices: [\"1\", \"1-000001\"]");
  }
  return compile(snapshot).value();
}

const schema::Attributes& part_of_context(std::string_view part) {
  const auto* action = vocabulary().action({"Action", "nnrf-nfm:GetNFInstances"});
  return *action->applies_to.context.find(part)->second.type.attributes;
}

TEST(Vocabulary, OfTheDefaultPolicyHasNoErrorAndNoWarning) {
  EXPECT_TRUE(vocabulary().warnings().empty());
  const auto rules = policy::PolicySet::parse(source("policies/sbi.cedar"), "sbi.cedar").value();
  const auto findings = validation::validate(rules, vocabulary());
  for (const auto& each : findings.errors) ADD_FAILURE() << each.policy << ": " << each.message;
  for (const auto& each : findings.warnings) ADD_FAILURE() << each.policy << ": " << each.message;
}

TEST(Vocabulary, OfTheDefaultPolicyLooksNoFurtherThanTheEntitiesOfTheRequest) {
  const auto rules = policy::PolicySet::parse(source("policies/sbi.cedar"), "sbi.cedar").value();
  for (const auto& each : validation::validate_level(rules, vocabulary(), 1).errors) {
    ADD_FAILURE() << each.policy << ": " << each.message;
  }
}

TEST(Vocabulary, HasTheWordsOfQueriesAndBodiesThatArePutToPolicy) {
  for (const auto& [name, attribute] : part_of_context("query")) EXPECT_TRUE(is_query_word(name)) << name;
  const std::set<std::string> made = {"patchPaths", "ambiguous", "callbackHosts", "services"};
  for (const auto& [name, attribute] : part_of_context("body")) {
    EXPECT_TRUE(is_body_word(name) || made.contains(name)) << name;
  }
  for (const auto* unknown : {"", "dnn ", "xyz", "zz", "patchPaths"}) {
    EXPECT_FALSE(is_query_word(unknown) || is_body_word(unknown)) << unknown;
  }
}

TEST(Vocabulary, FitsEveryEntityOfASnapshot) {
  const auto protection = sliced();
  std::size_t checked = 0;
  const auto check = [&](const policy::EntityUid& uid) {
    const auto* entity = protection->entities.find(uid);
    ASSERT_NE(entity, nullptr) << uid.text();
    const auto fits = validation::validate(*entity, vocabulary());
    EXPECT_TRUE(fits) << uid.text() << ": " << fits.error().message;
    ++checked;
  };
  for (const auto& nf : protection->inventory.nfs()) {
    check({"Nf", nf.instance.text()});
    for (const auto& operation : wire::sbi::operations()) {
      if (operation.callback || serving_type(operation) == nf.type) check(service_uid(nf, operation.service));
    }
    check({"Slice", "99970/1-000001"});
  }
  EXPECT_GT(checked, 300U);
}

TEST(Vocabulary, FitsTheGroupsOfEveryOperation) {
  const auto protection = network().protection();
  std::size_t groups = 0;
  for (const auto& [uid, action] : vocabulary().actions()) {
    for (const auto& group : action.parents)
      EXPECT_TRUE(protection->entities.in(uid, group)) << uid.text() << group.text();
    groups += action.parents.size();
  }
  for (const auto& operation : wire::sbi::operations()) {
    const auto* action = vocabulary().action({"Action", std::string(operation.action)});
    ASSERT_NE(action, nullptr) << operation.action;
    EXPECT_EQ(action->parents.size(), groups_of(operation).size()) << operation.action;
  }
  EXPECT_GT(groups, 2500U);
}

// === requests ===

struct Asked {
  std::string method, path, type, body;
};

std::vector<Asked> requests() {
  std::vector<Asked> result = {
      {"GET", "/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AMF&unheard-of=1", "", ""},
      {"PATCH", std::format("/nnrf-nfm/v1/nf-instances/{}", kAmf), "application/json-patch+json",
       R"([{"op":"replace","path":"/load","value":1}])"},
      {"POST", "/nnrf-nfm/v1/subscriptions", "application/json",
       R"({"reqNfInstanceId":"a","reqNfType":"AMF","nfStatusNotificationUri":"http://127.0.0.1:7777/x","someUri":"http://a/"})"},
      {"POST", "/oauth2/token", "application/x-www-form-urlencoded",
       "grant_type=client_credentials&nfInstanceId=a&nfType=AMF&targetNfType=UDM&scope=nudm-sdm+nudm-uecm%3Aamf-"
       "registration%3Awrite"},
      {"PUT", "/nudm-uecm/v1/imsi-999700000021309/registrations/amf-3gpp-access", "application/json",
       R"({"amfInstanceId":"a","deregCallbackUri":"http://h/","guami":{"plmnId":{"mcc":"999","mnc":"70"},"amfId":"020040"}})"}};
  std::istringstream recorded(source("cordon/wire/sbi/vectors/recorded-paths.txt"));
  for (std::string line; std::getline(recorded, line);) {
    result.push_back({line.substr(0, line.find(' ')), line.substr(line.find(' ') + 1), "application/json",
                      R"({"nfInstanceId":"a","nfType":"AMF","supi":"imsi-999700000021309"})"});
  }
  return result;
}

TEST(Vocabulary, FitsEveryRecordedRequest) {
  const auto protection = network().protection();
  Sender sender;
  sender.nf = protection->inventory.find_name("amf1");
  const auto& udm = *protection->inventory.find_name("udm1");
  QuestionForm form;
  std::size_t checked = 0;
  for (const auto& each : requests()) {
    const auto classified = wire::sbi::classify(each.method, each.path);
    if (!classified) continue;
    const auto facts = wire::sbi::body_facts(*classified->operation, *classified, each.type, each.body);
    ASSERT_TRUE(facts) << each.path;
    const auto& request = form.fill(sender, udm, *classified, *facts);
    const auto fits = validation::validate(request, vocabulary());
    EXPECT_TRUE(fits) << each.path << ": " << fits.error().message;
    ++checked;
  }
  EXPECT_GT(checked, 100U);
}

}  // namespace
}  // namespace cordon::enforcement
