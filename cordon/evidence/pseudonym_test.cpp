#include "cordon/evidence/pseudonym.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "cordon/base/text.h"

namespace cordon::evidence {
namespace {

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(std::string(CORDON_SOURCE_DIR "/cordon/evidence/vectors/") + file);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && !line.starts_with('#')) out.push_back(line);
  }
  EXPECT_FALSE(out.empty()) << file;
  return out;
}

const Pseudonyms kPseudonyms(Bytes(32, 7));

TEST(Pseudonym, IsKeyedAndTheSameEverywhere) {
  const auto one = kPseudonyms.of("imsi-999700000021309");
  EXPECT_TRUE(std::regex_match(one, std::regex("p:[0-9a-f]{20}")));
  EXPECT_EQ(kPseudonyms.of("imsi-999700000021309"), one);
  EXPECT_EQ(kPseudonyms.of("IMSI-999700000021309"), one);
  EXPECT_NE(kPseudonyms.of("imsi-999700000021308"), one);
  EXPECT_NE(Pseudonyms(Bytes(32, 8)).of("imsi-999700000021309"), one);
  EXPECT_EQ(kPseudonyms.pseudonymise("/a/imsi-999700000021309/b"), "/a/" + one + "/b");
  EXPECT_EQ(kPseudonyms.pseudonymise("/a/imsi%2D999700000021309/b"), "/a/" + one + "/b");
  // One subscriber, one pseudonym, also at the end of a sentence.
  EXPECT_EQ(kPseudonyms.pseudonymise("nai-a@b.example."), kPseudonyms.of("nai-a@b.example") + ".");
}

// The value that HMAC-SHA-256 gives, computed with another implementation (Python's hmac).
TEST(Pseudonym, IsHmacSha256) { EXPECT_EQ(kPseudonyms.of("imsi-001010000000001"), "p:394701b61014c21d9a2b"); }

TEST(Pseudonym, ReplacesEveryFormOfIdentifier) {
  for (const auto& line : lines_of("identifiers.txt")) {
    const auto first = line.find(" =>");
    const auto second = line.find(" =>", first + 1);
    const auto gone = std::string(trim(line.substr(first + 3, second - first - 3)));
    const auto left = std::string(trim(line.substr(second + 3)));
    const auto out = kPseudonyms.pseudonymise(line.substr(0, first));
    EXPECT_FALSE(out.contains(gone)) << line << "\n" << out;
    EXPECT_TRUE(out.contains(left)) << line << "\n" << out;
    EXPECT_TRUE(out.contains("p:")) << line << "\n" << out;
    EXPECT_EQ(kPseudonyms.pseudonymise(out), out) << "not stable";
  }
}

TEST(Pseudonym, LeavesNoSubscriberInARecordedPathAndTheRestAsItWas) {
  const std::regex identifier("(imsi-[0-9]+|suci-[0-9-]+)");
  for (const auto& path : lines_of("recorded_paths.txt")) {
    const auto out = kPseudonyms.pseudonymise(path);
    EXPECT_FALSE(out.contains("21309")) << out;
    std::smatch found;
    if (std::regex_search(path, found, identifier)) {
      EXPECT_EQ(out, found.prefix().str() + kPseudonyms.of(found.str()) + found.suffix().str());
    } else {
      EXPECT_EQ(out, path);
    }
  }
}

TEST(Pseudonym, LeavesOtherTextAlone) {
  for (const std::string text :
       {"", "sinai-peninsula", "imsi-", "nai-.", "/nnrf-nfm/v1/nf-instances/f990ed9a-e555-41f1-9dea-7f66d0edecbf",
        "2026-11-21T02:48:04.730123Z", "p:12345678901234567890", "12345678901234567", "1234567890123", "100%", "%",
        "%4", "12345678901234abcd", "a b=c%20d"}) {
    EXPECT_EQ(kPseudonyms.pseudonymise(text), text);
  }
}

TEST(Pseudonym, CollectsWhomItReplaced) {
  std::vector<Subject> found;
  const auto text = kPseudonyms.pseudonymise("/a/IMSI-999700000021309/imsi%2D999700000021309", found);
  const auto name = kPseudonyms.of("imsi-999700000021309");
  EXPECT_EQ(text, "/a/" + name + "/" + name);
  EXPECT_EQ(found, (std::vector<Subject>{{name, "imsi-999700000021309"}}));
  kPseudonyms.pseudonymise("/b/msisdn-491725670014", found);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].identifier, "msisdn-491725670014");
}

TEST(Pseudonym, CollectsAtMostFourAndReplacesAll) {
  std::vector<Subject> found;
  const auto text = kPseudonyms.pseudonymise("imsi-1 imsi-2 imsi-3 imsi-4 imsi-5", found);
  EXPECT_EQ(found.size(), 4U);
  EXPECT_FALSE(text.contains("imsi"));
}

TEST(Pseudonym, CollectsNoIdentifierThatNobodyHas) {
  std::vector<Subject> found;
  const auto text = kPseudonyms.pseudonymise("nai-" + std::string(5000, 'a'), found);
  EXPECT_TRUE(found.empty());
  EXPECT_TRUE(text.starts_with("p:"));
}

TEST(Identifiers, HaveOneSpelling) {
  EXPECT_EQ(canonical_identifier("IMSI-999700000021309"), "imsi-999700000021309");
  EXPECT_EQ(canonical_identifier("nai-User@Realm"), "nai-User@Realm");
  EXPECT_EQ(canonical_identifier("NAI"), "nai");
  EXPECT_EQ(canonical_identifier(""), "");
}

}  // namespace
}  // namespace cordon::evidence
