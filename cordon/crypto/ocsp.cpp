#include "cordon/crypto/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include <ctime>

#include "cordon/crypto/openssl.h"
#include "cordon/crypto/trust_store.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kLongestResponse = 64U << 10;
constexpr std::chrono::minutes kClockDifference{5};

using OwnedResponse = Owned<OCSP_RESPONSE, &OCSP_RESPONSE_free>;
using OwnedBasic = Owned<OCSP_BASICRESP, &OCSP_BASICRESP_free>;

std::unexpected<Error> useless(std::string why) {
  ERR_clear_error();
  return fail(ErrorKind::permission, "OCSP response: " + std::move(why));
}

Result<OwnedBasic> basic_of(BytesView response) {
  if (response.size() > kLongestResponse) return useless("more than 64 KiB");
  const auto* cursor = response.data();
  const OwnedResponse whole(d2i_OCSP_RESPONSE(nullptr, &cursor, static_cast<long>(response.size())));
  if (!whole || cursor != response.data() + response.size()) return useless("malformed");
  if (OCSP_response_status(whole.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return useless("the responder had no answer");
  OwnedBasic basic(OCSP_response_get1_basic(whole.get()));
  if (!basic) return useless("malformed");
  return basic;
}

// The single response whose serial is the leaf's; with an issuer also its name and key (RFC 6960 4.1.1).
OCSP_SINGLERESP* single_of(OCSP_BASICRESP* basic, const Certificate& leaf, const Certificate& issuer) {
  X509* raw = CertificateAccess::raw(leaf);
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    auto* single = OCSP_resp_get0(basic, i);
    auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));  // read only, by functions without const
    ASN1_OBJECT* digest = nullptr;
    ASN1_INTEGER* serial = nullptr;
    if (OCSP_id_get0_info(nullptr, &digest, nullptr, &serial, id) != 1) continue;
    if (ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(raw)) != 0) continue;
    if (!issuer) return single;
    const Owned<OCSP_CERTID, &OCSP_CERTID_free> expected(
        OCSP_cert_to_id(EVP_get_digestbyobj(digest), raw, CertificateAccess::raw(issuer)));
    if (expected && OCSP_id_cmp(expected.get(), id) == 0) return single;
  }
  return nullptr;
}

Result<WallTime> good_until(OCSP_SINGLERESP* single, WallTime at) {
  ASN1_GENERALIZEDTIME* since = nullptr;
  ASN1_GENERALIZEDTIME* until = nullptr;
  const int status = OCSP_single_get0_status(single, nullptr, nullptr, &since, &until);
  if (status == V_OCSP_CERTSTATUS_REVOKED) return useless("the certificate is revoked");
  if (status != V_OCSP_CERTSTATUS_GOOD) return useless("the responder does not know the certificate");
  const auto end = wall_time(until, WallTime::min());
  if (until == nullptr) return useless("it names no end (nextUpdate), so it cannot be stapled");
  if (wall_time(since, WallTime::max()) > at + kClockDifference)
    return useless("it is from the future (check both clocks)");
  if (end <= at) return useless(std::format("outdated since {}", format_time(end)));
  return end;
}

// Only the issuer vouches for the signer, whoever else is trusted for certificates.
bool is_signed(OCSP_BASICRESP* basic, const Certificate& issuer, WallTime at) {
  const auto store = trust_store({issuer});
  if (!store) return false;
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store->get()),
                             std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  const OwnedChain known(sk_X509_new_null());
  sk_X509_push(known.get(), CertificateAccess::raw(issuer));
  return OCSP_basic_verify(basic, known.get(), store->get(), 0) == 1;
}

}  // namespace

Result<WallTime> check_staple(BytesView response, const Certificate& leaf, const Certificate& issuer, WallTime at) {
  const auto basic = basic_of(response);
  if (!basic) return std::unexpected(basic.error());
  auto* single = single_of(basic->get(), leaf, issuer);
  if (single == nullptr) return useless("it is about another certificate");
  if (!is_signed(basic->get(), issuer, at)) return useless("not signed by the issuer, nor by its responder");
  return good_until(single, at);
}

Result<WallTime> read_staple(BytesView response, const Certificate& leaf) {
  const auto basic = basic_of(response);
  if (!basic) return std::unexpected(basic.error());
  auto* single = single_of(basic->get(), leaf, {});
  if (single == nullptr) return useless("it is about another certificate");
  ASN1_GENERALIZEDTIME* until = nullptr;
  const int status = OCSP_single_get0_status(single, nullptr, nullptr, nullptr, &until);
  if (status != V_OCSP_CERTSTATUS_GOOD) return useless("it does not say that the certificate is good");
  return wall_time(until, WallTime::min());
}

bool demands_staple(const Certificate& certificate) {
  if (!certificate) return false;
  const Owned<TLS_FEATURE, &TLS_FEATURE_free> features(static_cast<TLS_FEATURE*>(
      X509_get_ext_d2i(CertificateAccess::raw(certificate), NID_tlsfeature, nullptr, nullptr)));
  ERR_clear_error();
  for (int i = 0; features && i < sk_ASN1_INTEGER_num(features.get()); ++i) {
    if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features.get(), i)) == TLSEXT_TYPE_status_request) return true;
  }
  return false;
}

}  // namespace cordon::crypto
