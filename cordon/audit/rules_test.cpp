#include "cordon/audit/rules.h"

#include <gtest/gtest.h>

namespace cordon::audit {

namespace {

const std::string kKey(64, 'a');

AccessRules default_rules() {
  auto rules = read_rules(default_access_policy(), "audit.cedar", default_access_schema(), "audit.cedarschema");
  EXPECT_TRUE(rules) << rules.error().message;
  return std::move(*rules);
}

Auditors enrolled() {
  return {{"alice", {"alice", kKey, {"fraud-investigation", "quality"}}},
          {"court", {"court", kKey, {"lawful-request"}}},
          {"ghost", {"ghost", kKey, {"curiosity"}}}};
}

struct Case {
  std::string name;
  std::string auditor = "alice";
  std::string purpose = "fraud-investigation";
  std::string reference = "F-1";
  vault::Groups groups{.header = true, .analyst = false, .personal = false};
  bool subject = false;
  std::uint64_t records = 10;
  std::int64_t days = 1;
  std::string key = kKey;
  bool permit = false;
  std::string says = "";  // part of the reason
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }

constexpr vault::Groups kAll{.header = true, .analyst = true, .personal = true};
constexpr vault::Groups kPersonal{.header = false, .analyst = false, .personal = true};

const Case kCases[] = {
    {.name = "header_for_fraud", .permit = true, .says = "header of 10 records for fraud-investigation, case F-1"},
    {.name = "everything_about_one_subscriber", .groups = kAll, .subject = true, .permit = true},
    {.name = "personal_of_nobody_named", .groups = kPersonal, .says = "subjectNamed"},
    {.name = "personal_for_quality",
     .purpose = "quality",
     .groups = kPersonal,
     .subject = true,
     .says = "personal-for-cause does not hold"},
    {.name = "personal_of_too_many", .groups = kPersonal, .subject = true, .records = 1001},
    {.name = "header_of_too_many", .records = 10'001, .says = "header-for-a-purpose does not hold"},
    {.name = "no_purpose", .purpose = "", .says = "no purpose was stated"},
    {.name = "undeclared_purpose", .purpose = "curiosity", .says = "'curiosity' is no declared purpose"},
    {.name = "undeclared_purpose_of_an_auditor_enrolled_for_it",
     .auditor = "ghost",
     .purpose = "curiosity",
     .says = "no declared purpose"},
    {.name = "purpose_of_somebody_else", .purpose = "lawful-request"},
    {.name = "no_case", .reference = "", .says = "no-case-no-access forbids it"},
    {.name = "endless_case", .reference = std::string(201, 'c'), .says = "too long"},
    {.name = "not_enrolled", .auditor = "mallory", .says = "auditor mallory is not enrolled"},
    {.name = "another_key", .key = std::string(64, 'b'), .says = "enrolled with another key"},
    {.name = "nothing_asked_for", .groups = {false, false, false}, .says = "no group"},
    {.name = "too_old", .days = 731, .says = "old-evidence-needs-a-lawful-request forbids it"},
    {.name = "old_for_the_court", .auditor = "court", .purpose = "lawful-request", .days = 5000, .permit = true},
};

class AccessIsDecided : public testing::TestWithParam<Case> {};

TEST_P(AccessIsDecided, AsTheDefaultRulesSay) {
  const auto& each = GetParam();
  Question question{.auditor = each.auditor,
                    .purpose = each.purpose,
                    .case_reference = each.reference,
                    .filter = {},
                    .groups = each.groups};
  if (each.subject) question.filter.subject = "imsi-999700000000001";
  const auto ruling = decide(default_rules(), enrolled(), question, {"log", each.key, each.records, each.days});
  EXPECT_EQ(ruling.permit, each.permit) << ruling.reason;
  EXPECT_NE(ruling.reason.find(each.says), std::string::npos) << ruling.reason;
  EXPECT_EQ(ruling.reason.find("imsi-"), std::string::npos) << ruling.reason;
}

INSTANTIATE_TEST_SUITE_P(Rules, AccessIsDecided, testing::ValuesIn(kCases),
                         [](const auto& each) { return each.param.name; });

TEST(AccessRules, NameTheDeclaredPurposes) {
  const auto rules = default_rules();
  EXPECT_TRUE(rules.declares_purpose("lawful-request"));
  EXPECT_FALSE(rules.declares_purpose(""));
  EXPECT_EQ(rules.purposes().size(), 5U);
}

TEST(AccessRules, AreRefusedWhenTheyAreNotValidForTheirWords) {
  const auto with = [](std::string_view policies, std::string_view schema) {
    return read_rules(policies, "p.cedar", schema, "s.cedarschema");
  };
  EXPECT_FALSE(with("permit (principal, action, resource) when { context.purpos == 1 };", default_access_schema()));
  EXPECT_FALSE(with("permit (principal", default_access_schema()));
  EXPECT_FALSE(with(default_access_policy(), "entity Purpose"));
  const auto none = with("permit (principal, action, resource);", "entity Purpose enum [\"x\"];");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("declares no purposes"), std::string::npos);
}

TEST(AccessRules, RefuseWhenAPolicyErrs) {
  const auto rules = read_rules(
      "permit (principal, action, resource);"
      "@id(\"overflowing\") forbid (principal, action, resource) when { context.records * 9223372036854775807 > 1 };",
      "p.cedar", default_access_schema(), "s.cedarschema");
  ASSERT_TRUE(rules) << rules.error().message;
  const Question question{.auditor = "alice", .purpose = "quality", .case_reference = "1", .filter = {}};
  const auto ruling = decide(*rules, enrolled(), question, {"log", kKey, 2, 0});
  EXPECT_FALSE(ruling.permit);
  EXPECT_NE(ruling.reason.find("overflowing fails"), std::string::npos) << ruling.reason;
}

TEST(AccessRules, RefuseWhenNoPolicySpeaksOfIt) {
  const auto rules = read_rules("", "p.cedar", default_access_schema(), "s.cedarschema");
  ASSERT_TRUE(rules);
  const Question question{.auditor = "alice", .purpose = "quality", .case_reference = "1", .filter = {}};
  const auto ruling = decide(*rules, enrolled(), question, {"log", kKey, 2, 0});
  EXPECT_FALSE(ruling.permit);
  EXPECT_NE(ruling.reason.find("no policy permits it"), std::string::npos);
}

TEST(Auditors, AreReadBackFromTheirText) {
  EXPECT_EQ(parse_auditors(text_of(enrolled()), "auditors.json").value(), enrolled());
}

TEST(Auditors, AreRefusedWithThePlace) {
  for (const std::string& text : {std::string("{"), std::string("{}"), std::string(R"({"auditors": 1})"),
                                  std::string(R"({"auditors": [{"name": "A b", "key": ")") + kKey + "\"}]}",
                                  std::string(R"({"auditors": [{"name": "a", "key": "zz"}]})"),
                                  std::string(R"({"auditors": [{"name": "a", "key": ")") + kKey +
                                      R"("}, {"name": "a", "key": ")" + kKey + "\"}]}"}) {
    const auto read = parse_auditors(text, "auditors.json");
    ASSERT_FALSE(read) << text;
    EXPECT_TRUE(read.error().message.starts_with("auditors.json")) << read.error().message;
  }
}

TEST(Auditors, HavePlainNames) {
  EXPECT_TRUE(check_auditor_name("alice.b-c_2"));
  for (const std::string& name : {std::string(), std::string("../x"), std::string("A"), std::string(65, 'a')}) {
    EXPECT_FALSE(check_auditor_name(name)) << name;
  }
}

}  // namespace

}  // namespace cordon::audit
