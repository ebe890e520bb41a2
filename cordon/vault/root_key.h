// Where the key above all keys comes from.
#pragma once

#include <filesystem>
#include <string>
#include <variant>

#include "cordon/base/result.h"
#include "cordon/crypto/passphrase.h"

namespace cordon::vault {

struct KeyFile {  // the default of a single machine: 32 random bytes, mode 0600, made when missing at create()
  std::filesystem::path file;
};
struct Passphrase {  // Argon2id (RFC 9106); never in arguments: read from a file descriptor, a terminal or a
                     // credential
  std::string text;
  crypto::Argon2 parameters{};  // for create(); later those in the vault count
};
struct Token {  // PKCS#11: an AES key that never leaves the token; made there when missing at create()
  std::filesystem::path module;  // "/usr/lib/softhsm/libsofthsm2.so"
  std::string label;             // of token and key
  std::string pin;
};
using RootKey = std::variant<KeyFile, Passphrase, Token>;

}  // namespace cordon::vault
