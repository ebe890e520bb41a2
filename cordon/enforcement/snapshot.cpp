#include "cordon/enforcement/snapshot.h"

#include <set>

#include "cordon/base/bytes.h"
#include "cordon/wire/json.h"
#include "cordon/wire/sbi/catalogue.h"

namespace cordon::enforcement {

namespace {

constexpr wire::JsonLimits kSnapshotLimits{.bytes = 32U << 20, .depth = 4, .leaves = 100};

std::string write(const Snapshot& snapshot) {
  wire::Json json{wire::JsonObject{}};
  json.set("format", "cordon-snapshot-1").set("sequence", snapshot.sequence);
  json.set("issued", format_time(snapshot.issued)).set("expires", format_time(snapshot.expires));
  json.set("policyFile", snapshot.policy_file).set("policy", snapshot.policy);
  json.set("inventoryFile", snapshot.inventory_file).set("inventory", snapshot.inventory);
  return json.dump();
}

std::string member(const wire::Json& json, std::string_view name) {
  const auto* found = json.find(name);
  return found ? std::string(found->text()) : std::string();
}

Result<Snapshot> read(const wire::Json& json) {
  if (member(json, "format") != "cordon-snapshot-1") {
    return fail(ErrorKind::invalid_input, "snapshot: unknown format; engine and proxy are of different releases");
  }
  const auto* sequence = json.find("sequence");
  const auto number = sequence ? sequence->integer() : fail(ErrorKind::invalid_input, "snapshot: no sequence");
  const auto issued = parse_time(member(json, "issued"));
  const auto expires = parse_time(member(json, "expires"));
  if (!number || *number < 0) return fail(ErrorKind::invalid_input, "snapshot: the sequence is missing or wrong");
  if (!issued || !expires) return fail(ErrorKind::invalid_input, "snapshot: a time is missing or wrong");
  return Snapshot{static_cast<std::uint64_t>(*number),
                  *issued,
                  *expires,
                  member(json, "policyFile"),
                  member(json, "policy"),
                  member(json, "inventoryFile"),
                  member(json, "inventory")};
}

// Where an NF may ask to be called back: its names, where Cordon stands in for it, where it listens.
policy::Value hosts_of(const identity::ExpectedNf& nf) {
  std::vector<policy::Value> hosts(nf.dns_names.begin(), nf.dns_names.end());
  if (nf.listen) hosts.emplace_back(nf.listen->address);
  if (nf.upstream) hosts.emplace_back(nf.upstream->address);
  return policy::Value::set(std::move(hosts));
}

policy::Entity nf_entity(const identity::ExpectedNf& nf) {
  std::vector<policy::Value> slices(nf.slices.begin(), nf.slices.end());
  return {{"Nf", nf.instance.text()},
          {{"instance", nf.instance.text()},
           {"nfType", nf.type},
           {"name", nf.name},
           {"hosts", hosts_of(nf)},
           {"plmn", nf.plmn},
           {"slices", policy::Value::set(std::move(slices))}},
          {{"NfType", nf.type}}};
}

Result<void> add_nfs(policy::Entities& entities, const identity::Inventory& inventory) {
  std::set<std::string> types;
  for (const auto& nf : inventory.nfs()) {
    if (types.insert(nf.type).second) {
      if (auto added = entities.add({{"NfType", nf.type}, {}, {}}); !added) return added;
    }
    if (auto added = entities.add(nf_entity(nf)); !added) return added;
  }
  return {};
}

// Operations are actions; their OAuth2 scopes are the groups they belong to.
Result<void> add_actions(policy::Entities& entities) {
  std::set<std::string_view> groups;
  for (const auto& operation : wire::sbi::operations()) {
    policy::Entity action{{"Action", std::string(operation.action)}, {}, {}};
    for (const auto scope : operation.scopes) {
      action.parents.push_back({"Action", std::string(scope)});
      if (groups.insert(scope).second) {
        if (auto added = entities.add({{"Action", std::string(scope)}, {}, {}}); !added) return added;
      }
    }
    if (auto added = entities.add(std::move(action)); !added) return added;
  }
  return {};
}

}  // namespace

Result<std::string> sign_snapshot(const Snapshot& snapshot, const crypto::PrivateKey& key) {
  const auto text = write(snapshot);
  const auto signature = key.sign(as_bytes(text));
  if (!signature) return std::unexpected(within("snapshot", signature.error()));
  wire::Json json{wire::JsonObject{}};
  json.set("snapshot", text).set("signature", to_base64(*signature));
  return json.dump();
}

Result<Snapshot> open_snapshot(std::string_view signed_text, const crypto::PublicKey& key, WallTime now) {
  const auto outer = wire::parse_json(signed_text, kSnapshotLimits);
  if (!outer) return std::unexpected(within("snapshot", outer.error()));
  const auto text = member(*outer, "snapshot");
  const auto signature = from_base64(member(*outer, "signature"));
  if (!signature || !key.verify(as_bytes(text), *signature)) {
    return fail(ErrorKind::permission, "snapshot: the signature is not the engine's");
  }
  const auto inner = wire::parse_json(text, kSnapshotLimits);
  if (!inner) return std::unexpected(within("snapshot", inner.error()));
  auto snapshot = read(*inner);
  if (snapshot && snapshot->expires <= now) {
    return fail(ErrorKind::permission, std::format("snapshot: expired at {}", format_time(snapshot->expires)));
  }
  return snapshot;
}

Result<std::shared_ptr<const Protection>> compile(const Snapshot& snapshot) {
  auto inventory = identity::Inventory::parse(snapshot.inventory, snapshot.inventory_file);
  if (!inventory) return std::unexpected(inventory.error());
  auto policies = policy::PolicySet::parse(snapshot.policy, snapshot.policy_file);
  if (!policies) return std::unexpected(policies.error());

  auto protection = std::make_shared<Protection>();
  protection->sequence = snapshot.sequence;
  protection->expires = snapshot.expires;
  protection->digest = policies->digest();
  protection->inventory = std::move(*inventory);
  protection->policies = std::move(*policies);
  if (auto added = add_nfs(protection->entities, protection->inventory); !added)
    return std::unexpected(added.error());
  if (auto added = add_actions(protection->entities); !added) return std::unexpected(added.error());
  return protection;
}

}  // namespace cordon::enforcement
