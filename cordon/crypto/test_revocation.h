// An authority that takes back what it issued: lists and OCSP responses for tests.
#pragma once

#include <openssl/ocsp.h>

#include "cordon/crypto/crl.h"
#include "cordon/crypto/openssl.h"
#include "cordon/crypto/test_authority.h"

namespace cordon::crypto::test {

inline Owned<ASN1_TIME, &ASN1_TIME_free> asn1_time(WallTime at) {
  return Owned<ASN1_TIME, &ASN1_TIME_free>(
      ASN1_TIME_set(nullptr, std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count()));
}

inline std::string crl_text(const TestAuthority& authority, const std::vector<Certificate>& revoked, WallTime since,
                            WallTime until) {
  const Owned<X509_CRL, &X509_CRL_free> list(X509_CRL_new());
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(CertificateAccess::raw(authority.certificate())));
  X509_CRL_set1_lastUpdate(list.get(), asn1_time(since).get());
  X509_CRL_set1_nextUpdate(list.get(), asn1_time(until).get());
  for (const auto& certificate : revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(CertificateAccess::raw(certificate)));
    X509_REVOKED_set_revocationDate(entry, asn1_time(since).get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  X509_CRL_sort(list.get());
  X509_CRL_sign(list.get(), KeyAccess::raw(authority.key()), EVP_sha256());
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_CRL(bio.get(), list.get());
  return text_of(bio.get());
}

inline RevocationList crl(const TestAuthority& authority, const std::vector<Certificate>& revoked,
                          WallTime since = system_clock().now() - std::chrono::hours(1),
                          WallTime until = system_clock().now() + std::chrono::hours(1)) {
  return RevocationList::from_text(crl_text(authority, revoked, since, until)).value().front();
}

struct OcspAnswer {
  int status = V_OCSP_CERTSTATUS_GOOD;
  std::chrono::seconds since{-3600};  // from now
  std::chrono::seconds until{3600};
  bool endless = false;
};

inline Bytes ocsp_response(const OcspAnswer& answer, const Certificate& leaf, const Certificate& issuer,
                           const Certificate& signer, const PrivateKey& key) {
  const Owned<OCSP_BASICRESP, &OCSP_BASICRESP_free> basic(OCSP_BASICRESP_new());
  const Owned<OCSP_CERTID, &OCSP_CERTID_free> id(
      OCSP_cert_to_id(EVP_sha256(), CertificateAccess::raw(leaf), CertificateAccess::raw(issuer)));
  const auto since = asn1_time(system_clock().now() + answer.since);
  const auto until = asn1_time(system_clock().now() + answer.until);
  OCSP_basic_add1_status(basic.get(), id.get(), answer.status, OCSP_REVOKED_STATUS_NOSTATUS, since.get(), since.get(),
                         answer.endless ? nullptr : until.get());
  OCSP_basic_sign(basic.get(), CertificateAccess::raw(signer), KeyAccess::raw(key), EVP_sha256(), nullptr,
                  signer.der() == issuer.der() ? OCSP_NOCERTS : 0);
  const Owned<OCSP_RESPONSE, &OCSP_RESPONSE_free> whole(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  unsigned char* out = nullptr;
  const int size = i2d_OCSP_RESPONSE(whole.get(), &out);
  const Owned<unsigned char, &free_openssl_memory> owner(out);
  return Bytes(out, out + size);
}

inline Bytes ocsp_response(const OcspAnswer& answer, const Certificate& leaf, const TestAuthority& authority) {
  return ocsp_response(answer, leaf, authority.certificate(), authority.certificate(), authority.key());
}

}  // namespace cordon::crypto::test
