// For tests of any room: an authority that issues certificates for NFs, with a clock that stands still.
#pragma once

#include <string>
#include <vector>

#include "cordon/crypto/certificate.h"
#include "cordon/crypto/key.h"

namespace cordon::crypto {

struct TestIdentity {
  Certificate certificate;
  PrivateKey key;
};

class TestAuthority {
 public:
  explicit TestAuthority(WallTime now, KeyKind kind = KeyKind::ecdsa_p256)
      : now_(now), key_(PrivateKey::generate(kind).value()) {
    IssueRequest request;
    request.common_name = "Test authority";
    request.now = now;
    request.lifetime = std::chrono::hours{24 * 365};
    request.authority = true;
    certificate_ = issue(request, {}, key_).value();
  }

  const Certificate& certificate() const { return certificate_; }
  const PrivateKey& key() const { return key_; }

  // A leaf with the profile's names; change the request's fields for everything else.
  static IssueRequest nf(const std::string& instance, const std::string& dns_name) {
    IssueRequest request;
    request.common_name = dns_name;
    request.uris = {"urn:uuid:" + instance};
    request.dns_names = {dns_name};
    return request;
  }

  // request.now of zero means the authority's.
  TestIdentity issue_for(IssueRequest request, KeyKind kind = KeyKind::ecdsa_p256) const {
    TestIdentity identity{{}, PrivateKey::generate(kind).value()};
    request.public_key = identity.key.public_key();
    if (request.now == WallTime{}) request.now = now_;
    identity.certificate = issue(request, certificate_, key_).value();
    return identity;
  }

 private:
  WallTime now_;
  PrivateKey key_;
  Certificate certificate_;
};

}  // namespace cordon::crypto
