#include "cordon/identity/identify.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cordon/crypto/test_authority.h"

namespace cordon::identity {
namespace {

using crypto::Certificate;
using crypto::IssueRequest;
using crypto::TestAuthority;

constexpr WallTime kNow{std::chrono::seconds{1'790'000'000}};
constexpr auto* kAmf = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
constexpr auto* kSmf = "0b3a8dca-d35b-41f1-a13b-c1b0f3d63d4d";
constexpr auto* kName = "amf1.5gc.mnc070.mcc999.3gppnetwork.org";

Inventory inventory() {
  return Inventory::parse(R"(
nfs:
  - {instance: f990ed9a-e555-41f1-9dea-7f66d0edecbf, type: AMF, name: amf1,
     dns: [amf1.5gc.mnc070.mcc999.3gppnetwork.org, amf.pool.org], plmn: "99970", slices: ["1"]}
)",
                          "inventory.yaml")
      .value();
}

Certificate certificate(const IssueRequest& request) {
  static const TestAuthority authority(kNow);
  return authority.issue_for(request).certificate;
}

IssueRequest amf() { return TestAuthority::nf(kAmf, kName); }

// What identify() says: the NF's name, or the rule that refuses.
std::string answer(const Certificate& who) {
  const auto listed = inventory();
  const auto found = identify(who, listed);
  return found ? (*found)->name : found.error().rule;
}

struct Case {
  const char* name;
  void (*change)(IssueRequest&);
  const char* answer;
};
class Identify : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(
    Names, Identify,
    testing::Values(
        Case{"as_expected", [](IssueRequest&) {}, "amf1"},
        Case{"second_name", [](IssueRequest& r) { r.dns_names = {"AMF.pool.ORG"}; }, "amf1"},
        Case{"one_of_its_names_is_enough", [](IssueRequest& r) { r.dns_names.emplace_back("other.org"); }, "amf1"},
        Case{"capital_urn", [](IssueRequest& r) { r.uris = {"URN:UUID:F990ED9A-E555-41F1-9DEA-7F66D0EDECBF"}; },
             "amf1"},
        Case{"another_uri_beside", [](IssueRequest& r) { r.uris.emplace_back("spiffe://core/amf"); }, "amf1"},
        Case{"no_san",
             [](IssueRequest& r) {
               r.uris.clear();
               r.dns_names.clear();
             },
             "identity-no-instance"},
        Case{"no_uri", [](IssueRequest& r) { r.uris.clear(); }, "identity-no-instance"},
        Case{"only_a_foreign_uri", [](IssueRequest& r) { r.uris = {"spiffe://core/amf"}; }, "identity-no-instance"},
        Case{"two_instances", [](IssueRequest& r) { r.uris.push_back(std::string("urn:uuid:") + kSmf); },
             "identity-many-instances"},
        Case{"the_same_instance_twice", [](IssueRequest& r) { r.uris.push_back(r.uris.front()); },
             "identity-many-instances"},
        Case{"two_spellings", [](IssueRequest& r) { r.uris.push_back(std::string("Urn:Uuid:") + kSmf); },
             "identity-many-instances"},
        Case{"empty_uuid", [](IssueRequest& r) { r.uris = {"urn:uuid:"}; }, "identity-bad-instance"},
        Case{"braces", [](IssueRequest& r) { r.uris = {"urn:uuid:{f990ed9a-e555-41f1-9dea-7f66d0edecbf}"}; },
             "identity-bad-instance"},
        Case{"with_a_query", [](IssueRequest& r) { r.uris.front() += "?x"; }, "identity-bad-instance"},
        Case{"unknown_instance", [](IssueRequest& r) { r.uris = {std::string("urn:uuid:") + kSmf}; },
             "identity-unknown-instance"},
        Case{"no_dns_name", [](IssueRequest& r) { r.dns_names.clear(); }, "identity-wrong-name"},
        Case{"the_common_name_is_no_name", [](IssueRequest& r) { r.dns_names = {"x.org"}; }, "identity-wrong-name"},
        Case{"a_name_below", [](IssueRequest& r) { r.dns_names = {std::string("x.") + kName}; },
             "identity-wrong-name"},
        Case{"a_final_dot", [](IssueRequest& r) { r.dns_names = {std::string(kName) + "."}; }, "identity-wrong-name"},
        Case{"the_right_type", [](IssueRequest& r) { r.nf_types = {"AMF"}; }, "amf1"},
        Case{"one_of_its_types", [](IssueRequest& r) { r.nf_types = {"SMF", "AMF"}; }, "amf1"},
        Case{"the_wrong_type", [](IssueRequest& r) { r.nf_types = {"SMF"}; }, "identity-wrong-type"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(Identify, DecidesByTheCertificatesNames) {
  auto request = amf();
  GetParam().change(request);
  EXPECT_EQ(answer(certificate(request)), GetParam().answer);
}

// issue() refuses such names, so they are written over a certificate; identify() leaves signatures to TLS.
Certificate patched(const IssueRequest& request, std::string_view from, std::string_view to) {
  auto der = certificate(request).der();
  auto place = std::ranges::search(der, as_bytes(from)).begin();
  EXPECT_NE(place, der.end());
  while (place != der.end()) {
    std::ranges::copy(as_bytes(to), place);
    place = std::ranges::search(der, as_bytes(from)).begin();
  }
  return Certificate::from_der(der).value();
}

TEST(Identify, IsNotFooledByNulInAName) {
  auto request = amf();
  request.common_name = "x";
  request.dns_names = {std::string(kName) + "_.evil.org"};
  EXPECT_EQ(answer(patched(request, "_.evil", std::string_view("\0.evil", 6))), "identity-wrong-name");
}

TEST(Identify, IsNotFooledByNulInAnInstance) {
  auto request = amf();
  request.uris.front() += "#evil";
  EXPECT_EQ(answer(patched(request, "#", std::string_view("\0", 1))), "identity-no-instance");
}

TEST(Identify, DoesNotTakeAWildcardForAName) {
  auto request = amf();
  request.common_name = "x";
  request.dns_names = {"amf1.5gc.mnc070.mcc999.3gppnetwork.org"};
  EXPECT_EQ(answer(patched(request, "amf1.5gc", "*.aa.5gc")), "identity-wrong-name");
  EXPECT_EQ(answer(patched(request, "amf1.", "*mf1.")), "identity-wrong-name");
}

TEST(Identify, RefusesMalformedTypes) {
  auto request = amf();
  request.nf_types = {"AMF_"};
  EXPECT_EQ(answer(patched(request, "AMF_", "amf ")), "identity-wrong-type");
}

TEST(Identify, RefusesWhenThereIsNoCertificate) { EXPECT_EQ(answer({}), "identity-no-certificate"); }

TEST(Identify, SaysWhatItSawAndWhatItExpected) {
  const auto listed = inventory();
  auto request = amf();
  request.dns_names = {"a.org", "b.org", "c.org", "d.org", "e.org"};
  const auto refused = identify(certificate(request), listed);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "the certificate of amf1 carries the DNS names a.org, b.org, c.org, d.org, ..., and "
            "amf1.5gc.mnc070.mcc999.3gppnetwork.org, amf.pool.org is expected");
}

}  // namespace
}  // namespace cordon::identity
