#include "cordon/tokens/issuer_files.h"

#include <gtest/gtest.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/tokens/test_tokens.h"

namespace cordon::tokens {
namespace {

using namespace test;

class IssuerFilesTest : public testing::Test {
 protected:
  void write(const std::vector<VerifyKey>& keys) { ASSERT_TRUE(write_file(file, to_jwks(keys).value())); }
  Result<IssuerFiles> open() { return IssuerFiles::open({{kNrf, file, {crypto::JwsAlgorithm::es256}}}); }

  TemporaryFolder folder;
  std::filesystem::path file = folder / "nrf.jwks";
  TestIssuer one{crypto::KeyKind::ecdsa_p256, "k1"}, two{crypto::KeyKind::ecdsa_p256, "k2"};
};

TEST_F(IssuerFilesTest, AreReadAgainWhenTheyChange) {
  write({one.shown()});
  auto files = open().value();
  EXPECT_FALSE(files.refresh(false).value());
  write({one.shown(), two.shown()});
  EXPECT_TRUE(files.refresh(false).value());
  EXPECT_EQ(files.issuers().front().keys.size(), 2);
  write({one.shown(), two.shown()});
  EXPECT_FALSE(files.refresh(true).value()) << "other file, same keys";
}

TEST_F(IssuerFilesTest, KeepTheKeysWhenAFileBecomesWrong) {
  write({one.shown()});
  auto files = open().value();
  ASSERT_TRUE(write_file(file, "{\"keys\":["));
  const auto wrong = files.refresh(false);
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().message.contains("nrf.jwks")) << wrong.error().message;
  EXPECT_EQ(files.issuers().front().keys.front().id, "k1");
  EXPECT_FALSE(files.refresh(false).value_or(true)) << "told once";
  std::filesystem::remove(file);
  EXPECT_FALSE(files.refresh(false));
  write({two.shown()});
  EXPECT_TRUE(files.refresh(false).value());
  EXPECT_EQ(files.issuers().front().keys.front().id, "k2");
}

TEST_F(IssuerFilesTest, DoNotOpenWhenOneIsMissing) { EXPECT_FALSE(open()); }

}  // namespace
}  // namespace cordon::tokens
