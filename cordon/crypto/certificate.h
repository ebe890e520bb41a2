// X.509 certificates (RFC 5280) in the SBA profile (TS 33.310 6.1.3c): read, issue, verify a chain.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/base/clock.h"
#include "cordon/base/result.h"
#include "cordon/crypto/key.h"

namespace cordon::crypto {

// Cheap to copy: shares one immutable OpenSSL certificate.
class Certificate {
 public:
  Certificate() = default;
  static Result<Certificate> from_pem(std::string_view pem);  // the first certificate in the text
  static Result<std::vector<Certificate>> chain_from_pem(std::string_view pem);
  static Result<Certificate> from_der(BytesView der);
  std::string pem() const;
  Bytes der() const;

  std::string subject() const;  // RFC 2253
  std::string issuer() const;
  std::string serial() const;                  // hexadecimal
  std::vector<std::string> uris() const;       // SAN uniformResourceIdentifier; entries with NUL are left out
  std::vector<std::string> dns_names() const;  // SAN dNSName, lower case; entries with NUL are left out
  std::vector<std::string> ip_addresses() const;
  std::vector<std::string> nf_types() const;  // RFC 9310 id-pe-nftypes (1.3.6.1.5.5.7.1.34); empty when absent
  bool has_extended_usage(std::string_view usage) const;  // "clientAuth", "serverAuth"
  WallTime not_before() const;
  WallTime not_after() const;
  PublicKey public_key() const;
  std::string thumbprint() const;  // SHA-256 of the DER, hexadecimal
  explicit operator bool() const { return certificate_ != nullptr; }

 private:
  friend struct CertificateAccess;
  std::shared_ptr<void> certificate_;
};

struct IssueRequest {
  std::string common_name;
  std::vector<std::string> uris;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  std::vector<std::string> nf_types;  // RFC 9310
  PublicKey public_key;
  std::chrono::seconds lifetime{std::chrono::hours{24 * 30}};
  WallTime now{};          // not_before is five minutes earlier
  bool authority = false;  // a CA certificate (path length 0 when issued by another, none when self-signed)
};

// issuer empty: self-signed with issuer_key. Leaf certificates carry clientAuth and serverAuth.
Result<Certificate> issue(const IssueRequest& request, const Certificate& issuer, const PrivateKey& issuer_key);

// Empty result: leaf chains to an anchor, is valid at that time and fit for purpose ("clientAuth" or "serverAuth").
Result<void> verify_chain(const Certificate& leaf, const std::vector<Certificate>& intermediates,
                          const std::vector<Certificate>& anchors, WallTime at, std::string_view purpose);

}  // namespace cordon::crypto
