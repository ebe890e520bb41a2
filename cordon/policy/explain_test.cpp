#include "cordon/policy/explain.h"

#include "cordon/policy/test_support.h"

namespace cordon::policy {
namespace {

Request sbi_request() {
  return {.principal = {"Nf", "f99d8d52"},
          .action = {"Action", "nnrf-nfm:RegisterNFInstance"},
          .resource = {"Service", "f97352f8/nnrf-nfm"},
          .context = {{"body", Record{{"nfType", "AMF"}}}, {"access", "write"}, {"risk", 3}}};
}

Entities sbi_entities() {
  Entities store;
  EXPECT_TRUE(store.add({{"Nf", "f99d8d52"}, {{"nfType", "BSF"}, {"ok", true}}, {{"NfType", "BSF"}}}));
  return store;
}

std::vector<NearMiss> misses(const std::string& conditions) {
  return parsed("permit(principal, action, resource) " + conditions + ";").near_misses(sbi_request(), sbi_entities());
}

TEST(NearMiss, NamesTheClauseAndTheValuesThatFailedIt) {
  const auto found =
      misses("when { context.access == \"write\" }\nwhen {\n  context.body.nfType ==\n  principal.nfType }");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].policy, "policy0");
  EXPECT_EQ(found[0].clause, "when { context.body.nfType == principal.nfType }");
  EXPECT_EQ(found[0].because, "context.body.nfType is \"AMF\", principal.nfType is \"BSF\"");
}

struct Explained {
  std::string conditions;
  std::string because;
};

TEST(NearMiss, ExplainsTheSmallestTellingPart) {
  for (const Explained& one : std::vector<Explained>{
           {"when { true && context.risk < 3 && false }", "context.risk is 3"},
           {"when { context.risk > 3 || context.access == \"read\" }",
            "context.risk is 3; context.access is \"write\""},
           {"unless { context.risk == 3 }", "context.risk is 3"},
           {"unless { context.risk == 4 || context.access == \"write\" }", "context.access is \"write\""},
           {"unless { context.risk == 3 && context.access == \"write\" }",
            "context.risk is 3; context.access is \"write\""},
           {"when { !principal.ok }", "principal.ok is true"},
           {"when { context has token }", "context.token is absent"},
           {"when { context has body.nfInstanceId }", "context.body.nfInstanceId is absent"},
           {"unless { context has body }", "context.body is present"},
           {"when { false }", "it says false"},
           {"when { context.token.sub == 1 }", "the record has no attribute \"token\""},
           {"when { principal in NfType::\"AMF\" }", "principal is Nf::\"f99d8d52\""},
           {"when { [\"read\"].contains(context.access) }", "context.access is \"write\""},
           {"when { context.access like \"r*\" }", "context.access is \"write\""},
           {"when { (if context.risk == 3 then context.access == \"read\" else true) }",
            "context.risk is 3; context.access is \"write\""},
           {"when { 1 == 2 }", "1 == 2 is false"},
           {"when { principal.hasTag(\"zone\") }", "principal.hasTag(\"zone\") is false"},
           {"when { principal.hasTag(context.access) }",
            "principal is Nf::\"f99d8d52\", context.access is \"write\""},
           {"when { principal.getTag(\"zone\") }", "Nf::\"f99d8d52\" has no tag \"zone\""},
           {"when { ip(\"10.0.0.1\").isInRange(ip(\"11.0.0.0/8\")) }",
            "ip(\"10.0.0.1\").isInRange(ip(\"11.0.0.0/8\")) is false"},
           {"when { duration(\"1h\").toMinutes() < context.risk }", "context.risk is 3"},
           {"when { context.risk }", "type error: expected Bool, got Long"}}) {
    const auto found = misses(one.conditions);
    ASSERT_EQ(found.size(), 1U) << one.conditions;
    EXPECT_EQ(found[0].because, one.because) << one.conditions;
  }
}

TEST(NearMiss, LeavesOutForbidsOtherScopesAndWhatHolds) {
  const PolicySet set = parsed(
      "forbid(principal, action, resource) when { false };\n"
      "permit(principal == Nf::\"other\", action, resource) when { false };\n"
      "permit(principal, action, resource) when { true };\n");
  EXPECT_TRUE(set.near_misses(sbi_request(), sbi_entities()).empty());
}

