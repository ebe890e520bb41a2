// Issues certificates in the SBA profile (TS 33.310 6.1.3c): NF instance ID as URI, FQDN as DNS name, both usages.
#include <openssl/bn.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "cordon/base/random.h"
#include "cordon/crypto/certificate.h"
#include "cordon/crypto/nf_types.h"
#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kLongestCommonName = 64;  // RFC 5280 appendix A.1: ub-common-name
constexpr std::size_t kLongestName = 2048;
constexpr std::chrono::minutes kClockDifference{5};  // not_before lies this much in the past

using OwnedName = Owned<GENERAL_NAME, &GENERAL_NAME_free>;

bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_host_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  };
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, fits);
}

Result<void> check_names(const IssueRequest& request) {
  const auto refuse = [](std::string text) { return fail(ErrorKind::invalid_input, std::move(text)); };
  const bool nameless = request.uris.empty() && request.dns_names.empty() && request.ip_addresses.empty();
  if (request.common_name.empty() && nameless) return refuse("a certificate needs a name");
  if (request.common_name.size() > kLongestCommonName) return refuse("common_name: more than 64 characters");
  if (std::ranges::any_of(request.common_name, [](char c) { return c >= 0 && c < ' '; })) {
    return refuse("common_name: control characters");
  }
  if (!std::ranges::all_of(request.uris, is_plain)) return refuse("uris: printable ASCII without blanks only");
  if (!std::ranges::all_of(request.dns_names, is_host_name)) {
    return refuse("dns_names: letters, digits, '-', '_' and '.' only (no wildcard: an NF is one host)");
  }
  return {};
}

// Null issuer: self-signed, and then the key certified must be the key that signs.
Result<PublicKey> subject_key(const IssueRequest& request, const Certificate& issuer, const PrivateKey& issuer_key) {
  const auto signer = issuer_key.public_key();
  if (!signer) return fail(ErrorKind::invalid_input, "the issuer's key is empty");
  if (!issuer) {
    if (request.public_key && request.public_key.der() != signer.der()) {
      return fail(ErrorKind::invalid_input, "a self-signed certificate carries the key that signs it");
    }
    return signer;
  }
  if (!request.public_key) return fail(ErrorKind::invalid_input, "the request has no public key");
  if (issuer.public_key().der() != signer.der()) {
    return fail(ErrorKind::invalid_input, "the issuer's key does not belong to the issuer's certificate");
  }
  if (X509_check_ca(CertificateAccess::raw(issuer)) != 1) {
    return fail(ErrorKind::invalid_input, "the issuer's certificate is not one of a certification authority");
  }
  return request.public_key;
}

// RFC 5280 4.1.2.2: positive, at most 20 octets; here 127 random bits.
bool set_serial(X509* certificate) {
  std::array<std::uint8_t, 16> random{};
  fill_random(random);
  random[0] = static_cast<std::uint8_t>((random[0] & 0x7f) | 0x40);  // never zero, always 16 octets
  const Owned<BIGNUM, &BN_free> number(BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr));
  return BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_validity(X509* certificate, const IssueRequest& request) {
  const auto seconds = [](WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  };
  return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(request.now - kClockDifference)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(request.now + request.lifetime)) != nullptr;
}

bool set_names(X509* certificate, const IssueRequest& request, const Certificate& issuer) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto& name = request.common_name;
  if (!name.empty() && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, as_bytes(name).data(),
                                                  static_cast<int>(name.size()), -1, 0) != 1) {
    return false;
  }
  const X509_NAME* from = issuer ? X509_get_subject_name(CertificateAccess::raw(issuer)) : subject;
  return X509_set_issuer_name(certificate, from) == 1;
}

bool add_text_name(GENERAL_NAMES* names, int kind, const std::string& text) {
  OwnedName name(GENERAL_NAME_new());
  ASN1_IA5STRING* value = ASN1_IA5STRING_new();
  ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
  GENERAL_NAME_set0_value(name.get(), kind, value);
  return sk_GENERAL_NAME_push(names, name.release()) > 0;
}

