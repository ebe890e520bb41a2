// Certificates for a first start: an authority for the NFs, one for Cordon alone, and what they issue.
#pragma once

#include <filesystem>

#include "cordon/base/result.h"
#include "cordon/identity/inventory.h"

namespace cordon::app {

// Fills the folder with operator-ca, cordon-ca, cordon and one pair for each NF: NAME.crt, and NAME.key of mode 0600.
// What is there stays as it is, so a second call issues only for NFs that are new; an authority whose key was taken
// away issues nothing, and that is an error only when something is missing.
Result<void> make_certificates(const std::filesystem::path& folder, const identity::Inventory& inventory);

}  // namespace cordon::app
