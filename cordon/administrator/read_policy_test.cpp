#include "cordon/administrator/read_policy.h"

#include <gtest/gtest.h>

#include "cordon/administrator/test_sources.h"

namespace cordon::administrator {
namespace {

using namespace test;

std::string error_of(const Sources& sources) {
  const auto read = read_policy(sources);
  return read ? "accepted" : read.error().message;
}

TEST(ReadPolicy, TakesAPlainFileForTheLaboratory) {
  const TestSources files;
  const auto read = read_policy(files.sources);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->checked.text, kPolicy);
  EXPECT_FALSE(read->bundle);
}

TEST(ReadPolicy, TakesTheSchemaNamedBesideIt) {
  TestSources files;
  files.sources.schema = files.folder / "my.cedarschema";
  EXPECT_TRUE(error_of(files.sources).contains("my.cedarschema"));
  ASSERT_TRUE(write_file(*files.sources.schema, "entity A; action go appliesTo { principal: A, resource: A };"));
  files.write_policy("permit (principal is A, action, resource);");
  EXPECT_EQ(error_of(files.sources), "accepted");
  files.write_policy("permit (principal is Nf, action, resource);");
  EXPECT_NE(error_of(files.sources), "accepted");
}

TEST(ReadPolicy, TakesABundleOfATrustedSigner) {
  TestSources files;
  files.trust({&alice(), &bob()});
  EXPECT_TRUE(error_of(files.sources).contains("sbi.bundle"));  // none yet
  files.write_bundle(files.contents(3));
  const auto read = read_policy(files.sources);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->checked.text, kPolicy);
  EXPECT_EQ(read->bundle->manifest.version, 3U);
  EXPECT_EQ(read->bundle->signers, std::vector<std::string>{"alice"});
}

TEST(ReadPolicy, RefusesAnUnsignedBundleHoweverManyKeysThereAre) {
  TestSources files;
  files.trust({&alice(), &bob()});
  files.write_bundle(files.contents(3), {});
  EXPECT_TRUE(error_of(files.sources).contains("sbi.bundle: it is not signed")) << error_of(files.sources);
}

TEST(ReadPolicy, RefusesAPlainFileWhereABundleIsExpectedAndTheOtherWayRound) {
  TestSources files;
  const auto plain = files.sources.policy;
  files.trust();
  files.write_bundle(files.contents(1));
  const auto bundle = files.sources.policy;
  files.sources.policy = plain;
  EXPECT_TRUE(error_of(files.sources).contains("truncated")) << error_of(files.sources);  // shorter than a header
  files.sources.bundle.reset();
  files.sources.policy = bundle;
  EXPECT_NE(error_of(files.sources), "accepted");
}

TEST(ReadPolicy, RefusesKeysThatCannotBeReadOrAreNamedTwice) {
  TestSources files;
  files.trust();
  files.write_bundle(files.contents(1));
  const auto key = files.sources.bundle->keys[0];
  files.sources.bundle->keys.push_back(key);
  EXPECT_TRUE(error_of(files.sources).contains("name each key once"));
  files.sources.bundle->keys = {files.folder / "missing.pub"};
  EXPECT_TRUE(error_of(files.sources).contains("missing.pub"));
  files.sources.bundle->keys = {files.sources.inventory};
  EXPECT_TRUE(error_of(files.sources).contains("two PEM blocks"));
  files.sources.bundle->keys = {};
  EXPECT_TRUE(error_of(files.sources).contains("no key is trusted"));
}

TEST(ReadPolicy, NamesTheMemberThatIsWrong) {
  TestSources files;
  files.trust();
  auto contents = files.contents(1);
  contents.members.push_back({"policies/zz.cedar", "\npermit (principal, action, resource) when { principal.x };"});
  files.write_bundle(contents);
  EXPECT_TRUE(error_of(files.sources).contains("sbi.bundle:policies/zz.cedar:2:")) << error_of(files.sources);
}

TEST(ReadPolicy, HoldsABundleAgainstItsOwnSchemaElseTheConfiguredElseTheBuiltIn) {
  TestSources files;
  files.trust();
  auto contents = files.contents(1, "permit (principal is A, action, resource);\n");
  files.write_bundle(contents);
  EXPECT_NE(error_of(files.sources), "accepted");  // the built-in one knows no A
  files.sources.schema = files.folder / "my.cedarschema";
  EXPECT_TRUE(error_of(files.sources).contains("my.cedarschema"));
  ASSERT_TRUE(write_file(*files.sources.schema, "entity A; action go appliesTo { principal: A, resource: A };"));
  EXPECT_EQ(error_of(files.sources), "accepted");
  contents.members.push_back({"schema.cedarschema", "entity B; action go appliesTo { principal: B, resource: B };"});
  files.write_bundle(contents);
  EXPECT_NE(error_of(files.sources), "accepted");
}

TEST(ReadPolicy, RefusesABundleWhosePolicySetHashIsNotThatOfItsPolicies) {
  TestSources files;
  files.trust();
  auto contents = files.contents(1);
  contents.policy_set_hash = std::string(64, '0');
  files.write_bundle(contents);
  EXPECT_TRUE(error_of(files.sources).contains("its manifest names the policy set 000")) << error_of(files.sources);
}

TEST(ReadPolicy, ShowsThePoliciesOfAFileAndOfABundle) {
  TestSources files;
  EXPECT_EQ(policy_text(files.sources.policy).value(), kPolicy);
  files.trust();
  EXPECT_FALSE(policy_text(files.sources.policy));  // none yet
  auto contents = files.contents(1);
  contents.members.push_back({"policies/zz.cedar", "// more"});
  files.write_bundle(contents);
  EXPECT_EQ(policy_text(files.sources.policy).value(), std::string(kPolicy) + "// more");
}

TEST(ReadPolicy, WatchesEveryFileThatMatters) {
  enforcement::Settings settings;
  settings.policy = "p";
  settings.inventory = "i";
  settings.schema = "s";
  settings.bundle = enforcement::BundleTrust{.keys = {"k", "l"}};
  EXPECT_EQ(files_of(sources_of(settings)), (std::vector<std::filesystem::path>{"p", "i", "s", "k", "l"}));
}

}  // namespace
}  // namespace cordon::administrator
