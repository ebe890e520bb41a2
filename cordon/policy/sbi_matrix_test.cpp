// policies/sbi.cedar against the matrix: every operation asked by every NF type. What the table names is permitted,
// so no guard contradicts it; what it does not name is refused.
#include <algorithm>
#include <set>

#include "cordon/policy/explain.h"
#include "cordon/policy/sbi_question.h"
#include "cordon/policy/test_support.h"

namespace cordon::policy {
namespace {

struct Row {
  std::string action;
  std::string producer;
  std::set<std::string> consumers;

  bool names(const std::string& type) const { return consumers.contains(type) || consumers.contains("any"); }
};

std::vector<Row> rows() {
  std::vector<Row> result;
  for (const std::string& line : vector_lines("sbi_matrix.txt")) {
    const auto words = split(line, ' ');
    result.push_back({words[0], words[1] == "any" ? "AMF" : words[1], {words.begin() + 2, words.end()}});
  }
  return result;
}

// A request in which every identity that could be asserted is the caller's own.
std::vector<std::string> honest(const std::string& type, const Row& row, const std::vector<std::string>& path) {
  std::vector<std::string> words = {type, row.producer, row.action};
  for (const auto& name : path) words.push_back("path." + name + "=own");
  for (const auto* name : {"nfInstanceId", "amfInstanceId", "smfInstanceId", "smsfInstanceId", "nwdafInstanceId"}) {
    words.push_back("body." + std::string(name) + "=own");
  }
  words.push_back("body.nfType=" + type);
  words.push_back("body.patchPaths=/load");
  words.push_back("query.requester-nf-type=" + type);
  words.push_back("query.target-nf-type=" + type);
  return words;
}

class Matrix : public testing::Test {
 protected:
  Decision decide(const std::string& type, const Row& row, const std::vector<std::string>& path) const {
    const auto asked = sbi_question(honest(type, row, path));
    return rules.decide(asked.request, asked.entities);
  }

  const PolicySet rules = sbi_rules();
  const std::vector<Row> table = rows();
};

TEST_F(Matrix, HasEveryOperationOfTheCatalogue) {
  std::set<std::string> listed;
  for (const auto& row : table) listed.insert(row.action);
  EXPECT_EQ(listed.size(), sbi_operations().size());
  for (const auto& operation : sbi_operations()) EXPECT_TRUE(listed.contains(operation.action)) << operation.action;
}

TEST_F(Matrix, PermitsExactlyTheNfTypesItNames) {
  const auto types = sbi_nf_types();
  EXPECT_GT(types.size(), 60U);
  std::size_t permitted = 0, refused = 0;
  for (const auto& row : table) {
    const auto operation = std::ranges::find(sbi_operations(), row.action, &SbiOperation::action);
    ASSERT_NE(operation, sbi_operations().end()) << row.action;
    for (const auto& type : types) {
      const Decision decision = decide(type, row, operation->path);
      EXPECT_EQ(decision.allow, row.names(type))
          << type << " " << row.action << " at " << row.producer << " by "
          << (decision.determining.empty() ? "-" : decision.determining.back());
      EXPECT_TRUE(decision.errors.empty()) << row.action;
      ++(decision.allow ? permitted : refused);
    }
  }
  EXPECT_GT(permitted, 1000U);
  EXPECT_GT(refused, 40000U);
}

TEST_F(Matrix, PermitsNothingAtAProducerThatDoesNotServeTheOperation) {
  for (auto row : table) {
    const auto operation = std::ranges::find(sbi_operations(), row.action, &SbiOperation::action);
    if (row.consumers.contains("-") || std::ranges::contains(operation->groups, "callback")) continue;
    const auto type = row.consumers.contains("any") ? std::string("AMF") : *row.consumers.begin();
    row.producer = "RH";
    EXPECT_FALSE(decide(type, row, operation->path).allow) << row.action;
  }
}

}  // namespace
}  // namespace cordon::policy
