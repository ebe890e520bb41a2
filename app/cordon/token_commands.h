// The commands of `cordon token`, and what they share.
#pragma once

#include <string>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "cordon/enforcement/settings.h"
#include "cordon/identity/inventory.h"
#include "cordon/tokens/authority_keys.h"

namespace cordon::app {

extern const Command kTokenAssertCommand;
extern const Command kTokenIssueCommand;
extern const Command kTokenKeysCommand;
extern const Command kTokenShowCommand;
extern const Command kTokenVerifyCommand;

// The configuration named by --config (default cordon.yaml), with its inventory.
struct TokenPlace {
  enforcement::Settings settings;
  identity::Inventory inventory;
};
Result<TokenPlace> token_place(const Arguments& arguments);

// By name or by instance.
Result<const identity::ExpectedNf*> nf_named(const identity::Inventory& inventory, const std::string& name);

// The text in a file, or from standard input for "-" and when there is none: tokens stay off command lines.
Result<std::string> read_token(const Arguments& arguments);

Result<crypto::Certificate> read_certificate(const std::string& file);
crypto::Sha256Digest thumbprint_of(const crypto::Certificate& certificate);

// Where the public half of the authority's keys is written.
std::filesystem::path jwks_beside(const std::filesystem::path& key);
Result<void> write_jwks(const std::filesystem::path& key);

}  // namespace cordon::app
