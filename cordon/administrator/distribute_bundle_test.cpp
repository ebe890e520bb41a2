// The engine with a signed bundle as its policy: what is activated, what is refused, and what survives a crash.
#include <gtest/gtest.h>

#include "cordon/administrator/distribute.h"
#include "cordon/administrator/test_engine.h"

namespace cordon::administrator {
namespace {

using namespace test;

constexpr std::string_view kSecond = "@id(\"second\") permit (principal, action, resource);\n";

class BundleEngine : public EngineTest {
 protected:
  BundleEngine() {
    files.trust();
    files.write_bundle(files.contents(7));
  }
  // Writes the bundle and lets the engine look; the number of the snapshot a proxy then gets.
  std::uint64_t after(const bundle::Contents& contents, const std::vector<bundle::SigningPair>& by = {alice()}) {
    files.write_bundle(contents, by);
    engine->check_sources();
    return now().sequence;
  }
  enforcement::Snapshot now() { return opened(connect()->lines[0]); }
  std::string stored_versions() const { return read_file(places.versions).value_or(""); }
  bundle::Contents with_policy(std::uint64_t version, std::string_view policy) const {
    return files.contents(version, policy);
  }
};

TEST_F(BundleEngine, ActivatesABundleAndKeepsItsVersionFirst) {
  ASSERT_TRUE(start());
  EXPECT_EQ(now().policy, kPolicy);
  EXPECT_TRUE(stored_versions().contains(R"("name":"sbi","version":7)")) << stored_versions();
  EXPECT_EQ(after(files.contents(8, kSecond)), 2U);
  EXPECT_EQ(now().policy, kSecond);
  EXPECT_TRUE(stored_versions().contains(R"("version":8)"));
}

TEST_F(BundleEngine, RefusesAnOlderOneAlsoAfterARestart) {
  ASSERT_TRUE(start());
  EXPECT_EQ(after(files.contents(6, kSecond)), 1U);
  EXPECT_EQ(now().policy, kPolicy);
  const auto restarted = start();
  ASSERT_FALSE(restarted);
  EXPECT_TRUE(restarted.error().message.contains("older than 7")) << restarted.error().message;
  files.write_bundle(files.contents(7));
  EXPECT_TRUE(start());
}

TEST_F(BundleEngine, RefusesOtherContentUnderTheSameVersion) {
  ASSERT_TRUE(start());
  EXPECT_EQ(after(files.contents(7, kSecond)), 1U);
  EXPECT_EQ(now().policy, kPolicy);
}

TEST_F(BundleEngine, RefusesWhatIsUnsignedOfAnotherSignerOrNotValidAndSpendsNoVersionOnIt) {
  ASSERT_TRUE(start());
  EXPECT_EQ(after(files.contents(8, kSecond), {}), 1U);
  EXPECT_EQ(after(files.contents(8, kSecond), {bob()}), 1U);
  EXPECT_EQ(after(files.contents(8, "permit (principal, action, resource) when { principal.nothing };\n")), 1U);
  EXPECT_EQ(now().policy, kPolicy);
  EXPECT_TRUE(stored_versions().contains(R"("version":7)"));
  EXPECT_EQ(after(files.contents(8, kSecond)), 2U);
}

TEST_F(BundleEngine, FollowsARotationOfKeys) {
  files.sources.bundle.reset();
  files.trust({&alice(), &bob()});
  ASSERT_TRUE(start());
  EXPECT_EQ(after(files.contents(8, kSecond), {alice(), bob()}), 2U);
  EXPECT_EQ(after(files.contents(9), {bob()}), 3U);
  // The old key is taken out: its file now holds the new one's, and what only it signed counts no more.
  files.sources.bundle->keys = {files.folder / "bob.pub"};
  ASSERT_TRUE(start());
  EXPECT_EQ(after(files.contents(10, kSecond), {alice()}), 4U);
  EXPECT_EQ(now().policy, kPolicy);
  EXPECT_EQ(after(files.contents(10, kSecond), {bob()}), 5U);
}

TEST_F(BundleEngine, NoticesAChangedKeyFile) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(write_file(files.sources.bundle->keys[0], bob().public_pair().pem()));
  EXPECT_EQ(after(files.contents(8, kSecond)), 1U);  // alice's key is gone
  EXPECT_EQ(after(files.contents(8, kSecond), {bob()}), 2U);
}

TEST_F(BundleEngine, DoesNotStartWhenTheRecordOfVersionsIsLostOrDamaged) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(write_file(places.versions, "{}"));
  EXPECT_TRUE(start().error().message.contains("bundle-versions.json"));
  std::filesystem::remove(places.versions);
  const auto lost = start();
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().message.contains("write into it the version that last ran")) << lost.error().message;
  ASSERT_TRUE(
      write_file(places.versions, R"({"format":"cordon-bundle-versions-1","bundles":[{"name":"sbi","version":7}]})"));
  EXPECT_TRUE(start());
}

TEST_F(BundleEngine, HasARecordOfVersionsFromItsFirstStartWhateverThePolicyWasThen) {
  TestSources plain;
  files.sources.bundle.reset();
  files.sources.policy = plain.sources.policy;
  ASSERT_TRUE(start());
  EXPECT_TRUE(std::filesystem::exists(places.versions));
  files.trust();
  EXPECT_TRUE(start());
}

TEST_F(BundleEngine, PublishesNothingWhoseVersionTheDiskDidNotTake) {
  places.versions = files.folder / "versions/bundle-versions.json";
  EXPECT_FALSE(start());
  std::filesystem::create_directory(files.folder / "versions");
  ASSERT_TRUE(start());
  std::filesystem::remove_all(files.folder / "versions");
  EXPECT_EQ(after(files.contents(8, kSecond)), 1U);
  std::filesystem::create_directory(files.folder / "versions");
  engine->check_sources();  // the change waited for its version
  EXPECT_EQ(now().policy, kSecond);
}

// Killed after the version was written and before anything was published, the engine goes on with the new set.
TEST_F(BundleEngine, GoesOnWithTheNewSetWhenItWasKilledBetweenVersionAndSnapshot) {
  ASSERT_TRUE(start());
  const auto sequence = read_file(places.sequence).value();
  EXPECT_EQ(after(files.contents(8, kSecond)), 2U);
  ASSERT_TRUE(write_file(places.sequence, sequence));  // as if the number had not been written yet
  ASSERT_TRUE(start());
  EXPECT_EQ(now().policy, kSecond);
  EXPECT_EQ(now().sequence, 2U);
}

TEST_F(BundleEngine, TakesAnotherNameOnlyWhenTheConfigurationSaysIt) {
  ASSERT_TRUE(start());
  auto lab = files.contents(9, kSecond);
  lab.name = "lab";
  EXPECT_EQ(after(lab), 1U);
  files.sources.bundle->name = "lab";
  ASSERT_TRUE(start());
  EXPECT_EQ(now().policy, kSecond);
  EXPECT_EQ(after(files.contents(10)), 2U);  // 'lab' is expected
}

TEST_F(BundleEngine, SendsTheBundlesEntitiesWithTheSnapshot) {
  auto contents = files.contents(8);
  contents.members.push_back(
      {"entities.json", R"([{"uid": {"type": "Plmn", "id": "00101"}, "attrs": {}, "parents": []}])"});
  files.write_bundle(contents);
  ASSERT_TRUE(start());
  const auto protection = enforcement::compile(now());
  ASSERT_TRUE(protection) << protection.error().message;
  EXPECT_NE((*protection)->entities.find({"Plmn", "00101"}), nullptr);
}

}  // namespace
}  // namespace cordon::administrator
