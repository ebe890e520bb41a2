#include "cordon/bundle/manifest.h"

#include <gtest/gtest.h>

#include "cordon/bundle/test_bundle.h"

namespace cordon::bundle {
namespace {

using test::replaced;

Manifest example() {
  return {.name = "sbi",
          .version = 18'446'744'073'709'551'615U,
          .created = test::kCreated,
          .policy_set_hash = std::string(64, 'a'),
          .members = {{"policies/sbi.cedar", std::string(64, 'b'), 512}}};
}

std::string error_of(std::string_view text) {
  const auto parsed = parse_manifest(text);
  return parsed ? "accepted" : parsed.error().message;
}

TEST(BundleManifest, ComesBackAsItWasWrittenAlsoWithTheHighestVersion) {
  const auto parsed = parse_manifest(to_text(example()));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, example());
}

TEST(BundleManifest, OfAnotherFormatOrLanguageIsRefusedByThatName) {
  const auto text = to_text(example());
  EXPECT_TRUE(error_of(replaced(text, "cordon-bundle-1", "cordon-bundle-2")).contains("format is 'cordon-bundle-2'"));
  EXPECT_TRUE(error_of(replaced(text, "SDK 4.12.0", "SDK 4.13.0")).contains("'Cedar 4.5 / SDK 4.13.0'"));
  EXPECT_TRUE(error_of("{}").contains("format is ''"));
}

TEST(BundleManifest, WithAWrongValueNamesIt) {
  const auto text = to_text(example());
  const auto hash = std::string(64, 'a');
  for (const auto& [what, by, words] : {std::tuple{"\"sbi\"", "\"SBI\"", "name"},
                                        {"\"sbi\"", "\"-x\"", "name"},
                                        {"\"sbi\"", "\"\"", "name"},
                                        {"18446744073709551615", "18446744073709551616", "version"},
                                        {"18446744073709551615", "0", "version"},
                                        {"18446744073709551615", "-1", "version"},
                                        {"18446744073709551615", "1.0", "version"},
                                        {"18446744073709551615", "\"1\"", "version"},
                                        {"T", " ", "created"},
                                        {"aaaa", "AAAA", "policy_set_hash"},
                                        {"aaaa", "", "policy_set_hash"},
                                        {"bbbb", "bb", "sha256"},
                                        {"512", "-1", "size"},
                                        {"policies/sbi", "../sbi", "'..'"}}) {
    const auto error = error_of(replaced(text, what, by));
    EXPECT_TRUE(error.starts_with("manifest.json: ") && error.contains(words)) << by << ": " << error;
  }
}

TEST(BundleManifest, WrittenInAnyOtherWayIsRefused) {
  const auto text = to_text(example());
  EXPECT_TRUE(error_of(text + " ").contains("not as this format writes it"));
  EXPECT_TRUE(error_of(replaced(text, "\"name\"", "\"note\": 1, \"name\"")).contains("not as this format writes it"));
  EXPECT_TRUE(error_of(replaced(text, "  ", " ")).contains("not as this format writes it"));
  EXPECT_TRUE(error_of("not JSON").starts_with("manifest.json: "));
}

TEST(BundleManifest, NamesAreShortAndPlain) {
  EXPECT_TRUE(check_bundle_name("sbi-core.v2_x"));
  EXPECT_TRUE(check_bundle_name(std::string(63, 'a')));
  for (const auto& name :
       {std::string(64, 'a'), std::string(), std::string("a b"), std::string("../x"), std::string("\x1b[0m")}) {
    EXPECT_FALSE(check_bundle_name(name)) << name;
  }
}

}  // namespace
}  // namespace cordon::bundle
