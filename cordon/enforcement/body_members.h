// The members of a JSON body at any depth, for the few requests whose steps must look that far.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cordon/identity/inventory.h"
#include "cordon/wire/json.h"
#include "cordon/wire/message.h"

namespace cordon::enforcement {

using SeeMember = std::function<void(std::string_view name, const wire::Json& value)>;

// The whole first, under the name "", then all below; an element of an array has its array's name. Nothing is seen of
// a body that is not JSON, or not well-formed.
void each_member(const wire::Headers& headers, std::string_view body, const SeeMember& see);

// "/namf-callback/v1/x" of "http://amf1:7777/namf-callback/v1/x?y#z"; "/" when there is none, and of "/a" just that.
std::string_view path_of_uri(std::string_view uri);

// That NF's own names and addresses, wherever it stands.
bool is_host_of(const identity::ExpectedNf& nf, std::string_view host);

// "1" or "1-000001" of {"sst": 1, "sd": "000001"} (TS 29.571 5.4.4.2); nothing when it is no slice.
std::optional<std::string> slice_of(const wire::Json& value);

}  // namespace cordon::enforcement
