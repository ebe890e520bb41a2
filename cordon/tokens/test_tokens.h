// For tests of tokens: a network of five NFs, an issuer with a key, and tokens made by hand.
#pragma once

#include <functional>
#include <string>

#include "cordon/base/text.h"
#include "cordon/crypto/test_authority.h"
#include "cordon/tokens/authority.h"
#include "cordon/tokens/check_list.h"
#include "cordon/tokens/verifier.h"
#include "cordon/wire/json.h"

namespace cordon::tokens::test {

inline constexpr const char* kAmf = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
inline constexpr const char* kNrf = "f97352f8-e555-41f1-9f59-65bd764bf60d";
inline constexpr const char* kUdm = "f9953e2c-e555-41f1-bd8b-2941ce299b45";
inline constexpr const char* kScp = "f9a1b2c3-e555-41f1-8d8b-2941ce299b45";
inline constexpr const char* kSepp = "f9d4e5f6-e555-41f1-8d8b-2941ce299b45";
inline constexpr std::int64_t kNow = 1'790'000'000;
inline const WallTime kAt{std::chrono::seconds{kNow}};

inline const identity::Inventory& inventory() {
  static const auto made = [] {
    std::string text = "nfs:\n";
    const auto add = [&](const char* instance, const char* type, std::string name, const char* more) {
      text += std::format("  - {{instance: {}, type: {}, name: {}, dns: [{}.5gc.test], plmn: \"99970\"{}}}\n",
                          instance, type, name, name, more);
    };
    add(kAmf, "AMF", "amf1", "");
    add(kNrf, "NRF", "nrf1", "");
    add(kUdm, "UDM", "udm1",
        ", slices: [\"1\", \"1-000001\"], nf_set: set1.udmset, service_sets: [sdm1], nsis: [nsi1]");
    add(kScp, "SCP", "scp1", "");
    add(kSepp, "SEPP", "sepp1", "");
    return identity::Inventory::parse(text, "inventory.yaml").value();
  }();
  return made;
}
inline const identity::ExpectedNf& nf(std::string_view name) { return *inventory().find_name(name); }

inline const wire::sbi::Operation& operation(std::string_view action) { return *wire::sbi::find_operation(action); }

inline crypto::Sha256Digest digest_of(std::uint8_t fill) {
  crypto::Sha256Digest digest;
  digest.fill(fill);
  return digest;
}

// A token amf1 may use at udm1 for nudm-sdm.
inline Claims good_claims() {
  Claims claims;
  claims.issuer = kNrf;
  claims.subject = kAmf;
  claims.audience = {"UDM"};
  claims.scope = {"nudm-sdm"};
  claims.issued = kNow - 10;
  claims.expires = kNow + 50;
  return claims;
}

inline Occasion at_udm(std::string_view caller = "amf1", std::string_view action = "nudm-sdm:GetAmData") {
  return {.caller = &nf(caller),
          .certificate = digest_of(1),
          .producer = &nf("udm1"),
          .operation = &operation(action),
          .now = kAt};
}

struct TestIssuer {
  explicit TestIssuer(crypto::KeyKind kind = crypto::KeyKind::ecdsa_p256, std::string key_id = "k1")
      : key(crypto::PrivateKey::generate(kind).value()), id(std::move(key_id)) {}

  VerifyKey shown() const { return {id, key.public_key(), crypto::jws_algorithm_for(key.public_key()).value()}; }
  Issuer issuer() const { return {kNrf, {shown()}}; }
  std::string sign(const Claims& claims) const { return sign_text(to_json(claims)); }
  std::string sign_text(std::string_view json) const {
    return crypto::sign_jws(as_bytes(json), {.type = "JWT", .key_id = id}, key, shown().algorithm).value();
  }

  crypto::PrivateKey key;
  std::string id;
};

// Certificates of the network's NFs.
struct TestPki {
  crypto::TestAuthority authority{kAt};

  crypto::TestIdentity of(std::string_view name) const {
    return authority.issue_for(crypto::TestAuthority::nf(nf(name).instance.text(), std::string(name) + ".5gc.test"));
  }
  std::vector<Anchors> anchors() const { return {{{authority.certificate()}}}; }
};

inline Claims assertion_claims(std::string subject = kAmf) {
  Claims claims;
  claims.subject = std::move(subject);
  claims.audience = {"UDM", "NRF"};
  claims.issued = kNow - 1;
  claims.expires = kNow + 30;
  return claims;
}

}  // namespace cordon::tokens::test
