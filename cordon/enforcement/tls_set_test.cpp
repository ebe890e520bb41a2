#include "cordon/enforcement/tls_set.h"

#include <gtest/gtest.h>

#include "cordon/base/temporary_folder.h"
#include "cordon/enforcement/test_network.h"

namespace cordon::enforcement {
namespace {

using namespace test;

class TlsSetTest : public testing::Test {
 protected:
  TlsSetTest() {
    files.own = {{folder / "own.pem", folder / "own.key", {}}};
    files.callers = {{folder / "callers.pem", {}}};
    files.producers = folder / "producers.pem";
    put_own(network.tls_of_proxy());
    put("callers.pem", network.authority.certificate().pem());
    put("producers.pem", network.authority.certificate().pem());
  }
  void put(const std::string& name, const std::string& text) { ASSERT_TRUE(write_file(folder / name, text, 0600)); }
  void put_own(const crypto::TlsSettings& settings, const std::string& name = "own") {
    put(name + ".pem", settings.chain.front().pem());
    put(name + ".key", settings.key.pem());
  }
  std::string refused() {
    const auto set = load_tls(files);
    return set ? "" : set.error().message;
  }
  std::unique_ptr<TlsWatch> watch() {
    return std::make_unique<TlsWatch>(loop, files, load_tls(files).value().files, metrics,
                                      [this](TlsSet set) { taken.push_back(std::move(set)); });
  }

  TemporaryFolder folder;
  TestNetwork network;
  TlsFiles files;
  Loop loop;
  Metrics metrics;
  std::vector<TlsSet> taken;
};

TEST_F(TlsSetTest, IsReadAsAWhole) {
  const auto set = load_tls(files);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_TRUE(set->server && set->client);
  EXPECT_TRUE(set->networks.empty());  // one file without tags: its anchors are for all PLMNs
  EXPECT_LT(set->expires, WallTime::max());
}

TEST_F(TlsSetTest, KnowsWhoMaySpeakForWhom) {
  const crypto::TestAuthority partner(system_clock().now());
  put("partner.pem", partner.certificate().pem());
  files.callers = {{folder / "callers.pem", {"99970"}}, {folder / "partner.pem", {"00101", "00102"}}};
  const auto set = load_tls(files);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->networks.at(network.authority.certificate().thumbprint()), std::vector<std::string>{"99970"});
  EXPECT_EQ(set->networks.at(partner.certificate().thumbprint()).size(), 2U);
}

TEST_F(TlsSetTest, HasNoAnchorUnderTwoTags) {
  files.callers = {{folder / "callers.pem", {"99970"}}, {folder / "producers.pem", {"00101"}}};
  EXPECT_TRUE(refused().contains("CN=Test authority is an anchor twice"));
}

TEST_F(TlsSetTest, NamesTheFileThatIsWrong) {
  put("own.key", network.tls_of("amf1").key.pem());
  EXPECT_TRUE(refused().contains("does not belong to the certificate CN=cordon.5gc.test")) << refused();
  put("own.key", "no key");
  EXPECT_TRUE(refused().contains("own.key")) << refused();
  put_own(network.tls_of_proxy());
  files.crls = {folder / "list.crl"};
  EXPECT_TRUE(refused().contains("list.crl")) << refused();
  put("list.crl", "no list");
  EXPECT_TRUE(refused().contains("list.crl: revocation list")) << refused();
  files.crls.clear();
  files.own[0].staple = folder / "own.ocsp";
  put("own.ocsp", "nothing");
  EXPECT_TRUE(refused().contains("OCSP response: malformed")) << refused();
  files.own[0].staple.clear();
  put("callers.pem", "nobody");
  EXPECT_TRUE(refused().contains("callers.pem")) << refused();
}

TEST_F(TlsSetTest, HoldsSeveralCertificates) {
  put_own(network.tls_of_proxy(), "more");
  files.own.push_back({folder / "more.pem", folder / "more.key", {}});
  EXPECT_TRUE(refused().contains("one kind")) << refused();  // two of P-256
}

TEST_F(TlsSetTest, IsNotReadAgainWithoutAChange) {
  const auto watched = watch();
  watched->look();
  EXPECT_TRUE(taken.empty());
}

TEST_F(TlsSetTest, IsTakenWhenEverythingFitsTogether) {
  const auto watched = watch();
  const auto next = network.tls_of_proxy();
  put("own.pem", next.chain.front().pem());  // a certificate manager writes one file after the other
  watched->look();
  watched->look();
  EXPECT_TRUE(taken.empty());
  put("own.key", next.key.pem());
  watched->look();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_TRUE(taken[0].server);
  EXPECT_TRUE(metrics.text().contains("cordon_tls_reloads_total{outcome=\"taken\"} 1"));
  EXPECT_TRUE(metrics.text().contains("cordon_tls_reloads_total{outcome=\"refused\"} 1"));
  watched->look();
  EXPECT_EQ(taken.size(), 1U);
}

TEST_F(TlsSetTest, StaysWhenAFileGoes) {
  const auto watched = watch();
  std::filesystem::remove(folder / "callers.pem");
  watched->look();
  EXPECT_TRUE(taken.empty());
  put("callers.pem", network.authority.certificate().pem());
  watched->look();
  EXPECT_EQ(taken.size(), 1U);
}

}  // namespace
}  // namespace cordon::enforcement
