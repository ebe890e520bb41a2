#include "cordon/tokens/token_request.h"

#include <gtest/gtest.h>

#include "cordon/tokens/test_tokens.h"

namespace cordon::tokens {
namespace {

const std::string kGood = std::format(
    "grant_type=client_credentials&nfInstanceId={}&nfType=AMF&targetNfType=UDM&scope=nudm-sdm+nudm-uecm", test::kAmf);

TEST(TokenRequest, IsReadAsTheStandardWritesIt) {
  // TS 29.510 6.3.5.2.2 AccessTokenReq; structured values are JSON in the form.
  const auto request = parse_token_request(
      kGood +
      "&requesterPlmn=%7B%22mcc%22%3A%22999%22%2C%22mnc%22%3A%2270%22%7D&targetPlmn=%7B%22mcc%22:%22001%22,%22mnc%22:"
      "%2201%22%7D"
      "&targetSnssaiList=%5B%7B%22sst%22%3A1%7D%5D&targetNsiList=%5B%22n%22%5D&targetNfSetId=set&unknown=1");
  ASSERT_TRUE(request) << request.error().description;
  EXPECT_EQ(request->scope, (std::vector<std::string>{"nudm-sdm", "nudm-uecm"}));
  EXPECT_EQ(request->requester_plmn, "99970");
  EXPECT_EQ(request->target_plmn, "00101");
  EXPECT_EQ(request->slices, std::vector<std::string>{"1"});
  EXPECT_EQ(request->nf_set, "set");
}

TEST(TokenRequest, ErrorsAreThoseOfRfc6749) {
  const auto amf = std::format("nfInstanceId={}", test::kAmf);
  const std::pair<std::string, const char*> cases[] = {
      {"", "invalid_request"},
      {amf + "&scope=a", "invalid_request"},
      {"grant_type=password&" + amf, "unsupported_grant_type"},
      {"grant_type=client_credentials&scope=a", "invalid_request"},
      {"grant_type=client_credentials&nfInstanceId=amf1&scope=a", "invalid_request"},
      {"grant_type=client_credentials&" + amf, "invalid_scope"},
      {"grant_type=client_credentials&scope=a++b&" + amf, "invalid_scope"},
      {"grant_type=client_credentials&scope=a%22b&" + amf, "invalid_scope"},
      {kGood + "&scope=again", "invalid_request"},
      {kGood + "&x=%zz", "invalid_request"},
      {kGood + "&targetPlmn=7", "invalid_request"},
      {kGood + "&targetSnssaiList=%5B%5D", "invalid_request"},
      {kGood + "&x=" + std::string(17'000, 'a'), "invalid_request"}};
  for (const auto& [form, error] : cases) {
    const auto request = parse_token_request(form);
    ASSERT_FALSE(request) << form;
    EXPECT_EQ(request.error().error, error) << form;
  }
}

}  // namespace
}  // namespace cordon::tokens
