#include "cordon/wire/sbi/facts.h"

#include <algorithm>
#include <array>
#include <format>
#include <span>

#include "cordon/base/text.h"
#include "cordon/wire/sbi/body.h"
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

// A member of the object that is being looked at.
struct Seen {
  const JsonTape& tape;
  std::string_view name;
  std::uint32_t value;  // its token

  bool is_string() const { return tape[value].kind == JsonKind::string; }
  std::string_view text() const { return is_string() ? tape.text(tape[value]) : std::string_view(); }
};

Result<void> add_callback(Facts& facts, const Seen& member) {
  const auto host = uri_host(member.text());
  if (!host) {
    return wrong(std::format("{} '{}' is no http URI with a host", member.name, printable(member.text(), 60)));
  }
  facts.emplace_back(std::format("{}Host", member.name), *host);
  return {};
}

// guami: {"plmnId": {"mcc": "999", "mnc": "70"}, "amfId": "020040"}
Result<void> add_guami(Facts& facts, const Seen& guami) {
  const auto plmn = guami.tape.find(guami.value, "plmnId");
  const Seen mcc{guami.tape, "mcc", plmn == 0 ? 0 : guami.tape.find(plmn, "mcc")};
  const Seen mnc{guami.tape, "mnc", plmn == 0 ? 0 : guami.tape.find(plmn, "mnc")};
  if (!mcc.is_string() || !mnc.is_string()) return wrong("guami has no plmnId with mcc and mnc");
  facts.emplace_back("guamiPlmn", std::format("{}{}", mcc.text(), mnc.text()));
  return {};
}

Result<void> add_member(Facts& facts, const Seen& member) {
  const auto name = member.name;
  if (holds(kIdentities, name)) {
    if (!member.is_string()) return wrong(std::format("{} is not a string", name));
    facts.emplace_back(name, member.text());
    return {};
  }
  if (name == "guami") return add_guami(facts, member);
  const bool uri = (name.ends_with("Uri") || name.ends_with("URI")) && is_http(member.text());
  if (uri || holds(kCallbacks, name)) return add_callback(facts, member);
  return {};
}

// Of the object at the top.
template <class See>
Result<void> each_member(const JsonTape& tape, See see) {
  if (tape[0].kind != JsonKind::object) return {};
  for (std::uint32_t at = 1; at < tape[0].next; at = tape[at + 1].next) {
    if (auto seen = see(Seen{tape, tape.text(tape[at]), at + 1}); !seen) return seen;
  }
  return {};
}

Result<void> add_members(Facts& facts, const JsonTape& tape) {
  return each_member(tape, [&](const Seen& member) { return add_member(facts, member); });
}

// RFC 6902 4: each operation has a path, and some a source.
Result<void> add_patch_paths(Facts& facts, const JsonTape& tape) {
  if (tape[0].kind != JsonKind::array) return wrong("a JSON patch is an array of operations (RFC 6902 3)");
  for (std::uint32_t step = 1; step < tape[0].next; step = tape[step].next) {
    const Seen path{tape, "path", tape.find(step, "path")};
    if (!path.is_string()) return wrong("an operation of a JSON patch has no path (RFC 6902 4)");
    facts.emplace_back("patchPaths", path.text());
    const Seen from{tape, "from", tape.find(step, "from")};
    if (from.value != 0 && !from.is_string()) return wrong("'from' of a JSON patch is not a string (RFC 6902 4.4)");
    if (from.value != 0) facts.emplace_back("patchPaths", from.text());
  }
  return {};
}

// RFC 7396: every member names what it changes. Pointers as in RFC 6901 3.
Result<void> add_merged_members(Facts& facts, const JsonTape& tape) {
  const auto named = each_member(tape, [&](const Seen& member) -> Result<void> {
    std::string path = "/";
    for (const char c : member.name) path += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    facts.emplace_back("patchPaths", std::move(path));
    return {};
  });
  return named ? add_members(facts, tape) : named;
}

Result<void> add_token_request(Facts& facts, std::string_view body) {
  auto fields = parse_form(body);
  if (!fields) return std::unexpected(within("form", fields.error()));
  for (auto& [name, value] : *fields) {
    if (holds(kTokenRequest, name)) facts.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

Result<void> add_body(Facts& facts, const Body& body) {
  if (body.kind == BodyKind::form) return add_token_request(facts, body.bytes);
  if (!body.has_json) return {};
  if (body.json_kind == BodyKind::json_patch) return add_patch_paths(facts, body.json);
  if (body.json_kind == BodyKind::merge_patch) return add_merged_members(facts, body.json);
  return add_members(facts, body.json);
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

Result<BodyFacts> body_facts(const Operation& operation, const Classified& classified, const Body& body) {
  BodyFacts result;
  result.kind = body.kind;
  if (operation.producer == "NRF" && !operation.callback) {
    for (const auto& [name, value] : classified.query) {
      if (holds(kNrfQuery, name)) result.asserted.emplace_back(name, value);
    }
  }
  if (auto added = add_body(result.asserted, body); !added) return std::unexpected(added.error());
  return result;
}

Result<BodyFacts> body_facts(const Operation& operation, const Classified& classified, std::string_view content_type,
                             std::string_view bytes) {
  Body body;
  if (auto read = read_body(body, operation, content_type, bytes); !read) return std::unexpected(read.error());
  return body_facts(operation, classified, body);
}

}  // namespace cordon::wire::sbi
