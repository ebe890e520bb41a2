// An AES-256 key in a PKCS#11 token (OASIS PKCS#11 3.0): an HSM, a smart card, SoftHSM. The key never leaves it.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"
#include "cordon/crypto/secret.h"

namespace cordon::crypto {

class TokenKey {
 public:
  enum class Missing { refuse, make };
  // The token and the key in it both bear that label. Loads the module into this process: it is trusted like the
  // program itself, so its path must be absolute. Errors name the module or the token, never the PIN.
  static Result<TokenKey> open(const std::filesystem::path& module, std::string_view label, std::string_view pin,
                               Missing missing);
  TokenKey(TokenKey&&) noexcept;
  TokenKey& operator=(TokenKey&&) noexcept;
  ~TokenKey();

  // AES-GCM in the token: a random nonce of 12 bytes, ciphertext, tag of 16.
  Result<Bytes> encrypt(BytesView plain, BytesView associated) const;
  Result<Secret> decrypt(BytesView sealed, BytesView associated) const;

 private:
  struct Session;
  explicit TokenKey(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace cordon::crypto
