// What 'cordon doctor' looks at: files, the machine, the network. Each check ends as one finding.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/crypto/tls.h"
#include "cordon/enforcement/settings.h"
#include "cordon/identity/inventory.h"

namespace cordon::app {

enum class Health { ok, warning, failed };

struct Finding {
  std::string check;    // "certificate", "bypass", ...
  std::string subject;  // the file, the NF
  Health health = Health::ok;
  std::string detail;
  std::string remedy{};  // empty when ok
};
using Findings = std::vector<Finding>;

// Modes, dates, and whether what belongs together fits.
void check_files(const enforcement::Settings& settings, const identity::Inventory& inventory, WallTime now,
                 Findings& findings);
void check_machine(const enforcement::Settings& settings, Findings& findings);

// stranger: a valid certificate of the operator's that is not Cordon's; without it the way round is not tried.
struct Visit {
  const enforcement::Settings& settings;
  const identity::Inventory& inventory;
  std::optional<crypto::OwnChain> stranger;
};
void check_network(const Visit& visit, Findings& findings);

}  // namespace cordon::app
