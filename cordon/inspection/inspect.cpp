#include "cordon/inspection/inspect.h"

#include <algorithm>
#include <array>
#include <format>

#include "cordon/wire/sbi/target_syntax.h"
#include "cordon/wire/sbi/uri_host.h"

namespace cordon::inspection {

namespace {

using wire::JsonFault;
using wire::JsonKind;
using wire::sbi::Body;
using wire::sbi::BodyKind;

Media media_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Media>, 7> kMedia = {{
      {"application/json", Media::json},
      {"application/json-patch+json", Media::json_patch},
      {"application/merge-patch+json", Media::merge_patch},
      {"multipart/related", Media::multipart},
      {"application/x-www-form-urlencoded", Media::form},
      {"application/problem+json", Media::problem},
      {"application/3gpphal+json", Media::hal},
  }};
  const auto found = std::ranges::find(kMedia, name, &std::pair<std::string_view, Media>::first);
  return found == kMedia.end() ? Media::other : found->second;
}

std::uint16_t rule_of(JsonFault fault) {
  constexpr std::array<std::uint16_t, 6> kRules = {kMultipartParts, kJsonSyntax, kJsonDuplicate,
                                                   kJsonDepth,      kJsonLeaves, kJsonBytes};
  return kRules[static_cast<std::size_t>(fault)];
}

const OperationSchema& schema_of(const wire::sbi::Operation& operation) {
  return operation_at(static_cast<std::size_t>(&operation - wire::sbi::operations().data()));
}

// RFC 9110 15: an exact status first, then its class.
const Content* find_content(std::span<const Content> all, int status, Media media) {
  for (const int wanted : {status, status / 100 * 100}) {
    for (const auto& content : all) {
      if (content.status == wanted && (content.media == media || content.media == Media::other)) return &content;
    }
  }
  return nullptr;
}

bool is_n1_or_n2(std::string_view type) { return type.starts_with("application/vnd.3gpp."); }

}  // namespace

Mode worst_of(std::span<const Finding> findings) {
  auto worst = Mode::off;
  for (const auto& finding : findings) worst = std::max(worst, finding.mode);
  return worst;
}

std::string describe(const Rules& rules, const Finding& finding) {
  const auto& rule = rules[finding.rule];
  return std::format("{} at {}: {}", rule.id, finding.place.empty() ? "/" : finding.place, rule.why);
}

void Inspector::add(std::uint16_t rule, std::string_view place) {
  const auto mode = rules_->mode(rule, response_);
  if (mode != Mode::off) findings_.add(rule, mode, place);
}

// === requests ==================================================================================================

std::span<const Finding> Inspector::request(const wire::sbi::Classified& classified, const Body& body,
                                            const KnowsHost* own_host) {
  findings_.clear();
  response_ = false;
  const auto& operation = schema_of(*classified.operation);
  if (operation.body == RequestBody::unknown) {  // no schema: the general caps only
    check_body(body, {}, own_host);
    return findings_.all();
  }
  check_query(classified, operation);
  if (body.bytes.empty()) {
    if (operation.body == RequestBody::required) add(kBodyMissing, "");
    return findings_.all();
  }
  if (operation.body == RequestBody::none) add(kBodyUnexpected, "");
  const auto expected = wanted(operation, 0, body);
  if (!expected.known && operation.body != RequestBody::none) add(kBodyMediaType, "");
  check_body(body, expected, own_host);
  return findings_.all();
}

Inspector::Wanted Inspector::wanted(const OperationSchema& operation, int status, const Body& body) const {
  const auto all = contents(operation);
  const auto media = media_of(body.media);
  if (const auto* found = find_content(all, status, media)) return {true, found->node, found->binary_parts};
  if (media != Media::json) return {};
  // TS 29.502 lists multipart alone where nothing binary may have to be sent: then the JSON comes by itself.
  if (const auto* alone = find_content(all, status, Media::multipart)) return {true, alone->node, 0};
  // Open5GS calls its merge patches JSON: another type, the same schema.
  const auto* patch = find_content(all, status, Media::merge_patch);
  return patch == nullptr ? Wanted{} : Wanted{false, patch->node, 0};
}

void Inspector::check_body(const Body& body, const Wanted& wanted, const KnowsHost* own_host) {
  if (body.kind == BodyKind::multipart) check_parts(body, wanted.known ? wanted.binary_parts : wire::sbi::kMaxParts);
  if (body.kind == BodyKind::form) return check_form(body, wanted.node);
  if (!body.has_json) return;
  const bool merges = body.json_kind == BodyKind::merge_patch;
  validator_.validate({&body.json, response_, merges, own_host, ""}, wanted.node, findings_);
}

// The fields as one object: what the schema calls a string is quoted, the rest is JSON already.
void Inspector::check_form(const Body& body, std::uint16_t node) {
  const auto fields = wire::sbi::parse_form(body.bytes);
  if (!fields) return add(kJsonSyntax, "");
  const auto& object = object_at(nodes()[node].object);
  form_ = "{";
  for (const auto& [field, value] : *fields) {
    const auto all = members().subspan(object.first_member, object.members);
    const auto found = std::ranges::find(all, field, [](const Member& each) { return name(each.name); });
    const bool text = found == all.end() || (nodes()[found->node].types & kString) != 0;
    if (form_.size() > 1) form_ += ',';
    wire::append_json_string(form_, field);
    form_ += ':';
    if (text) {
      wire::append_json_string(form_, value);
    } else {
      form_ += value;
    }
  }
  form_ += '}';
  if (!small_.read(form_)) return add(rule_of(small_.fault()), "");
  validator_.validate({&small_, response_, false, nullptr, ""}, node, findings_);
}

