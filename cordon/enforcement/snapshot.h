// A snapshot: everything that decides, as one signed object with one digest. The engine makes it, proxies run it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cordon/base/clock.h"
#include "cordon/base/result.h"
#include "cordon/crypto/key.h"
#include "cordon/enforcement/quarantine.h"
#include "cordon/identity/inventory.h"
#include "cordon/policy/policy.h"

namespace cordon::enforcement {

inline constexpr std::size_t kLongestSnapshot = std::size_t{64} << 20;  // of its signed form

struct Snapshot {
  std::uint64_t sequence = 0;  // grows with every change; a proxy never goes back
  WallTime issued{};
  WallTime expires{};
  std::string policy_file;  // where the text came from, for explanations
  std::string policy;
  std::string inventory_file;
  std::string inventory;
  std::string entities;   // of the bundle, beside the inventory's: see static_entities.h. Empty: none
  std::string contained;  // what is in quarantine: see quarantine.h. Empty: nothing
};

// The signed form: one JSON object {"snapshot": "<the signed text>", "signature": base64}.
Result<std::string> sign_snapshot(const Snapshot& snapshot, const crypto::PrivateKey& key);

// Refuses a wrong signature, an unknown form, and a snapshot that has expired at that time.
Result<Snapshot> open_snapshot(std::string_view signed_text, const crypto::PublicKey& key, WallTime now);

// The compiled form, shared and immutable.
struct Protection {
  std::uint64_t sequence = 0;
  WallTime expires{};
  std::string digest;  // policy_set_hash
  identity::Inventory inventory;
  policy::PolicySet policies;
  Quarantine quarantine;
  bool has_emergency = false;  // a policy is annotated @emergency: it permits also when the snapshot has expired
  policy::Entities entities;   // NFs and their services, NF types, networks, slices, operations with their groups
};

bool is_emergency(const policy::PolicyInfo& policy);  // @emergency

// Service::"<instance>/nudm-sdm": what a request to that producer asks for.
policy::EntityUid service_uid(const identity::ExpectedNf& producer, std::string_view service);

Result<std::shared_ptr<const Protection>> compile(const Snapshot& snapshot);

// One that differs from a compiled one in number, times and containment only: what takes long is taken from there.
Result<std::shared_ptr<const Protection>> renew(const Protection& before, const Snapshot& snapshot);
std::string sources_digest(const Snapshot& snapshot);  // of all the rest

}  // namespace cordon::enforcement
