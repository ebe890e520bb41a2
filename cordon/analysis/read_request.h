// Requests as people write them: {"principal": "Nf::\"amf\"", "action": ..., "resource": ..., "context": {...}}.
#pragma once

#include <string_view>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"
#include "cordon/wire/json.h"

namespace cordon::analysis {

// An entity as policy text writes it, Nf::"amf".
Result<policy::EntityUid> read_uid(std::string_view text);

// Entities are policy text or {"type", "id"}; the context may be left out. Values follow the schema when there is
// one.
Result<policy::Request> read_request(const wire::Json& json, const schema::Schema* schema = nullptr);

}  // namespace cordon::analysis