TEST(NearMiss, NamesAtMostAsManyAsAsked) {
  std::string text;
  for (int i = 0; i < 5; ++i) text += "permit(principal, action, resource) when { false };";
  EXPECT_EQ(parsed(text).near_misses(sbi_request(), sbi_entities(), 2).size(), 2U);
  EXPECT_EQ(parsed(text).near_misses(sbi_request(), sbi_entities()).size(), 3U);
}

TEST(NearMiss, CutsLongValuesBetweenCharacters) {
  Request request = sbi_request();
  std::string many = "x";
  for (int i = 0; i < 300; ++i) many += "é";
  request.context["access"] = many;
  const auto found = parsed("permit(principal, action, resource) when { context.access == \"read\" };")
                         .near_misses(request, sbi_entities());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_LT(found[0].because.size(), 260U);
  EXPECT_TRUE(found[0].because.ends_with("é..."));
}

TEST(NearMiss, CutsLongReasons) {
  std::string condition = "context.risk > 3";
  for (int i = 0; i < 500; ++i) condition += " || context.risk > 3";
  const auto found = misses("when { " + condition + " }");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_LE(found[0].because.size(), 1003U);
}

std::string described(const std::string& text) {
  const PolicySet set = parsed(text);
  return describe(set, sbi_request(), sbi_entities(), set.decide(sbi_request(), sbi_entities()));
}

TEST(Describe, TellsWhatWasAskedAndWhichRuleAnswered) {
  EXPECT_EQ(
      described(
          "@id(\"own\") @because(\"only its own\") @source(\"TS 29.510\")\nforbid(principal, action, resource);"),
      "Nf::\"f99d8d52\"\n  asks Action::\"nnrf-nfm:RegisterNFInstance\"\n  of   Service::\"f97352f8/nnrf-nfm\"\n"
      "refused by\n  own (test.cedar:1)\n    because: only its own\n    source: TS 29.510\n");
  EXPECT_NE(described("permit(principal, action, resource);").find("permitted by\n  policy0 (test.cedar:1)"),
            std::string::npos);
}

TEST(Describe, TellsWhatCameNearest) {
  const std::string text = described("@id(\"near\") permit(principal, action, resource) when { context.risk < 3 };");
  EXPECT_NE(text.find("refused: no rule permits it\nnearly permitted by\n  near (test.cedar:1)\n"
                      "    when { context.risk < 3 } failed: context.risk is 3\n"),
            std::string::npos)
      << text;
}

TEST(Describe, TellsOfRulesThatCouldNotBeEvaluated) {
  const std::string text = described("@id(\"broken\") forbid(principal, action, resource) when { context.none };");
  EXPECT_NE(
      text.find(
          "refused (fail closed): could not evaluate\n  broken (test.cedar:1)\nerror in broken: test.cedar:1:58: "
          "the record has no attribute \"none\"\n"),
      std::string::npos)
      << text;
}

TEST(Describe, NamesRulesItDoesNotKnow) {
  Decision decision;
  decision.forbidden = true;
  decision.determining = {"elsewhere"};
  EXPECT_NE(describe(parsed(""), sbi_request(), sbi_entities(), decision).find("  elsewhere\n"), std::string::npos);
}

// What identifies a subscriber is named, never shown: explanations travel to records, answers and terminals.
TEST(Explain, ShowsPersonalValuesByNameOnly) {
  Request request = small_request();
  request.context.insert_or_assign("supi", Value("imsi-999700000000001"));
  request.context.insert_or_assign("asked", Record{{"gpsi", Value("msisdn-491700000001")}, {"n", Value(3)}});
  const auto because = [&](std::string_view clause) {
    const auto set = parsed(std::format("permit(principal, action, resource) when {{ {} }};", clause));
    return set.near_misses(request, Entities()).at(0).because;
  };
  EXPECT_EQ(because("context.supi == \"x\""), "context.supi is (personal)");
  EXPECT_EQ(because("context[\"supi\"] like \"x*\""), "context[\"supi\"] is (personal)");
  EXPECT_EQ(because("context.asked == {n: 1}"), "context.asked is {gpsi: (personal), n: 3}");
  EXPECT_EQ(because("context.asked.n == 1"), "context.asked.n is 3");
}

}  // namespace
}  // namespace cordon::policy
