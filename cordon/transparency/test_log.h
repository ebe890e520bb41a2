// For tests of any room: keys of logs and witnesses, a time that stands still.
#pragma once

#include <string>

#include "cordon/transparency/note.h"

namespace cordon::transparency {

inline WallTime test_time() { return WallTime{std::chrono::seconds{1'700'000'000}}; }

inline NoteSigner test_signer(const std::string& name, SignatureType type) {
  const auto kind = type == SignatureType::ml_dsa_44 ? crypto::KeyKind::ml_dsa_44 : crypto::KeyKind::ed25519;
  return NoteSigner::of(name, type, crypto::PrivateKey::generate(kind).value()).value();
}

inline LogSigner test_log_signer(const std::string& origin) {
  return {test_signer(origin, SignatureType::ed25519), test_signer(origin, SignatureType::ml_dsa_44)};
}

}  // namespace cordon::transparency
