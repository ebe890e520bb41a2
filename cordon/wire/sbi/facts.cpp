#include "cordon/wire/sbi/facts.h"

#include <algorithm>
#include <array>
#include <format>
#include <span>

#include "cordon/base/text.h"
#include "cordon/wire/json.h"
#include "cordon/wire/message.h"
#include "cordon/wire/sbi/media_type.h"
#include "cordon/wire/sbi/target_syntax.h"
#include "cordon/wire/sbi/uri_host.h"

namespace cordon::wire::sbi {

namespace {

// In the order of BodyKind.
constexpr std::array<std::string_view, 7> kBodyKinds = {"none",      "json", "json-patch", "merge-patch",
                                                        "multipart", "form", "other"};

// Members at the top of a JSON body by which a sender says who it is or for whom it acts, in any operation.
constexpr std::array<std::string_view, 15> kIdentities = {
    "nfInstanceId",   "nfType",         "reqNfInstanceId", "reqNfType",   "amfInstanceId", "smfInstanceId",
    "ausfInstanceId", "smsfInstanceId", "nwdafInstanceId", "servingNfId", "pcfId",         "smfId",
    "supi",           "gpsi",           "supiOrSuci"};

// Where a producer is asked to send its notifications: these must be http or https. Other members that end in "Uri"
// or "URI" yield their host when they are.
constexpr std::array<std::string_view, 14> kCallbacks = {"nfStatusNotificationUri",
                                                         "callbackReference",
                                                         "notificationUri",
                                                         "notifUri",
                                                         "deregCallbackUri",
                                                         "smContextStatusUri",
                                                         "n1n2FailureTxfNotifURI",
                                                         "n1NotifyCallbackUri",
                                                         "n2NotifyCallbackUri",
                                                         "n2NotifyUri",
                                                         "amfStatusUri",
                                                         "pcscfRestorationCallbackUri",
                                                         "dataRestorationCallbackUri",
                                                         "reauthNotifyCallbackUri"};

constexpr std::array<std::string_view, 6> kNrfQuery = {"requester-nf-type", "requester-nf-instance-id",
                                                       "target-nf-type",    "target-nf-instance-id",
                                                       "nf-type",           "service-names"};

// TS 29.510 6.3.5.2.2 AccessTokenReq
constexpr std::array<std::string_view, 7> kTokenRequest = {
    "grant_type", "nfInstanceId", "nfType", "scope", "targetNfType", "targetNfInstanceId", "sourceNfInstanceId"};

using Facts = std::vector<std::pair<std::string, std::string>>;

bool holds(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::unexpected<Error> wrong(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

Result<void> add_callback(Facts& facts, const JsonMember& member) {
  const auto host = uri_host(member.value.text());
  if (!host) {
    return wrong(std::format("{} '{}' is no http URI with a host", member.name, printable(member.value.text(), 60)));
  }
  facts.emplace_back(member.name + "Host", *host);
  return {};
}

// guami: {"plmnId": {"mcc": "999", "mnc": "70"}, "amfId": "020040"}
Result<void> add_guami(Facts& facts, const Json& guami) {
  const auto* mcc = guami.at("plmnId/mcc");
  const auto* mnc = guami.at("plmnId/mnc");
  if (!mcc || !mnc || !mcc->is_string() || !mnc->is_string()) return wrong("guami has no plmnId with mcc and mnc");
  facts.emplace_back("guamiPlmn", std::format("{}{}", mcc->text(), mnc->text()));
  return {};
}

Result<void> add_member(Facts& facts, const JsonMember& member) {
  const std::string_view name = member.name;
  if (holds(kIdentities, name)) {
    if (!member.value.is_string()) return wrong(std::format("{} is not a string", name));
    facts.emplace_back(name, member.value.text());
    return {};
  }
  if (name == "guami") return add_guami(facts, member.value);
  const bool uri = (name.ends_with("Uri") || name.ends_with("URI")) && is_http(member.value.text());
  if (uri || holds(kCallbacks, name)) return add_callback(facts, member);
  return {};
}

Result<void> add_members(Facts& facts, const Json& json) {
  for (const auto& member : json.object()) {
    if (auto added = add_member(facts, member); !added) return added;
  }
  return {};
}

// RFC 6902 4: each operation has a path, and some a source.
Result<void> add_patch_paths(Facts& facts, const Json& patch) {
  if (!patch.is_array()) return wrong("a JSON patch is an array of operations (RFC 6902 3)");
  for (const auto& step : patch.array()) {
    const auto* path = step.find("path");
    if (!path || !path->is_string()) return wrong("an operation of a JSON patch has no path (RFC 6902 4)");
    facts.emplace_back("patchPaths", path->text());
    const auto* from = step.find("from");
    if (from && !from->is_string()) return wrong("'from' of a JSON patch is not a string (RFC 6902 4.4)");
    if (from) facts.emplace_back("patchPaths", from->text());
  }
  return {};
}

// RFC 7396: every member names what it changes. Pointers as in RFC 6901 3.
Result<void> add_merged_members(Facts& facts, const Json& patch) {
  for (const auto& member : patch.object()) {
    std::string path = "/";
    for (const char c : member.name) path += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    facts.emplace_back("patchPaths", std::move(path));
  }
  return add_members(facts, patch);
}

bool is_json(std::string_view type) { return type == "application/json" || type.ends_with("+json"); }

Result<BodyKind> add_json(Facts& facts, const MediaType& type, std::string_view body) {
  constexpr std::array<std::string_view, 4> kUtf8 = {"utf-8", "UTF-8", "utf8", "UTF8"};
  if (!holds(kUtf8, type.parameter("charset").value_or("utf-8"))) return wrong("JSON is UTF-8 (RFC 8259 8.1)");
  const auto json = parse_json(body);
  if (!json) return std::unexpected(within("body", json.error()));
  const auto kind = type.name == "application/json-patch+json"    ? BodyKind::json_patch
                    : type.name == "application/merge-patch+json" ? BodyKind::merge_patch
                                                                  : BodyKind::json;
  const auto added = kind == BodyKind::json_patch    ? add_patch_paths(facts, *json)
                     : kind == BodyKind::merge_patch ? add_merged_members(facts, *json)
                                                     : add_members(facts, *json);
  if (!added) return std::unexpected(added.error());
  return kind;
}

// TS 29.500 6.2: the root, and only the root, is JSON; the others carry N1 and N2 messages.
Result<BodyKind> add_multipart(Facts& facts, const MediaType& type, std::string_view body) {
  if (body.size() > kMaxBody) return wrong(std::format("multipart: {} bytes, {} are allowed", body.size(), kMaxBody));
  const auto parts = parse_multipart(body, type.parameter("boundary").value_or(""));
  if (!parts) return std::unexpected(parts.error());
  bool found = false;
  for (const auto& part : *parts) {
    if (part.content_type.empty()) continue;
    const auto part_type = parse_media_type(part.content_type);
    if (!part_type) return std::unexpected(within("multipart", part_type.error()));
    if (!is_json(part_type->name)) continue;
    if (found) return wrong("multipart: two JSON parts, readers differ in which of them they take");
    found = true;
    if (const auto added = add_json(facts, *part_type, part.body); !added) return added;
  }
  return BodyKind::multipart;
}

Result<BodyKind> add_token_request(Facts& facts, std::string_view body) {
  auto fields = parse_form(body);
  if (!fields) return std::unexpected(within("form", fields.error()));
  for (auto& [name, value] : *fields) {
    if (holds(kTokenRequest, name)) facts.emplace_back(std::move(name), std::move(value));
  }
  return BodyKind::form;
}

Result<BodyKind> add_body(Facts& facts, const Operation& operation, std::string_view content_type,
                          std::string_view body) {
  if (body.empty()) return BodyKind::none;
  if (content_type.empty()) return wrong("a body without content-type; say what it is");
  const auto type = parse_media_type(content_type);
  if (!type) return std::unexpected(type.error());
  if (is_json(type->name)) return add_json(facts, *type, body);
  if (type->name == "multipart/related") return add_multipart(facts, *type, body);
  const bool token_request = operation.service == "nnrf-oauth2";
  if (token_request && type->name == "application/x-www-form-urlencoded") return add_token_request(facts, body);
  return BodyKind::other;
}

}  // namespace

std::string_view name_of(BodyKind kind) { return kBodyKinds[static_cast<std::size_t>(kind)]; }

std::optional<BodyKind> body_kind_named(std::string_view name) {
  const auto found = std::ranges::find(kBodyKinds, name);
  if (found == kBodyKinds.end()) return std::nullopt;
  return static_cast<BodyKind>(found - kBodyKinds.begin());
}

std::optional<std::string_view> BodyFacts::first(std::string_view name) const {
  const auto found =
      std::ranges::find(asserted, name, [](const auto& fact) -> std::string_view { return fact.first; });
  if (found == asserted.end()) return std::nullopt;
  return found->second;
}

Result<BodyFacts> body_facts(const Operation& operation, const Classified& classified, std::string_view content_type,
                             std::string_view body) {
  BodyFacts result;
  if (operation.producer == "NRF" && !operation.callback) {
    for (const auto& [name, value] : classified.query) {
      if (holds(kNrfQuery, name)) result.asserted.emplace_back(name, value);
    }
  }
  const auto kind = add_body(result.asserted, operation, content_type, body);
  if (!kind) return std::unexpected(kind.error());
  result.kind = *kind;
  return result;
}

}  // namespace cordon::wire::sbi
