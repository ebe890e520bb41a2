#include "cordon/enforcement/snapshot.h"

#include <algorithm>
#include <set>

#include "cordon/base/bytes.h"
#include "cordon/crypto/digest.h"
#include "cordon/enforcement/operation_groups.h"
#include "cordon/enforcement/static_entities.h"
#include "cordon/wire/json.h"
#include "cordon/wire/sbi/catalogue.h"

namespace cordon::enforcement {

namespace {

constexpr wire::JsonLimits kSnapshotLimits{.bytes = kLongestSnapshot, .depth = 4, .leaves = 100};

std::string write(const Snapshot& snapshot) {
  wire::Json json{wire::JsonObject{}};
  json.set("format", "cordon-snapshot-1").set("sequence", snapshot.sequence);
  json.set("issued", format_time(snapshot.issued)).set("expires", format_time(snapshot.expires));
  json.set("policyFile", snapshot.policy_file).set("policy", snapshot.policy);
  json.set("inventoryFile", snapshot.inventory_file).set("inventory", snapshot.inventory);
  json.set("entities", snapshot.entities);
  if (!snapshot.contained.empty()) json.set("contained", snapshot.contained);
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
                  member(json, "inventory"),
                  member(json, "entities"),
                  member(json, "contained")};
}

// Where an NF may ask to be called back: its names, where Cordon stands in for it, where it listens.
policy::Value hosts_of(const identity::ExpectedNf& nf) {
  std::vector<policy::Value> hosts(nf.dns_names.begin(), nf.dns_names.end());
  if (nf.listen) hosts.emplace_back(nf.listen->address);
  if (nf.upstream) hosts.emplace_back(nf.upstream->address);
  return policy::Value::set(std::move(hosts));
}

policy::Value slices_of(const identity::ExpectedNf& nf) {
  return policy::Value::set({nf.slices.begin(), nf.slices.end()});
}

// Slices are those of a network: without one they say nothing to others.
std::vector<policy::EntityUid> groups_of_nf(const identity::ExpectedNf& nf) {
  std::vector<policy::EntityUid> groups{{"NfType", nf.type}};
  if (nf.plmn.empty()) return groups;
  groups.push_back({"Plmn", nf.plmn});
  for (const auto& slice : nf.slices) groups.push_back({"Slice", nf.plmn + "/" + slice});
  return groups;
}

policy::Entity nf_entity(const identity::ExpectedNf& nf) {
  return {{"Nf", nf.instance.text()},
          {{"instance", nf.instance.text()},
           {"nfType", nf.type},
           {"name", nf.name},
           {"hosts", hosts_of(nf)},
           {"plmn", nf.plmn},
           {"slices", slices_of(nf)}},
          groups_of_nf(nf)};
}

// What an NF may be asked for: the services of its type, and whatever it may have asked others to call back on.
std::set<std::string_view> services_of(const identity::ExpectedNf& nf) {
  std::set<std::string_view> services;
  for (const auto& operation : wire::sbi::operations()) {
    if (operation.callback || serving_type(operation) == nf.type) services.insert(operation.service);
  }
  return services;
}

policy::Entity service_entity(const identity::ExpectedNf& nf, std::string_view service) {
  return {service_uid(nf, service),
          {{"service", service},
           {"producer", nf.instance.text()},
           {"producerType", nf.type},
           {"plmn", nf.plmn},
           {"slices", slices_of(nf)}},
          groups_of_nf(nf)};
}

void add_nf(std::vector<policy::Entity>& entities, const identity::ExpectedNf& nf) {
  for (auto& group : groups_of_nf(nf)) {
    policy::Entity entity{std::move(group), {}, {}};
    if (entity.uid.type == "Slice") entity.parents.push_back({"Plmn", nf.plmn});
    entities.push_back(std::move(entity));
  }
  entities.push_back(nf_entity(nf));
  for (const auto service : services_of(nf)) entities.push_back(service_entity(nf, service));
}

void add_actions(std::vector<policy::Entity>& entities) {
  std::set<std::string_view> groups;
  for (const auto& operation : wire::sbi::operations()) {
    policy::Entity action{{"Action", std::string(operation.action)}, {}, {}};
    for (const auto group : groups_of(operation)) {
      action.parents.push_back({"Action", std::string(group)});
      groups.insert(group);
    }
    entities.push_back(std::move(action));
  }
  for (const auto group : groups) entities.push_back({{"Action", std::string(group)}, {}, {}});
}

// Everything a request can name. What is in several NFs, like their network, is there once.
Result<policy::Entities> entities_of(const identity::Inventory& inventory) {
  std::vector<policy::Entity> entities;
  for (const auto& nf : inventory.nfs()) add_nf(entities, nf);
  add_actions(entities);
  policy::Entities store;
  if (auto added = store.add_all(std::move(entities)); !added) return std::unexpected(added.error());
  return store;
}

}  // namespace

bool is_emergency(const policy::PolicyInfo& policy) {
  return std::ranges::contains(policy.annotations, "emergency", [](const auto& each) { return each.first; });
}

policy::EntityUid service_uid(const identity::ExpectedNf& producer, std::string_view service) {
  return {"Service", producer.instance.text() + "/" + std::string(service)};
}

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

  auto contained = read_all_contained(snapshot.contained);
  if (!contained) return std::unexpected(contained.error());

  auto entities = entities_of(*inventory);
  if (!entities) return std::unexpected(entities.error());

  auto protection = std::make_shared<Protection>();
  protection->sequence = snapshot.sequence;
  protection->expires = snapshot.expires;
  protection->digest = policies->digest();
  protection->inventory = std::move(*inventory);
  protection->policies = std::move(*policies);
  protection->has_emergency = std::ranges::any_of(protection->policies.policies(), is_emergency);
  protection->quarantine = Quarantine(std::move(*contained));
  protection->entities = std::move(*entities);
  if (auto added = add_static_entities(protection->entities, snapshot.entities); !added)
    return std::unexpected(added.error());
  return protection;
}

Result<std::shared_ptr<const Protection>> renew(const Protection& before, const Snapshot& snapshot) {
  auto contained = read_all_contained(snapshot.contained);
  if (!contained) return std::unexpected(contained.error());
  auto protection = std::make_shared<Protection>(before);
  protection->sequence = snapshot.sequence;
  protection->expires = snapshot.expires;
  protection->quarantine = Quarantine(std::move(*contained));
  return protection;
}

std::string sources_digest(const Snapshot& snapshot) {
  std::string text;
  for (const auto* part :
       {&snapshot.policy_file, &snapshot.policy, &snapshot.inventory_file, &snapshot.inventory, &snapshot.entities}) {
    text += std::format("{}:", part->size());
    text += *part;
  }
  return to_hex(crypto::sha256(as_bytes(text)));
}

}  // namespace cordon::enforcement
