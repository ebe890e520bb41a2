#include "cordon/enforcement/check_quarantine.h"

#include <algorithm>

#include "cordon/enforcement/body_members.h"

namespace cordon::enforcement {

namespace {

Verdict refuse(Case& c, const Contained& why, std::string_view what, int status = 403) {
  const auto end = why.until ? std::format("until {}", format_time(*why.until)) : std::string("until it is lifted");
  // TS 29.500 5.2.7.2: a 503 sends the consumer to another producer.
  return c.refuse("quarantined", {status, "Quarantined", status == 403 ? "MODIFICATION_NOT_ALLOWED" : "",
                                  std::format("{} is in quarantine {}: {}", what, end, why.reason), ""});
}

// The profile's own owner: policy holds it to that.
bool leaves_the_network(const Case& c) {
  return c.request.method == "DELETE" && c.producer->type == "NRF" &&
         c.request.path.starts_with("/nnrf-nfm/v1/nf-instances/");
}

const Contained* contained_slice(const Case& c, std::string_view slice) {
  const auto* found = c.protection.quarantine.find(ContainedKind::slice, slice, c.now);
  return found && (!c.emergency || found->including_emergency) ? found : nullptr;
}

// An NF that serves nothing else.
const Contained* all_slices(const Case& c, const identity::ExpectedNf& nf) {
  const Contained* found = nullptr;
  for (const auto& slice : nf.slices) {
    found = contained_slice(c, slice);
    if (found == nullptr) return nullptr;
  }
  return found;
}

// What query and body say. Only looked at while a slice is contained.
const Contained* asserted_slice(const Case& c) {
  const Contained* found = nullptr;
  const auto look = [&](std::string_view, const BodyValue& value) {
    if (const auto slice = found ? std::nullopt : slice_of(value)) found = contained_slice(c, *slice);
  };
  each_member(*c.body, look);
  const wire::Headers json{{"content-type", "application/json"}};
  for (const auto& [name, value] : c.classified->query) {
    if (name.contains("nssai")) each_member(json, value, look);
  }
  return found;
}

const Contained* contained_operation(const Case& c) {
  const auto& operation = *c.classified->operation;
  const auto& quarantine = c.protection.quarantine;
  const auto* found = quarantine.find(ContainedKind::operation, operation.action, c.now);
  return found ? found : quarantine.find(ContainedKind::operation, operation.service, c.now);
}

const Contained* asserted_plmn(const Case& c) {
  for (const auto& [name, value] : c.facts->asserted) {
    if (name != "guamiPlmn") continue;
    if (const auto* found = c.protection.quarantine.find(ContainedKind::plmn, value, c.now)) return found;
  }
  return nullptr;
}

}  // namespace

std::optional<Verdict> check_quarantine(Case& c) {
  const auto& quarantine = c.protection.quarantine;
  if (quarantine.empty()) return std::nullopt;
  if (const auto* found = quarantine.of(*c.sender.nf, c.now); found && !leaves_the_network(c)) {
    return refuse(c, *found, c.caller());
  }
  if (const auto* found = quarantine.of(*c.producer, c.now)) {
    return refuse(c, *found, std::format("{} ({})", c.producer->name, c.producer->type), 503);
  }
  return std::nullopt;
}

std::optional<Verdict> check_contained_request(Case& c) {
  const auto& quarantine = c.protection.quarantine;
  if (quarantine.empty()) return std::nullopt;
  if (const auto* found = contained_operation(c)) {
    return refuse(c, *found, std::format("the operation {}", c.classified->operation->action));
  }
  if (quarantine.has(ContainedKind::plmn)) {
    if (const auto* found = asserted_plmn(c)) return refuse(c, *found, "the network " + found->what);
  }
  if (!quarantine.has(ContainedKind::slice)) return std::nullopt;
  const auto* found = all_slices(c, *c.sender.nf);
  if (found == nullptr) found = all_slices(c, *c.producer);
  if (found == nullptr) found = asserted_slice(c);
  if (found == nullptr) return std::nullopt;
  return refuse(c, *found, "the slice " + found->what);
}

}  // namespace cordon::enforcement
