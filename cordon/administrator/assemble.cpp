#include "cordon/administrator/assemble.h"

#include "cordon/base/file.h"

namespace cordon::administrator {

Result<crypto::PrivateKey> signing_key(const std::filesystem::path& file) {
  const auto public_file = std::filesystem::path(file).replace_extension(".pub");
  auto pem = read_file(file, 1 << 16);
  // A key that is there but cannot be read is not replaced: no proxy would believe the new one's snapshots.
  if (!pem && pem.error().kind != ErrorKind::not_found) return std::unexpected(pem.error());
  auto key = pem ? crypto::PrivateKey::from_pem(*pem) : crypto::PrivateKey::generate(crypto::KeyKind::ed25519);
  if (pem) wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  if (!key) return std::unexpected(within(file.string(), key.error()));
  if (!pem) {
    if (auto written = write_file(file, key->pem(), 0600); !written) return std::unexpected(written.error());
  }
  // The same file as long as it is the same key: enforcement points that confined themselves can reach no other.
  const auto shown = key->public_key().pem();
  if (const auto there = read_file(public_file, 1 << 16); there && *there == shown) return key;
  if (auto written = write_file(public_file, shown); !written) return std::unexpected(written.error());
  return key;
}

Result<Assembled> assemble(const Sources& sources, std::uint64_t sequence, WallTime now, std::chrono::seconds life) {
  auto policy = read_policy(sources);
  if (!policy) return std::unexpected(policy.error());
  auto& checked = policy->checked;
  auto inventory = read_file(sources.inventory);
  if (!inventory) return std::unexpected(inventory.error());
  enforcement::Snapshot snapshot{.sequence = sequence,
                                 .issued = now,
                                 .expires = now + life,
                                 .policy_file = sources.policy.string(),
                                 .policy = std::move(checked.text),
                                 .inventory_file = sources.inventory.string(),
                                 .inventory = std::move(*inventory),
                                 .entities = std::move(checked.entities)};
  auto compiled = enforcement::compile(snapshot);
  if (!compiled) return std::unexpected(compiled.error());
  if (auto fits = check_fit(**compiled, checked.schema); !fits) return std::unexpected(fits.error());
  return Assembled{std::move(snapshot), std::move(*compiled), std::move(policy->bundle),
                   std::move(checked.policy_set_hash), std::move(checked.warnings)};
}

}  // namespace cordon::administrator
