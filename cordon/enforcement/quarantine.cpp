#include "cordon/enforcement/quarantine.h"

#include <algorithm>
#include <format>

namespace cordon::enforcement {

namespace {

constexpr std::array<std::string_view, 4> kKinds = {"nf", "slice", "operation", "plmn"};
constexpr wire::JsonLimits kLimits{.bytes = 8U << 20, .depth = 4, .leaves = kMostContained * 8};

std::string_view member(const wire::Json& json, std::string_view name) {
  const auto* found = json.find(name);
  return found ? found->text() : std::string_view();
}

std::unexpected<Error> wrong(std::string what) {
  return fail(ErrorKind::invalid_input, "quarantine: " + std::move(what));
}

}  // namespace

std::string_view name_of(ContainedKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::optional<ContainedKind> contained_kind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name);
  if (found == kKinds.end()) return std::nullopt;
  return static_cast<ContainedKind>(found - kKinds.begin());
}

wire::Json to_json(const Contained& contained) {
  wire::Json json{wire::JsonObject{}};
  json.set("kind", name_of(contained.kind)).set("what", contained.what).set("reason", contained.reason);
  json.set("by", contained.by).set("since", format_time(contained.since));
  if (contained.until) json.set("until", format_time(*contained.until));
  if (contained.including_emergency) json.set("includingEmergency", true);
  return json;
}

Result<Contained> read_contained(const wire::Json& json) {
  const auto kind = contained_kind(member(json, "kind"));
  const auto since = parse_time(member(json, "since"));
  const auto* until = json.find("until");
  const auto end = until ? parse_time(until->text()) : since;
  if (!kind) return wrong("an entry is of no kind that is known: nf, slice, operation, plmn");
  if (!since || !end) return wrong("a time of an entry is missing or wrong");
  if (member(json, "what").empty() || member(json, "reason").empty())
    return wrong("an entry names nothing or no reason");
  const auto* emergency = json.find("includingEmergency");
  return Contained{.kind = *kind,
                   .what = std::string(member(json, "what")),
                   .reason = std::string(member(json, "reason")),
                   .by = std::string(member(json, "by")),
                   .since = *since,
                   .until = until ? std::optional(*end) : std::nullopt,
                   .including_emergency = emergency && emergency->boolean()};
}

std::string write_contained(const std::vector<Contained>& all) {
  wire::JsonArray array;
  for (const auto& each : all) array.push_back(to_json(each));
  return wire::Json(std::move(array)).dump();
}

Result<std::vector<Contained>> read_all_contained(std::string_view text) {
  std::vector<Contained> all;
  if (text.empty()) return all;
  const auto json = wire::parse_json(text, kLimits);
  if (!json) return std::unexpected(within("quarantine", json.error()));
  if (!json->is_array() || json->array().size() > kMostContained)
    return wrong(std::format("the list is none, or has more than {} entries", kMostContained));
  for (const auto& each : json->array()) {
    auto read = read_contained(each);
    if (!read) return std::unexpected(read.error());
    all.push_back(std::move(*read));
  }
  return all;
}

Quarantine::Quarantine(std::vector<Contained> all) {
  for (auto& each : all) {
    auto what = each.what;
    by_kind_[static_cast<std::size_t>(each.kind)].insert_or_assign(std::move(what), std::move(each));
  }
}

std::size_t Quarantine::size() const {
  std::size_t sum = 0;
  for (const auto& each : by_kind_) sum += each.size();
  return sum;
}

const Contained* Quarantine::find(ContainedKind kind, std::string_view what, WallTime now) const {
  const auto& all = by_kind_[static_cast<std::size_t>(kind)];
  if (all.empty()) return nullptr;
  const auto found = all.find(what);
  if (found == all.end() || (found->second.until && now >= *found->second.until)) return nullptr;
  return &found->second;
}

const Contained* Quarantine::of(const identity::ExpectedNf& nf, WallTime now) const {
  if (has(ContainedKind::nf)) {
    if (const auto* found = find(ContainedKind::nf, nf.instance.text(), now)) return found;
  }
  return nf.plmn.empty() ? nullptr : find(ContainedKind::plmn, nf.plmn, now);
}

}  // namespace cordon::enforcement
