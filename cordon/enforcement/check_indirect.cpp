#include "cordon/enforcement/check_indirect.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/enforcement/body_members.h"

namespace cordon::enforcement {

namespace {

using identity::ExpectedNf;

constexpr std::string_view kTarget = "3gpp-sbi-target-apiroot";
constexpr std::string_view kDiscovery = "3gpp-sbi-discovery-";

// TS 29.500 5.2.3.2.7: the parameters of discovery, a header each. "": it is not there.
std::string_view told(const Case& c, std::string_view parameter) {
  for (const auto& header : c.request.headers) {
    const auto name = std::string_view(header.name);
    if (name.starts_with(kDiscovery) && name.substr(kDiscovery.size()) == parameter) return header.value;
  }
  return {};
}

bool is_indirect(const Case& c) {
  return std::ranges::any_of(c.request.headers, [](const wire::Header& header) {
    return header.name == kTarget || header.name.starts_with(kDiscovery);
  });
}

// A header twice is read by one as the first, by another as the last.
const wire::Header* said_twice(const Case& c) {
  for (auto at = c.request.headers.begin(); at != c.request.headers.end(); ++at) {
    if (at->name != kTarget && !at->name.starts_with(kDiscovery)) continue;
    if (std::find_if(at + 1, c.request.headers.end(), [&](const auto& later) { return later.name == at->name; }) !=
        c.request.headers.end())
      return &*at;
  }
  return nullptr;
}

Verdict refuse(Case& c, const char* rule, std::string why, int status = 403) {
  return c.refuse(rule, {status, "Indirect request refused", "", std::move(why), ""});
}

const ExpectedNf* at_authority(const identity::Inventory& inventory, std::string_view uri) {
  const auto scheme = uri.find("://");
  if (scheme == uri.npos) return nullptr;
  const auto rest = uri.substr(scheme + 3);
  const auto authority = rest.substr(0, rest.find('/'));
  if (const auto* found = find_by_authority(inventory, authority)) return found;
  const auto found = std::ranges::find_if(
      inventory.nfs(), [&](const ExpectedNf& nf) { return nf.upstream && nf.upstream->text() == authority; });
  return found == inventory.nfs().end() ? nullptr : &*found;
}

// Whichever of them the SCP chooses, policy must say the same of it: alike in type, network, slices and set.
const ExpectedNf* alike(const std::vector<const ExpectedNf*>& candidates) {
  const auto same = [&](const ExpectedNf* nf) {
    const auto* first = candidates.front();
    return nf->plmn == first->plmn && nf->slices == first->slices && nf->nf_set == first->nf_set;
  };
  return !candidates.empty() && std::ranges::all_of(candidates, same) ? candidates.front() : nullptr;
}

const ExpectedNf* target_of(const Case& c) {
  const auto& inventory = c.protection.inventory;
  if (const auto uri = wire::find_header(c.request.headers, kTarget)) return at_authority(inventory, *uri);
  if (const auto id = told(c, "target-nf-instance-id"); !id.empty()) {
    const auto instance = NfInstanceId::parse(id);
    return instance ? inventory.find(*instance) : nullptr;
  }
  const auto type = told(c, "target-nf-type"), set = told(c, "target-nf-set-id");
  std::vector<const ExpectedNf*> candidates;
  for (const auto& nf : inventory.nfs()) {
    if (nf.type == type && (set.empty() || nf.nf_set == set)) candidates.push_back(&nf);
  }
  return alike(candidates);
}

// What else discovery is told must be so of the target as well.
bool fits(const Case& c, const ExpectedNf& target) {
  const auto type = told(c, "target-nf-type"), id = told(c, "target-nf-instance-id"),
             set = told(c, "target-nf-set-id");
  const auto services = told(c, "service-names");
  return (type.empty() || type == target.type) && (id.empty() || id == target.instance.text()) &&
         (set.empty() || set == target.nf_set) &&
         (services.empty() || c.classified->operation->callback ||
          std::ranges::contains(split(services, ','), c.classified->operation->service));
}

bool only_own_slices(const ExpectedNf& caller, std::string_view json) {
  bool own = true;
  each_member({{"content-type", "application/json"}}, json, [&](std::string_view, const BodyValue& value) {
    if (const auto slice = slice_of(value))
      own = own && (caller.slices.empty() || std::ranges::contains(caller.slices, *slice));
  });
  return own;
}

bool only_own_network(const ExpectedNf& caller, std::string_view json) {
  bool own = true;
  each_member({{"content-type", "application/json"}}, json, [&](std::string_view, const BodyValue& value) {
    const auto mcc = value.find("mcc");
    const auto mnc = value.find("mnc");
    if (mcc && mnc) own = own && std::format("{}{}", mcc->text(), mnc->text()) == caller.plmn;
  });
  return own;
}

// TS 29.510 6.2.3.2.3.1: the requester-... parameters. Empty: all of them are the caller's own.
std::string_view foreign_claim(const Case& c) {
  const auto& caller = *c.sender.nf;
  const auto type = told(c, "requester-nf-type"), id = told(c, "requester-nf-instance-id");
  const auto fqdn = told(c, "requester-nf-instance-fqdn");
  if (!type.empty() && type != caller.type) return "requester-nf-type";
  if (!id.empty() && id != caller.instance.text()) return "requester-nf-instance-id";
  if (!fqdn.empty() && !is_host_of(caller, fqdn)) return "requester-nf-instance-fqdn";
  if (!only_own_slices(caller, told(c, "requester-snssais"))) return "requester-snssais";
  if (!only_own_network(caller, told(c, "requester-plmn-list"))) return "requester-plmn-list";
  return {};
}

bool is_scp(const ExpectedNf& nf) { return nf.type == "SCP"; }

}  // namespace

std::optional<Verdict> check_target(Case& c) {
  if (!is_scp(*c.producer) || !is_indirect(c)) return std::nullopt;
  if (const auto* twice = said_twice(c)) {
    return refuse(c, "indirect-malformed", std::format("the header {} stands twice", twice->name), 400);
  }
  if (!is_scp(*c.sender.nf)) {
    if (const auto claim = foreign_claim(c); !claim.empty())
      return refuse(c, "indirect-requester-mismatch",
                    std::format("{} of discovery is not that of {}", claim, c.caller()));
  }
  const auto* target = target_of(c);
  if (target == nullptr || !fits(c, *target)) {
    return refuse(c, "indirect-target-unknown",
                  "the target is no NF of the inventory, or not one alone: name it by 3gpp-Sbi-Target-apiRoot or "
                  "3gpp-Sbi-Discovery-target-nf-instance-id");
  }
  c.verdict.record.details.push_back(std::format("through {} (SCP)", c.producer->name));
  c.verdict.record.producer = target->instance.text();
  c.verdict.record.producer_type = target->type;
  c.producer = target;
  return std::nullopt;
}

std::optional<Verdict> check_consumer(Case& c, std::optional<Sender>& consumer) {
  // What it asks of the NRF it asks for itself, as matrix and tokens say.
  if (!is_scp(*c.sender.nf) || c.producer->type == "NRF" || is_scp(*c.producer)) return std::nullopt;
  const auto sub = c.words.assertion ? c.words.assertion->find("sub") : policy::Record::const_iterator{};
  const auto* text = c.words.assertion && sub != c.words.assertion->end() ? sub->second.as_string() : nullptr;
  const auto id = NfInstanceId::parse(text ? std::string_view(*text) : std::string_view());
  const auto* nf = id ? c.protection.inventory.find(*id) : nullptr;
  if (nf == nullptr || is_scp(*nf)) {
    return refuse(c, "indirect-consumer-unproven",
                  std::format("{} passes on a request without a good assertion (3gpp-Sbi-Client-Credentials) of its "
                              "consumer",
                              c.caller()));
  }
  consumer = c.sender;
  consumer->nf = nf;
  c.verdict.record.details.push_back(std::format("for {} ({}), whose assertion came along", nf->name, nf->type));
  return std::nullopt;
}

}  // namespace cordon::enforcement