bool add_address(GENERAL_NAMES* names, const std::string& text) {
  ASN1_OCTET_STRING* octets = a2i_IPADDRESS(text.c_str());
  if (octets == nullptr) return false;
  OwnedName name(GENERAL_NAME_new());
  GENERAL_NAME_set0_value(name.get(), GEN_IPADD, octets);
  return sk_GENERAL_NAME_push(names, name.release()) > 0;
}

Result<void> add_alternative_names(X509* certificate, const IssueRequest& request) {
  const OwnedNames names(GENERAL_NAMES_new());
  for (const auto& uri : request.uris) add_text_name(names.get(), GEN_URI, uri);
  for (const auto& dns : request.dns_names) add_text_name(names.get(), GEN_DNS, dns);
  for (const auto& address : request.ip_addresses) {
    if (!add_address(names.get(), address)) {
      return fail_openssl(ErrorKind::invalid_input, "ip_addresses: not a numeric address");
    }
  }
  if (sk_GENERAL_NAME_num(names.get()) == 0) return {};
  const int critical = request.common_name.empty() ? 1 : 0;  // RFC 5280 4.2.1.6: critical when the subject is empty
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), critical, X509V3_ADD_DEFAULT) != 1) {
    return fail_openssl(ErrorKind::internal, "subjectAltName");
  }
  return {};
}

bool add_extension(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const OwnedExtension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_profile(X509* certificate, const IssueRequest& request, const Certificate& issuer) {
  X509* from = issuer ? CertificateAccess::raw(issuer) : certificate;
  const char* constraints = "critical,CA:FALSE";
  if (request.authority) constraints = issuer ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE";
  const char* usage = request.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature";
  return add_extension(certificate, from, NID_basic_constraints, constraints) &&
         add_extension(certificate, from, NID_key_usage, usage) &&
         (request.authority || add_extension(certificate, from, NID_ext_key_usage, "clientAuth,serverAuth")) &&
         add_extension(certificate, from, NID_subject_key_identifier, "hash") &&
         add_extension(certificate, from, NID_authority_key_identifier, "keyid:always");
}

Result<void> add_nf_types(X509* certificate, const IssueRequest& request) {
  if (request.nf_types.empty()) return {};
  const auto extension = make_nf_types(request.nf_types);
  if (!extension) return std::unexpected(extension.error());
  if (X509_add_ext(certificate, extension->get(), -1) != 1) return fail_openssl(ErrorKind::internal, "NF types");
  return {};
}

bool sign(X509* certificate, const PrivateKey& key) {
  const auto kind = key.kind();
  const char* digest = kind ? default_digest(*kind) : nullptr;
  return kind &&
         X509_sign(certificate, KeyAccess::raw(key), digest == nullptr ? nullptr : EVP_get_digestbyname(digest)) > 0;
}

}  // namespace

Result<Certificate> issue(const IssueRequest& request, const Certificate& issuer, const PrivateKey& issuer_key) {
  const auto failed = [](const Error& error) { return std::unexpected(within("issue a certificate", error)); };
  if (auto names = check_names(request); !names) return failed(names.error());
  if (request.lifetime <= std::chrono::seconds{0})
    return failed({ErrorKind::invalid_input, "lifetime: not positive"});
  const auto key = subject_key(request, issuer, issuer_key);
  if (!key) return failed(key.error());

  OwnedCertificate certificate(X509_new());
  X509* raw = certificate.get();
  if (X509_set_version(raw, X509_VERSION_3) != 1 || !set_serial(raw) || !set_validity(raw, request) ||
      !set_names(raw, request, issuer) || X509_set_pubkey(raw, KeyAccess::raw(*key)) != 1 ||
      !add_profile(raw, request, issuer)) {
    return fail_openssl(ErrorKind::internal, "issue a certificate");
  }
  if (auto names = add_alternative_names(raw, request); !names) return failed(names.error());
  if (auto types = add_nf_types(raw, request); !types) return failed(types.error());
  if (!sign(raw, issuer_key)) return fail_openssl(ErrorKind::internal, "issue a certificate: sign");
  return CertificateAccess::wrap(std::move(certificate));
}

}  // namespace cordon::crypto
