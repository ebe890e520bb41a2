// The signing keys of a token authority: one PEM file of mode 0600, the key that signs first.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cordon/crypto/key.h"
#include "cordon/tokens/jwk.h"

namespace cordon::tokens {

struct AuthorityKey {
  crypto::PrivateKey key;
  VerifyKey shown;  // its public half, with its id
};

// Refuses a file others may read, and kinds that sign no tokens here.
Result<std::vector<AuthorityKey>> read_authority_keys(const std::filesystem::path& file);

// A new file with one key; never over an existing one.
Result<void> make_authority_key(const std::filesystem::path& file, crypto::KeyKind kind);

// A new key before the others. The one that signed so far stays for verifying, those before it go.
Result<void> rotate_authority_key(const std::filesystem::path& file, crypto::KeyKind kind);

// {"keys": [...]}: what whoever verifies our tokens needs.
Result<std::string> jwks_of(const std::vector<AuthorityKey>& keys);

}  // namespace cordon::tokens
