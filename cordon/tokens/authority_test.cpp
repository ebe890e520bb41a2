#include "cordon/tokens/authority.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/tokens/test_tokens.h"

namespace cordon::tokens {
namespace {

using namespace test;

class AuthorityTest : public testing::Test {
 protected:
  AuthorityTest() { EXPECT_TRUE(make_authority_key(file, crypto::KeyKind::ecdsa_p256)); }

  Authority authority() const { return {kNrf, read_authority_keys(file).value(), std::chrono::seconds(60)}; }
  auto ask(const std::string& form, std::string_view by = "amf1") const {
    return authority().answer(form, {&nf(by), digest_of(1)}, inventory(), may, kAt);
  }
  std::string error_of(const std::string& form, std::string_view by = "amf1") const {
    const auto answer = ask(form, by);
    return answer ? "" : std::string(answer.error().error);
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder / "token-key.pem";
  MayAsk may = [](const auto&, auto, auto, const auto*) { return true; };
  const std::string who = std::format("grant_type=client_credentials&nfInstanceId={}", kAmf);
};

TEST_F(AuthorityTest, GivesATokenThatPassesTheWholeCheckList) {
  const auto own = authority();
  const auto granted = ask(who + "&nfType=AMF&targetNfType=UDM&scope=nudm-sdm");
  ASSERT_TRUE(granted) << granted.error().description;
  const auto json = wire::parse_json(granted->body).value();
  EXPECT_EQ(json.find("token_type")->text(), "Bearer");
  EXPECT_EQ(json.find("expires_in")->integer().value(), 60);
  EXPECT_EQ(json.find("scope")->text(), "nudm-sdm");
  Verifier verifier({own.as_issuer()}, {});
  const auto known = verifier.token(json.find("access_token")->text(), kAt);
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_EQ((*known)->claims, granted->claims);
  EXPECT_EQ(granted->claims.certificate, digest_of(1));
  Rules strict;
  strict.require_binding = true;
  EXPECT_FALSE(first_fault(granted->claims, at_udm(), strict));
  EXPECT_EQ(first_fault(granted->claims, at_udm("nrf1"), strict)->rule, "token-subject");
}

// TS 29.510 6.3.5.2.4, RFC 6749 5.2: each error for its reason.
TEST_F(AuthorityTest, RefusesWithTheErrorsOfTheStandard) {
  const auto sdm = who + "&targetNfType=UDM&scope=nudm-sdm";
  EXPECT_EQ(error_of(sdm), "");
  EXPECT_EQ(error_of(sdm, "nrf1"), "invalid_client");
  EXPECT_EQ(error_of(sdm + "&nfType=SMF"), "invalid_client");
  EXPECT_EQ(error_of(sdm + "&requesterPlmn=%7B%22mcc%22:%22001%22,%22mnc%22:%2201%22%7D"), "invalid_client");
  EXPECT_EQ(error_of(sdm + "&targetPlmn=%7B%22mcc%22:%22001%22,%22mnc%22:%2201%22%7D"), "invalid_grant");
  EXPECT_EQ(error_of(who + "&scope=nudm-sdm"), "invalid_request");
  EXPECT_EQ(error_of(who + "&targetNfType=CHF&scope=nchf-convergedcharging"), "invalid_request");
  EXPECT_EQ(error_of(who + "&targetNfInstanceId=11111111-e555-41f1-9dea-7f66d0edecbf&scope=nudm-sdm"),
            "invalid_request");
  EXPECT_EQ(error_of(who + "&targetNfType=AUSF&scope=nudm-sdm&targetNfInstanceId=" + kUdm), "invalid_request");
  EXPECT_EQ(error_of(who + "&targetNfType=UDM&scope=nausf-auth"), "invalid_scope");
  EXPECT_EQ(error_of(who + "&targetNfType=UDM&scope=nudm"), "invalid_scope");
  EXPECT_EQ(error_of(sdm + "&targetNfSetId=set9"), "invalid_request");
  EXPECT_EQ(error_of(sdm + "&targetSnssaiList=%5B%7B%22sst%22:9%7D%5D"), "invalid_request");
  EXPECT_EQ(error_of("grant_type=password&" + who.substr(30)), "unsupported_grant_type");
  EXPECT_EQ(error_of("x=1"), "invalid_request");
}

TEST_F(AuthorityTest, GivesNoScopeThatPolicyWouldNeverPermit) {
  may = [](const auto& consumer, std::string_view scope, std::string_view type, const auto*) {
    return consumer.type == "AMF" && type == "UDM" && scope == "nudm-sdm";
  };
  EXPECT_EQ(error_of(who + "&targetNfType=UDM&scope=nudm-sdm"), "");
  EXPECT_EQ(error_of(who + "&targetNfType=UDM&scope=nudm-sdm+nudm-ueau"), "invalid_scope");
  EXPECT_EQ(error_of(who + "&targetNfType=UDM&scope=nudm-ueau"), "unauthorized_client");
}

TEST_F(AuthorityTest, PutsTheTargetIntoTheToken) {
  const auto granted = ask(who + "&targetNfInstanceId=" + kUdm +
                           "&scope=nudm-sdm&targetNfSetId=set1.udmset&targetSnssaiList=%5B%7B%22sst%22:1%7D%5D");
  ASSERT_TRUE(granted) << granted.error().description;
  EXPECT_EQ(granted->claims.audience, std::vector<std::string>{kUdm});
  EXPECT_EQ(granted->claims.producer_plmn, "99970");
  EXPECT_EQ(granted->claims.nf_set, "set1.udmset");
  EXPECT_EQ(granted->claims.slices, std::vector<std::string>{"1"});
}

TEST_F(AuthorityTest, AttachesTheSameTokenForThreeQuartersOfItsLife) {
  auto own = authority();
  const Requester amf{&nf("amf1"), digest_of(1)}, other{&nf("amf1"), digest_of(2)};
  const auto first = std::string(own.attach(amf, nf("udm1"), "nudm-sdm", kAt).value());
  EXPECT_EQ(own.attach(amf, nf("udm1"), "nudm-sdm", kAt + std::chrono::seconds(44)).value(), first);
  EXPECT_NE(own.attach(amf, nf("udm1"), "nudm-sdm", kAt + std::chrono::seconds(45)).value(), first);
  EXPECT_NE(own.attach(other, nf("udm1"), "nudm-sdm", kAt).value(), first);
  own.revoke();
  EXPECT_NE(own.attach(amf, nf("udm1"), "nudm-sdm", kAt).value(), first);
}

TEST_F(AuthorityTest, RotatesWithOverlap) {
  const auto old = authority();
  const auto token = old.sign(good_claims()).value();
  ASSERT_TRUE(rotate_authority_key(file, crypto::KeyKind::ml_dsa_65));
  const auto both = authority();
  EXPECT_TRUE(Verifier({both.as_issuer()}, {}).token(token, kAt));
  EXPECT_TRUE(Verifier({both.as_issuer()}, {}).token(both.sign(good_claims()).value(), kAt));
  EXPECT_FALSE(Verifier({old.as_issuer()}, {}).token(both.sign(good_claims()).value(), kAt));
  ASSERT_TRUE(rotate_authority_key(file, crypto::KeyKind::ecdsa_p256));
  EXPECT_FALSE(Verifier({authority().as_issuer()}, {}).token(token, kAt)) << "the key before the last is gone";
  EXPECT_EQ(
      parse_jwks(both.jwks(), std::vector{crypto::JwsAlgorithm::es256, crypto::JwsAlgorithm::ml_dsa_65})->size(), 2);
}

TEST_F(AuthorityTest, ItsKeyFileIsForItsOwnerAlone) {
  struct stat seen{};
  ASSERT_EQ(::stat(file.c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0600);
  EXPECT_FALSE(make_authority_key(file, crypto::KeyKind::ecdsa_p256)) << "never over an existing file";
  EXPECT_FALSE(make_authority_key(folder / "rsa.pem", crypto::KeyKind::rsa));
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_TRUE(read_authority_keys(file).error().message.contains("chmod 600"));
  EXPECT_FALSE(read_authority_keys(folder / "none.pem"));
  ASSERT_TRUE(write_file(folder / "empty.pem", "nothing", 0600));
  EXPECT_TRUE(read_authority_keys(folder / "empty.pem").error().message.contains("no private key"));
  ASSERT_TRUE(write_file(folder / "bad.pem", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", 0600));
  EXPECT_FALSE(read_authority_keys(folder / "bad.pem"));
}

}  // namespace
}  // namespace cordon::tokens