// TS 29.500 6.2, TS 29.518 6.1.2.4: JSON first, then N1 and N2 messages it refers to by Content-ID.
void Inspector::check_parts(const Body& body, std::size_t binary_parts) {
  if (!body.has_json || body.json_part != 0 || body.parts.size() > binary_parts + 1) add(kMultipartParts, "");
  for (std::size_t i = 0; i < body.parts.size(); ++i) {
    if (body.has_json && i == body.json_part) continue;
    const auto& part = body.parts[i];
    if (!is_n1_or_n2(part.content_type)) add(kMultipartType, "");
    const auto twins = std::ranges::count(body.parts, part.content_id, &wire::sbi::Part::content_id);
    if (part.content_id.empty() || twins != 1) add(kMultipartContentId, "");
  }
  if (body.has_json) check_references(body);
}

void Inspector::check_references(const Body& body) {
  std::size_t referred = 0;  // a bit for each part
  const auto& tokens = body.json.tokens();
  for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
    if (tokens[at].kind != JsonKind::name || tokens[at + 1].kind != JsonKind::string) continue;
    if (body.json.text(tokens[at]) != "contentId") continue;
    const auto found = std::ranges::find(body.parts, body.json.text(tokens[at + 1]), &wire::sbi::Part::content_id);
    if (found == body.parts.end()) {
      add(kMultipartContentId, "/*/contentId");
    } else {
      referred |= std::size_t{1} << static_cast<std::size_t>(found - body.parts.begin());
    }
  }
  for (std::size_t i = 0; i < body.parts.size(); ++i) {
    if (i != body.json_part && (referred >> i & 1U) == 0) return add(kMultipartContentId, "");
  }
}

// === queries ===================================================================================================

void Inspector::check_query(const wire::sbi::Classified& classified, const OperationSchema& operation) {
  const auto all = queries(operation);
  for (const auto& [given, value] : classified.query) {
    const auto found = std::ranges::find(all, given, &QueryParameter::name);
    if (found == all.end()) {
      add(kQueryUnknown, "?*");  // its name may be anything, so it is not repeated
    } else {
      check_parameter(*found, value);
    }
  }
  for (const auto& parameter : all) {
    if (!parameter.required || classified.query_value(parameter.name)) continue;
    place_.assign("?").append(parameter.name);
    add(kQueryRequired, place_);
  }
}

void Inspector::check_parameter(const QueryParameter& parameter, std::string_view value) {
  place_.assign("?").append(parameter.name);
  if (!parameter.json) {
    validator_.validate_text(value, {nullptr, response_, false, nullptr, place_}, parameter.node, findings_);
  } else if (!small_.read(value)) {
    add(kQueryJson, place_);
  } else {
    validator_.validate({&small_, response_, false, nullptr, place_}, parameter.node, findings_);
  }
}

// === responses =================================================================================================

std::span<const Finding> Inspector::response(const wire::sbi::Operation& operation, const wire::Response& response,
                                             const KnowsHost* known_host) {
  findings_.clear();
  response_ = true;
  if (const auto location = wire::find_header(response.headers, "location"))
    check_location(operation, *location, known_host);
  check_answer(operation, response);
  return findings_.all();
}

void Inspector::check_answer(const wire::sbi::Operation& operation, const wire::Response& response) {
  const auto type = wire::find_header(response.headers, "content-type").value_or("");
  if (const auto read = wire::sbi::read_body(answer_, operation, type, response.body); !read) {
    if (type.empty()) return add(kBodyMediaType, "");
    return add(rule_of(answer_.json.fault()), "");  // no fault of JSON: the parts do not hold together
  }
  if (response.body.empty()) return;
  auto expected = wanted(schema_of(operation), response.status, answer_);
  const bool problem = media_of(answer_.media) == Media::problem;
  if (response.status >= 400 && problem) expected = {true, problem_node(), 0};
  if (!expected.known && response.status >= 400) {
    // An error answer that carries data has not stopped where it should have (CVE-2026-40247); pages of
    // intermediaries are no NF's data.
    if (response.status < 500 || answer_.has_json) add(kErrorBody, "");
  } else if (!expected.known && schema_of(operation).contents != 0) {
    add(kBodyMediaType, "");
  }
  check_body(answer_, expected, nullptr);
}

// TS 29.501 4.6.1.1: the URI of a resource; TS 29.500 6.10.9: where a request is redirected to.
void Inspector::check_location(const wire::sbi::Operation& operation, std::string_view location,
                               const KnowsHost* known_host) {
  auto path = location;
  if (!location.starts_with('/')) {
    const auto host = wire::sbi::is_http(location) ? wire::sbi::uri_host(location) : std::nullopt;
    if (!host) return add(kLocationUri, "Location");
    if (known_host != nullptr && !(*known_host)(*host)) add(kLocationHost, "Location");
    const auto start = location.find('/', location.find("://") + 3);
    path = start == location.npos ? "/" : location.substr(start);
  }
  const auto classified = wire::sbi::classify("GET", path);
  if (classified || classified.error().status == 405) return;
  // A resource whose children alone have operations: /nausf-auth/v1/ue-authentications/1.
  place_.assign("/").append(operation.service).append("/");
  if (classified.error().status != 404 || !path.starts_with(place_)) add(kLocationUri, "Location");
}

}  // namespace cordon::inspection
