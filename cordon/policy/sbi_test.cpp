// policies/sbi.cedar against what a real core does and against known attacks. TS 33.501 13.4.1.
#include <map>
#include <sstream>
#include <stdexcept>

#include "cordon/policy/explain.h"
#include "cordon/policy/test_support.h"

namespace cordon::policy {
namespace {

constexpr std::string_view kOwn = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
constexpr std::string_view kOwnHost = "amf.5gc.mnc070.mcc999.3gppnetwork.org";
constexpr std::string_view kOther = "0e1f1f0c-0000-4000-8000-00000000beef";
constexpr std::string_view kProducer = "aaaaaaaa-0000-4000-8000-000000000001";

struct Question {
  Request request;
  Entities entities;
};

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, by);) parts.push_back(part);
  return parts;
}

std::string instance(std::string_view word) {
  return std::string(word == "own-host" ? kOwnHost : word == "own" ? kOwn : word == "other" ? kOther : word);
}

// body.patchPaths may come more than once and is a set; everything else is one string.
void add_facts(Record& context, const std::vector<std::string>& words, std::size_t from) {
  std::map<std::string, Record> parts = {{"path", {}}, {"query", {}}, {"body", {}}};
  std::vector<Value> paths;
  bool patched = false;
  for (std::size_t i = from; i < words.size(); ++i) {
    const std::size_t dot = words[i].find('.'), equals = words[i].find('=');
    const std::string name = words[i].substr(dot + 1, equals - dot - 1),
                      value = instance(words[i].substr(equals + 1));
    if (name == "patchPaths") {
      paths.emplace_back(value);
      patched = true;
    } else {
      parts[words[i].substr(0, dot)].emplace(name, value);
    }
  }
  if (patched) parts["body"].emplace("patchPaths", Value::set(paths));
  for (auto& [name, part] : parts) context.emplace(name, std::move(part));
}

// CALLER[@PLMN] PRODUCER ACTION ACCESS SCOPES facts..., as the enforcement point would put it.
Question question(const std::vector<std::string>& words) {
  const auto caller = split(words[0], '@');
  const std::string plmn = caller.size() > 1 ? caller[1] : "99970";
  const std::string service = words[2].substr(0, words[2].find(':'));
  Question made;
  made.request = {.principal = {"Nf", std::string(kOwn)},
                  .action = {"Action", words[2]},
                  .resource = {"Service", std::string(kProducer) + "/" + service},
                  .context = {{"method", "POST"}, {"access", words[3]}, {"callback", words[4] == "-"}}};
  add_facts(made.request.context, words, 5);
  Entity action{.uid = made.request.action, .attributes = {}, .parents = {}};
  for (const std::string& scope : split(words[4], ',')) {
    if (scope != "-") action.parents.push_back({"Action", scope});
  }
  EXPECT_TRUE(made.entities.add(std::move(action)));
  EXPECT_TRUE(made.entities.add({made.request.principal,
                                 {{"instance", kOwn},
                                  {"nfType", caller[0]},
                                  {"name", "nf1"},
                                  {"hosts", Value::set({kOwnHost, "127.0.0.5"})},
                                  {"plmn", plmn},
                                  {"slices", Value::set({"1"})}},
                                 {{"NfType", caller[0]}}}));
  EXPECT_TRUE(made.entities.add(
      {made.request.resource,
       {{"service", service}, {"producer", kProducer}, {"producerType", words[1]}, {"plmn", "99970"}},
       {{"NfType", words[1]}}}));
  return made;
}

PolicySet rules() {
  const auto set = PolicySet::parse(read_source("policies/sbi.cedar"), "sbi.cedar");
  if (!set) throw std::runtime_error(set.error().message);
  return *set;
}

TEST(SbiRules, PermitWhatARealCoreDoes) {
  const PolicySet set = rules();
  const auto lines = vector_lines("sbi_permitted.txt");
  EXPECT_GT(lines.size(), 100U);
  for (const std::string& line : lines) {
    const Question asked = question(split(line, ' '));
    const Decision decision = set.decide(asked.request, asked.entities);
    EXPECT_TRUE(decision.allow) << line << "\n" << describe(set, asked.request, asked.entities, decision);
    EXPECT_TRUE(decision.errors.empty()) << line;
  }
}

TEST(SbiRules, RefuseAttacksByTheRuleThatNamesThem) {
  const PolicySet set = rules();
  for (const std::string& line : vector_lines("sbi_attacks.txt")) {
    auto words = split(line, ' ');
    const std::string rule = words.front();
    words.erase(words.begin());
    const Question asked = question(words);
    const Decision decision = set.decide(asked.request, asked.entities);
    EXPECT_FALSE(decision.allow) << line;
    EXPECT_TRUE(decision.errors.empty()) << line << decision.errors.front().message;
    const bool named = rule == "-" ? !decision.forbidden : std::ranges::contains(decision.determining, rule);
    EXPECT_TRUE(named) << line << "\n" << describe(set, asked.request, asked.entities, decision);
  }
}

TEST(SbiRules, EveryForbidIsTriedByAnAttackAndEveryRuleHasASource) {
  const std::string attacks = read_source("cordon/policy/vectors/sbi_attacks.txt");
  const PolicySet set = rules();
  for (const PolicyInfo& policy : set.policies()) {
    EXPECT_TRUE(policy.text.starts_with("@id(")) << policy.text;
    EXPECT_NE(policy.text.find("@source("), std::string::npos) << policy.id;
    if (!policy.forbid) continue;
    EXPECT_NE(attacks.find("\n" + policy.id + " "), std::string::npos) << policy.id;
    EXPECT_NE(policy.text.find("@because("), std::string::npos) << policy.id;
  }
}

TEST(SbiRules, RefuseEverythingWhenThePrincipalsAttributesAreMissing) {
  const PolicySet set = rules();
  for (const std::string& line : vector_lines("sbi_permitted.txt")) {
    if (!line.contains("RegisterNFInstance")) continue;
    const Question asked = question(split(line, ' '));
    EXPECT_FALSE(set.decide(asked.request, Entities{}).allow) << line;
  }
}

TEST(SbiRules, TheActionIndexChangesNoAnswer) {
  const PolicySet set = rules();
  auto lines = vector_lines("sbi_permitted.txt");
  for (const std::string& line : vector_lines("sbi_attacks.txt")) lines.push_back(line.substr(line.find(' ') + 1));
  for (const std::string& line : lines) {
    const Question asked = question(split(line, ' '));
    const Decision indexed = set.decide(asked.request, asked.entities);
    const Decision all = set.decide(asked.request, asked.entities, Profile::fail_closed, Search::every);
    EXPECT_EQ(indexed.allow, all.allow) << line;
    EXPECT_EQ(indexed.determining, all.determining) << line;
  }
}

}  // namespace
}  // namespace cordon::policy
