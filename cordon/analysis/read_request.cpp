#include "cordon/analysis/read_request.h"

#include <algorithm>
#include <array>
#include <format>

#include "cordon/notation/notation.h"
#include "cordon/policy/parse.h"

namespace cordon::analysis {

namespace {

Result<policy::EntityUid> member_uid(const wire::Json& json, std::string_view name) {
  const auto* member = json.find(name);
  if (!member) return fail(ErrorKind::invalid_input, std::format("\"{}\" is missing", name));
  auto uid = member->is_string() ? read_uid(member->text()) : notation::uid_from_json(*member);
  if (!uid) return fail(uid.error().kind, std::format("\"{}\": {}", name, uid.error().message));
  return uid;
}

}  // namespace

Result<policy::EntityUid> read_uid(std::string_view text) {
  const auto read = policy::parse_expression(text);
  const auto* uid = read && read->kind == policy::ExpressionKind::literal ? read->literal.as_entity() : nullptr;
  if (!uid) {
    return fail(ErrorKind::invalid_input,
                std::format("'{}' is no entity; write its type and id, for instance Nf::\"amf\"", text));
  }
  return *uid;
}

Result<policy::Request> read_request(const wire::Json& json, const schema::Schema* schema) {
  constexpr std::array<std::string_view, 4> kKnown = {"principal", "action", "resource", "context"};
  for (const auto& member : json.object()) {
    if (!std::ranges::contains(kKnown, std::string_view(member.name))) {
      return fail(
          ErrorKind::invalid_input,
          std::format("unknown member '{}'; a request has principal, action, resource and context", member.name));
    }
  }
  auto principal = member_uid(json, "principal");
  if (!principal) return std::unexpected(principal.error());
  auto action = member_uid(json, "action");
  if (!action) return std::unexpected(action.error());
  auto resource = member_uid(json, "resource");
  if (!resource) return std::unexpected(resource.error());
  const auto* given = json.find("context");
  auto context = notation::context_from_json(given ? *given : wire::Json(wire::JsonObject{}), schema, &*action);
  if (!context) return std::unexpected(context.error());
  return policy::Request{std::move(*principal), std::move(*action), std::move(*resource), std::move(*context)};
}

}  // namespace cordon::analysis
