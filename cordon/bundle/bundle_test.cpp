#include "cordon/bundle/bundle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "cordon/bundle/test_bundle.h"

namespace cordon::bundle {
namespace {

using namespace test;

std::string error_of(BytesView archive, const Trust& by = trust({alice()})) {
  const auto opened = open(archive, by);
  return opened ? "accepted" : opened.error().message;
}

// What somebody without the key can do: take the archive apart, change it, put it together again.
using Change = std::function<void(std::vector<Member>&)>;
std::string error_after(const Change& change, const Trust& by = trust({alice()})) {
  auto members = members_of(signed_bundle());
  change(members);
  return error_of(write_archive(members).value(), by);
}

// What the signer himself can do wrong: the manifest signed as it is.
std::string error_of_manifest(const std::string& text) {
  auto members = members_of(signed_bundle());
  members.front().content = text;
  members.back().content = to_text(std::vector{sign(text, alice()).value()});
  return error_of(write_archive(members).value());
}

TEST(Bundle, OpensWithATrustedKey) {
  const auto bundle = open(signed_bundle(), trust({bob(), alice()}));
  ASSERT_TRUE(bundle) << bundle.error().message;
  EXPECT_EQ(bundle->manifest.name, "sbi");
  EXPECT_EQ(bundle->manifest.version, 7U);
  EXPECT_EQ(bundle->manifest.created, kCreated);
  ASSERT_EQ(bundle->policies().size(), 1U);
  EXPECT_EQ(bundle->policies()[0]->content, kPermit);
  EXPECT_EQ(bundle->find(kSchema)->content, "entity Nf;\n");
  EXPECT_EQ(bundle->find(kEntities)->content, "[]\n");
  EXPECT_EQ(bundle->find(kSchemaJson), nullptr);
  EXPECT_EQ(bundle->signers, std::vector<std::string>{"alice"});
}

TEST(Bundle, BeginsWithItsManifestAndEndsWithItsSignatures) {
  const auto members = members_of(signed_bundle());
  std::vector<std::string> names;
  for (const auto& member : members) names.push_back(member.name);
  EXPECT_EQ(names, (std::vector<std::string>{"manifest.json", "entities.json", "policies/sbi.cedar",
                                             "schema.cedarschema", "signatures.json"}));
}

TEST(Bundle, IsTheSameWhateverTheOrderOfItsContents) {
  auto turned = contents();
  std::ranges::reverse(turned.members);
  EXPECT_EQ(create(turned).value(), create(contents()).value());
}

TEST(Bundle, HasItsPoliciesInTheOrderOfTheirNames) {
  auto of = contents();
  of.members = {{"policies/b.cedar", "// b"}, {"policies/a.cedar", "// a"}, {"policies/c.cedar", ""}};
  const auto bundle = open(signed_bundle({alice()}, of), trust({alice()}));
  ASSERT_TRUE(bundle) << bundle.error().message;
  ASSERT_EQ(bundle->policies().size(), 3U);
  for (const auto i : {0UZ, 1UZ, 2UZ})
    EXPECT_EQ(bundle->policies()[i]->name, std::format("policies/{}.cedar", "abc"[i]));
}

TEST(Bundle, ThatNobodySignedIsRefusedWithOneKeyAndWithSeveral) {
  const auto unsigned_one = create(contents()).value();
  EXPECT_TRUE(error_of(unsigned_one).contains("not signed"));
  EXPECT_TRUE(error_of(unsigned_one, trust({alice(), bob()})).contains("not signed"));
  EXPECT_TRUE(error_of(unsigned_one, Trust{}).contains("no key is trusted"));
  EXPECT_TRUE(error_after([](auto& members) { members.pop_back(); }).contains("not signed"));
}

TEST(Bundle, OfAnUnknownOrWrongSignerIsRefused) {
  EXPECT_TRUE(error_of(signed_bundle({bob()})).contains("no trusted key"));
  const auto of_another = members_of(signed_bundle({alice()}, contents(8))).back().content;
  EXPECT_TRUE(error_after([&](auto& members) { members.back().content = of_another; }).contains("'alice' is wrong"));
}

TEST(Bundle, WithOnlyOneOfTheTwoAlgorithmsIsRefused) {
  for (const auto* half : {"ed25519", "ml_dsa_65"}) {
    const auto error = error_after([&](auto& members) {
      auto& text = members.back().content;
      const auto from = text.find(std::format("\"{}\": \"", half)) + std::string_view(half).size() + 5;
      text.erase(from, text.find('"', from) - from);
    });
    EXPECT_TRUE(error.contains("alone")) << error;
  }
}

TEST(Bundle, CarriesTheSignaturesOfARotation) {
  const auto both = add_signature(signed_bundle(), bob());
  ASSERT_TRUE(both) << both.error().message;
  for (const auto& by : {trust({alice()}), trust({bob()}), trust({alice(), bob()}), trust({alice(), bob()}, 2)}) {
    EXPECT_EQ(error_of(*both, by), "accepted");
  }
  EXPECT_EQ(open(*both, trust({alice()}))->digest, open(signed_bundle(), trust({alice()}))->digest);
  EXPECT_TRUE(add_signature(*both, bob()).error().message.contains("'bob' has signed it already"));
  EXPECT_FALSE(add_signature({}, bob()));
  EXPECT_EQ(inspect(*both)->signers, (std::vector<std::string>{"alice", "bob"}));
}

TEST(Bundle, WithAChangedMissingOrAddedMemberIsRefused) {
  EXPECT_TRUE(error_after([](auto& m) {
                m[2].content += "permit (principal, action, resource);";
              }).contains("'policies/sbi.cedar' was changed"));
  EXPECT_TRUE(error_after([](auto& m) { m[2].content[0] = '!'; }).contains("was changed"));
  EXPECT_TRUE(
      error_after([](auto& m) { m.erase(m.begin() + 1); }).contains("'entities.json' of the manifest is missing"));
  EXPECT_TRUE(error_after([](auto& m) {
                m.insert(m.begin() + 1, {"policies/evil.cedar", "x"});
              }).contains("'policies/evil.cedar' is not in the manifest"));
  EXPECT_TRUE(error_after([](auto& m) {
                m.push_back({"policies/evil.cedar", "x"});
              }).contains("signatures.json is not the last"));
  EXPECT_TRUE(error_after([](auto& m) { m.insert(m.begin() + 2, m[2]); }).contains("there twice"));
  EXPECT_TRUE(error_after([](auto& m) { std::swap(m[1], m[2]); }).contains("order"));
  EXPECT_TRUE(error_after([](auto& m) { std::swap(m[0], m[1]); }).contains("manifest.json is not the first"));
  EXPECT_TRUE(error_after([](auto& m) { m.clear(); }).contains("no bundle"));
}

TEST(Bundle, WithAChangedManifestIsRefused) {
  EXPECT_TRUE(
      error_after([](auto& m) { m[0].content = replaced(m[0].content, "7", "8"); }).contains("'alice' is wrong"));
}

TEST(Bundle, TruncatedAnywhereOrWithSomethingBehindIsRefused) {
  const auto archive = signed_bundle();
  for (std::size_t size = 0; size < archive.size(); size += 97) {
    EXPECT_NE(error_of(BytesView(archive).first(size)), "accepted") << size;
  }
  auto longer = archive;
  longer.push_back('\n');
  EXPECT_TRUE(error_of(longer).contains("after the archive's end"));
}

TEST(Bundle, RightlySignedButNotOfThisFormatIsRefused) {
  const auto text = members_of(signed_bundle()).front().content;
  EXPECT_EQ(error_of_manifest(text), "accepted");
  EXPECT_TRUE(error_of_manifest(replaced(text, "cordon-bundle-1", "cordon-bundle-9")).contains("format"));
  EXPECT_TRUE(error_of_manifest(replaced(text, "Cedar 4.5", "Cedar 5.0")).contains("Cedar 5.0"));
  EXPECT_TRUE(error_of_manifest(replaced(text, "policies/sbi", "../../sbi")).contains("'..'"));
}

TEST(Bundle, HoldsOnlyWhatABundleMayHold) {
  const auto error_with = [](std::vector<Member> members) {
    auto of = contents();
    of.members = std::move(members);
    const auto made = create(of);
    return made ? "made" : made.error().message;
  };
  const Member policy{"policies/a.cedar", ""};
  EXPECT_EQ(error_with({policy}), "made");
  EXPECT_EQ(error_with({policy, {"schema.json", "{}"}}), "made");
  EXPECT_TRUE(error_with({}).contains("no policy"));
  EXPECT_TRUE(error_with({{"entities.json", "[]"}}).contains("no policy"));
  EXPECT_TRUE(error_with({policy, {"schema.json", ""}, {"schema.cedarschema", ""}}).contains("two schemas"));
  EXPECT_TRUE(error_with({policy, policy}).contains("there twice"));
  for (const auto* name : {"notes.txt", "policies/sub/a.cedar", "policies/.cedar", "policies/a.txt", "manifest.json",
                           "signatures.json"}) {
    EXPECT_TRUE(error_with({policy, {name, ""}}).contains("none a bundle has")) << name;
  }
}

TEST(Bundle, IsNotMadeFromWrongFacts) {
  auto of = contents(0);
  EXPECT_TRUE(create(of).error().message.contains("version"));
  of = contents();
  of.name = "Not A Name";
  EXPECT_TRUE(create(of).error().message.contains("name"));
  of = contents();
  of.policy_set_hash = "abc";
  EXPECT_TRUE(create(of).error().message.contains("policy_set_hash"));
  EXPECT_TRUE(create(contents(), std::vector{alice(), alice()}).error().message.contains("signed twice"));
  of = contents();
  of.members.push_back({"policies/large.cedar", std::string(kLongestArchive, ' ')});
  EXPECT_TRUE(create(of).error().message.contains("64 MiB"));
}

TEST(Bundle, CanBeLookedAtWithoutTrust) {
  const auto seen = inspect(create(contents()).value());
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_TRUE(seen->signers.empty());
  EXPECT_EQ(seen->manifest.version, 7U);
  auto members = members_of(signed_bundle());
  members[2].content += " ";
  EXPECT_FALSE(inspect(write_archive(members).value()));
  members.back().content = "{}";
  EXPECT_FALSE(inspect(write_archive(members).value()));
  EXPECT_FALSE(open(write_archive(members).value(), trust({alice()})));
  EXPECT_FALSE(inspect({}));
}

}  // namespace
}  // namespace cordon::bundle
