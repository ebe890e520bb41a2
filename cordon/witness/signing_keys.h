// A cosigner's name and keys in a folder of their own:
//   name  ed25519.pem  mldsa44.pem   the keys with mode 0600
//   vkeys                            a line each, for those who are to trust it; written last
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/transparency/note.h"

namespace cordon::witness {

// Whether a cosigner was made in that folder before.
bool has_signing_keys(const std::filesystem::path& folder);

// Ed25519 (0x04) and ML-DSA-44 (0x06), made when the folder has none: then the name is needed. Later it may be empty,
// and another name than before is refused. Keys that are gone, or that others may read, are an error.
Result<std::vector<transparency::NoteSigner>> signing_keys(const std::filesystem::path& folder,
                                                           std::string_view name);

// Lines for the trust policy of whoever wants to rely on it: "witness NAME VKEY URL", one a key.
std::string trust_lines(const std::vector<transparency::NoteSigner>& signers, std::string_view url);

}  // namespace cordon::witness
