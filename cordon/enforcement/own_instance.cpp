#include "cordon/enforcement/own_instance.h"

#include <algorithm>
#include <array>

#include "cordon/enforcement/body_members.h"
#include "cordon/enforcement/learn.h"

namespace cordon::enforcement {

namespace {

constexpr std::size_t kUuidLength = 36;
constexpr std::string_view kRegister = "nnrf-nfm:RegisterNFInstance";
constexpr std::string_view kHeartbeat = "nnrf-nfm:UpdateNFInstance";

Mark name_of(const Ledger& ledger, const NfInstanceId& id) { return ledger.mark({"own-instance", id.text()}); }
Mark bearer_of(const Ledger& ledger, const identity::ExpectedNf& nf) {
  return ledger.mark({"names-itself", nf.instance.text()});
}

// TS 29.510 5.2.2.2, 5.2.2.3: the last segment of .../nf-instances/{nfInstanceID}, as the caller wrote it.
std::optional<NfInstanceId> id_in_path(const Case& c, std::string_view action) {
  if (!c.sender.nf->names_itself || c.classified->operation->action != action) return {};
  const auto path = std::string_view(c.request.path).substr(0, c.request.path.find('?'));
  const auto id = NfInstanceId::parse(path.substr(path.rfind('/') + 1));
  return id ? std::optional(*id) : std::nullopt;
}

// TS 29.510 6.1.6.2.2, 6.1.6.2.3, 6.1.6.2.4: where a profile says that the NF and its services are reached.
bool says_where(std::string_view member) {
  constexpr auto kMembers = std::to_array<std::string_view>(
      {"fqdn", "interPlmnFqdn", "ipv4Addresses", "ipv6Addresses", "ipv4Address", "ipv6Address"});
  return std::ranges::contains(kMembers, member);
}

class Renaming {
 public:
  Renaming(Case& c, const Ledger& ledger) : c_(c), ledger_(ledger), registers_(id_in_path(c, kRegister)) {}

  // True when the value was an identifier of the caller's own.
  bool rename(std::string& value) {
    if (value.size() != kUuidLength) return false;
    const auto id = NfInstanceId::parse(value);
    if (!id || *id == c_.sender.nf->instance || !is_own(*id)) return false;
    value = c_.sender.nf->instance.text();
    return true;
  }

  void rename_in_path(wire::sbi::Parameter& parameter) {
    const auto before = parameter.value;
    if (!rename(parameter.value)) return;
    auto& record = c_.verdict.record;
    if (const auto at = record.resource.find(before); at != std::string::npos) {
      record.resource.replace(at, before.size(), parameter.value);
    }
    record.details.push_back(std::format("{} names itself {}", c_.sender.nf->name, before));
  }

 private:
  bool is_own(const NfInstanceId& id) const {
    const auto* bound = ledger_.find(name_of(ledger_, id), c_.now);
    if (bound != nullptr) return bound->owner == bearer_of(ledger_, *c_.sender.nf);
    return registers_ == id && c_.protection.inventory.find(id) == nullptr;  // first come: nobody has it yet
  }

  Case& c_;
  const Ledger& ledger_;
  std::optional<NfInstanceId> registers_;
};

}  // namespace

void know_by_own_instance(Case& c, wire::sbi::Classified& classified, wire::sbi::BodyFacts& facts,
                          const Ledger* ledger) {
  if (ledger == nullptr || !c.sender.nf->names_itself) return;
  Renaming renaming(c, *ledger);
  for (auto& parameter : classified.path) renaming.rename_in_path(parameter);
  for (auto& parameter : classified.query) renaming.rename(parameter.value);
  for (auto& [name, value] : facts.asserted) renaming.rename(value);
}

std::optional<Verdict> check_own_addresses(Case& c) {
  if (!id_in_path(c, kRegister)) return std::nullopt;
  std::string foreign;
  each_member(*c.body, [&](std::string_view name, const BodyValue& value) {
    if (says_where(name) && value.is(wire::JsonKind::string) && !is_host_of(*c.sender.nf, value.text()))
      foreign = name;
  });
  if (foreign.empty()) return std::nullopt;
  return c.refuse("profile-names-foreign-host",
                  {403, "Not its own address", "MODIFICATION_NOT_ALLOWED",
                   std::format("{} may not register with this {}: the inventory gives it another (listen, dns)",
                               c.caller(), foreign),
                   ""});
}

void foresee_own_instance(const Case& c, const Ledger& ledger, Prospect& out) {
  auto id = id_in_path(c, kRegister);
  if (!id) {  // a heartbeat keeps the name alive, and seldom needs to say so
    id = id_in_path(c, kHeartbeat);
    const auto* bound = id ? ledger.find(name_of(ledger, *id), c.now) : nullptr;
    if (!bound || bound->until > ledger.end_of_life(c.now) - ledger.rules.life.count() / 2) return;
  }
  if (c.protection.inventory.find(*id) != nullptr) return;
  out.also.emplace_back(name_of(ledger, *id),
                        Ledger::Entry{.owner = bearer_of(ledger, *c.sender.nf), .until = ledger.end_of_life(c.now)});
}

}  // namespace cordon::enforcement
