// policies/sbi.cedar against what a real core does, against known attacks and against defects of other cores.
// TS 33.501 13.4.1.
#include <algorithm>
#include <set>

#include "cordon/policy/explain.h"
#include "cordon/policy/sbi_question.h"
#include "cordon/policy/test_support.h"

namespace cordon::policy {
namespace {

TEST(SbiRules, PermitWhatARealCoreDoes) {
  const PolicySet set = sbi_rules();
  const auto lines = vector_lines("sbi_permitted.txt");
  EXPECT_GT(lines.size(), 100U);
  for (const std::string& line : lines) {
    const auto asked = sbi_question(split(line, ' '));
    const Decision decision = set.decide(asked.request, asked.entities);
    EXPECT_TRUE(decision.allow) << line << "\n" << describe(set, asked.request, asked.entities, decision);
    EXPECT_TRUE(decision.errors.empty()) << line;
  }
}

TEST(SbiRules, RefuseAttacksByTheRuleThatNamesThem) {
  const PolicySet set = sbi_rules();
  for (const std::string& line : vector_lines("sbi_attacks.txt")) {
    auto words = split(line, ' ');
    const std::string rule = words.front();
    words.erase(words.begin());
    const auto asked = sbi_question(words);
    const Decision decision = set.decide(asked.request, asked.entities);
    EXPECT_FALSE(decision.allow) << line;
    EXPECT_TRUE(decision.errors.empty()) << line << decision.errors.front().message;
    const bool named = rule == "-" ? !decision.forbidden : std::ranges::contains(decision.determining, rule);
    EXPECT_TRUE(named) << line << "\n" << describe(set, asked.request, asked.entities, decision);
  }
}

TEST(SbiRules, EveryForbidIsTriedByAnAttackAndEveryRuleHasASource) {
  const std::string attacks =
      read_source("cordon/policy/vectors/sbi_attacks.txt") + read_source("cordon/policy/vectors/sbi_defects.txt");
  const PolicySet set = sbi_rules();
  for (const PolicyInfo& policy : set.policies()) {
    EXPECT_TRUE(policy.text.starts_with("@id(")) << policy.text;
    EXPECT_NE(policy.text.find("@source("), std::string::npos) << policy.id;
    if (!policy.forbid) continue;
    const bool tried = attacks.contains("\n" + policy.id + " ") || attacks.contains(" " + policy.id + " ");
    EXPECT_TRUE(tried) << policy.id;
    EXPECT_NE(policy.text.find("@because("), std::string::npos) << policy.id;
  }
}

// === defects: each check that another core lacks, and what its absence would mean here ===

struct Defect {
  std::string name;  // free5gc#866, THR-010
  std::string mode;  // alone, role
  std::string rule;
  std::vector<std::string> words;
};

std::vector<Defect> defects() {
  std::vector<Defect> result;
  for (const std::string& line : vector_lines("sbi_defects.txt")) {
    auto words = split(line, ' ');
    Defect defect{words[0], words[1], words[2], {}};
    defect.words.assign(words.begin() + 3, words.end());
    result.push_back(std::move(defect));
  }
  return result;
}

// The rules without one; in the mode "role" over a core that lets everybody do everything, so that the rule is all
// there is between the caller and the operation.
PolicySet without(const PolicySet& rules, const std::string& rule, const std::string& mode) {
  std::string text;
  if (mode == "role") text = "@id(\"open-core\") permit (principal, action, resource);\n";
  for (const PolicyInfo& policy : rules.policies()) {
    if (policy.id != rule && (policy.forbid || mode == "alone")) text.append(policy.text) += "\n";
  }
  return parsed(text);
}

TEST(SbiDefects, AreRefusedByTheRuleThatIsMadeForThem) {
  const PolicySet set = sbi_rules();
  for (const auto& defect : defects()) {
    const auto asked = sbi_question(defect.words);
    const Decision decision = set.decide(asked.request, asked.entities);
    EXPECT_TRUE(decision.forbidden) << defect.name;
    EXPECT_TRUE(decision.errors.empty()) << defect.name;
    EXPECT_EQ(decision.determining, std::vector<std::string>{defect.rule})
        << defect.name << "\n"
        << describe(set, asked.request, asked.entities, decision);
  }
}

TEST(SbiDefects, WouldBePermittedWithoutThatRule) {
  const PolicySet set = sbi_rules();
  for (const auto& defect : defects()) {
    ASSERT_TRUE(defect.mode == "alone" || defect.mode == "role") << defect.name;
    const auto asked = sbi_question(defect.words);
    const PolicySet mutated = without(set, defect.rule, defect.mode);
    const Decision decision = mutated.decide(asked.request, asked.entities);
    EXPECT_TRUE(decision.allow) << defect.name << " " << defect.rule << "\n"
                                << describe(mutated, asked.request, asked.entities, decision);
  }
}

TEST(SbiDefects, NameEveryPublicOneOfTheResearch) {
  std::set<std::string> names;
  for (const auto& defect : defects()) names.insert(defect.name);
  for (const auto* issue : {"732", "733", "736", "839", "841", "842", "843", "846", "851", "852", "866", "873", "877",
                            "878", "882", "883"}) {
    EXPECT_TRUE(names.contains("free5gc#" + std::string(issue))) << issue;
  }
}

// === the rest ===

TEST(SbiRules, RefuseEverythingWhenThePrincipalsAttributesAreMissing) {
  const PolicySet set = sbi_rules();
  for (const std::string& line : vector_lines("sbi_permitted.txt")) {
    if (!line.contains("RegisterNFInstance")) continue;
    const auto asked = sbi_question(split(line, ' '));
    EXPECT_FALSE(set.decide(asked.request, Entities{}).allow) << line;
  }
}

TEST(SbiRules, TheIndexChangesNoAnswer) {
  const PolicySet set = sbi_rules();
  auto lines = vector_lines("sbi_permitted.txt");
  for (const std::string& line : vector_lines("sbi_attacks.txt")) lines.push_back(line.substr(line.find(' ') + 1));
  for (const std::string& line : lines) {
    const auto asked = sbi_question(split(line, ' '));
    const Decision indexed = set.decide(asked.request, asked.entities);
    const Decision all = set.decide(asked.request, asked.entities, Profile::fail_closed, Search::every);
    EXPECT_EQ(indexed.allow, all.allow) << line;
    EXPECT_EQ(indexed.determining, all.determining) << line;
  }
}

}  // namespace
}  // namespace cordon::policy
