#include <algorithm>
#include <format>
#include <string>

#include "cordon/validation/conformance.h"
#include "cordon/validation/report.h"
#include "cordon/validation/validate.h"

namespace cordon::validation {

using policy::EntityUid;

namespace {

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text.empty() ? "nothing" : text;
}

Result<void> check_declared(std::string_view part, const EntityUid& uid, const schema::Schema& schema) {
  if (schema.entity_type(uid.type) == nullptr) {
    return fail(ErrorKind::invalid_input, std::format("{}: the schema has no entity type `{}`", part, uid.type));
  }
  if (auto checked = check_identity(uid, schema); !checked) {
    return std::unexpected(within(part, std::move(checked.error())));
  }
  return {};
}

Result<void> check_applies(std::string_view part, const EntityUid& uid, const std::vector<std::string>& allowed,
                           const EntityUid& action) {
  if (std::ranges::find(allowed, uid.type) != allowed.end()) return {};
  return fail(ErrorKind::invalid_input, std::format("{}: `{}` does not apply to the type `{}`; it applies to {}",
                                                    part, action.text(), uid.type, list(allowed)));
}

Result<void> check(const policy::Request& request, const schema::Schema& schema) {
  if (auto checked = check_declared("principal", request.principal, schema); !checked) return checked;
  if (auto checked = check_declared("resource", request.resource, schema); !checked) return checked;
  const schema::Action* action = schema.action(request.action);
  if (action == nullptr) {
    return fail(ErrorKind::invalid_input,
                std::format("action: the schema has no action `{}`", request.action.text()));
  }
  const schema::AppliesTo& to = action->applies_to;
  if (auto checked = check_applies("principal", request.principal, to.principals, request.action); !checked) {
    return checked;
  }
  if (auto checked = check_applies("resource", request.resource, to.resources, request.action); !checked)
    return checked;
  if (auto checked = conforms(request.context, to.context, schema); !checked) {
    return std::unexpected(within("context", std::move(checked.error())));
  }
  return {};
}

}  // namespace

Result<void> validate(const policy::Request& request, const schema::Schema& schema) {
  return check(request, schema).transform_error([](Error error) { return printable(std::move(error)); });
}

}  // namespace cordon::validation
