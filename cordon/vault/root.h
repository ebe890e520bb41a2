// root.json: how the root key guards the key encryption key (KEK) under which everything else in a vault lies.
#pragma once

#include <string>
#include <string_view>

#include "cordon/crypto/secret.h"
#include "cordon/vault/root_key.h"

namespace cordon::vault {

// Format 1. Not authenticated as a whole: whatever somebody changes in it, the KEK then does not unwrap.
struct Root {
  std::string kind;  // "key-file", "passphrase", "token"
  Bytes salt;        // passphrase only
  crypto::Argon2 parameters{};
  Bytes wrapped;  // AES-256-GCM: nonce, ciphertext, tag

  std::string text() const;
};
Result<Root> parse_root(std::string_view text);

struct NewRoot {
  Root root;
  crypto::Secret kek;
};
Result<NewRoot> make_root(const RootKey& key);                             // makes a missing key file or token key
Result<crypto::Secret> unlock_root(const Root& root, const RootKey& key);  // permission: not the right key
Result<Root> wrap_root(const RootKey& key, BytesView kek);                 // the same KEK under another root key

}  // namespace cordon::vault
