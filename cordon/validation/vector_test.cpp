// Policies that the reference has judged: vectors/policies.txt.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cordon/validation/validate.h"

namespace cordon::validation {

namespace {

struct Case {
  std::string schema;
  std::string policy;
  std::vector<policy::Link> links;
  std::string expected;
};

struct Vectors {
  std::map<std::string, std::string> schemas;
  std::vector<Case> cases;
};

policy::EntityUid uid_of(const std::string& text) {
  const std::size_t quote = text.find("::\"");
  return {text.substr(0, quote), text.substr(quote + 3, text.size() - quote - 4)};
}

// "link0 principal User::"a" resource Doc::"d""
policy::Link link_of(const std::string& line) {
  std::istringstream words(line);
  policy::Link link{.template_id = "policy0", .id = {}, .principal = {}, .resource = {}};
  words >> link.id;
  for (std::string slot, uid; words >> slot >> uid;)
    (slot == "principal" ? link.principal : link.resource) = uid_of(uid);
  return link;
}

std::string schema_text(std::istream& file) {
  std::string text;
  for (std::string line; std::getline(file, line) && line != "@end";) text += line + "\n";
  return text;
}

Vectors read() {
  std::ifstream file(CORDON_SOURCE_DIR "/cordon/validation/vectors/policies.txt");
  Vectors vectors;
  std::string use;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("@schema ")) vectors.schemas[line.substr(8)] = schema_text(file);
    if (line.starts_with("@use ")) use = line.substr(5);
    if (line.starts_with("> ")) vectors.cases.push_back({use, line.substr(2), {}, {}});
    if (line.starts_with("+ ")) vectors.cases.back().links.push_back(link_of(line.substr(2)));
    if (line.starts_with("< ")) vectors.cases.back().expected = line.substr(2);
  }
  return vectors;
}

std::string rules(const std::vector<Finding>& findings) {
  std::set<std::string> rules;
  for (const Finding& finding : findings) {
    rules.insert((finding.policy == "policy0" ? "" : finding.policy + ":") + finding.rule);
  }
  std::string text;
  for (const std::string& rule : rules) text += (text.empty() ? "" : " ") + rule;
  return text;
}

std::string judge(const Case& one, const schema::Schema& schema) {
  const auto set =
      policy::PolicySet::parse(one.policy, "policy", {.naming = policy::Naming::position, .links = one.links});
  if (!set) return set.error().message;
  const Findings findings = validate(*set, schema);
  const std::string errors = findings.valid() ? "ok" : rules(findings.errors);
  return errors + (findings.warnings.empty() ? "" : " / " + rules(findings.warnings));
}

}  // namespace

TEST(Vectors, EveryPolicyBreaksTheRulesTheReferenceSaysItBreaks) {
  const Vectors vectors = read();
  std::map<std::string, schema::Schema> schemas;
  for (const auto& [name, text] : vectors.schemas) {
    auto schema = schema::Schema::parse(text, name);
    ASSERT_TRUE(schema) << schema.error().message;
    schemas.emplace(name, *schema);
  }
  ASSERT_GE(vectors.cases.size(), 300U);
  for (const Case& one : vectors.cases) EXPECT_EQ(judge(one, schemas.at(one.schema)), one.expected) << one.policy;
}

}  // namespace cordon::validation
