// The host of an http or https URI: where a notification would be sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cordon::wire::sbi {

bool is_http(std::string_view uri);  // the scheme, in any case of letters

// Lower case, without port, IPv6 addresses without brackets. Nothing for URIs with user information, odd characters
// or a port that is none: readers differ in which host those name.
std::optional<std::string> uri_host(std::string_view uri);

}  // namespace cordon::wire::sbi
