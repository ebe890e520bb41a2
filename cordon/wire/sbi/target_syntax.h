// The bytes a request target may be made of, and their decoding. Stricter than RFC 3986: one spelling for one target.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/wire/sbi/catalogue.h"

namespace cordon::wire::sbi {

inline constexpr std::size_t kMaxTarget = 8'192;
inline constexpr std::size_t kMaxQueryParameters = 64;  // THR-046

// What is wrong with a path, or nothing. A path without fault has only whole, plain segments, and every escape in it
// stands for a byte that cannot be written plainly.
std::optional<std::string> path_fault(std::string_view path);

// Undoes percent-encoding; nothing when the result is not UTF-8. The escapes must have passed path_fault.
std::optional<std::string> decode_segment(std::string_view segment);

// The parameters of a query, names unique. Names are views into the query.
Result<std::vector<Parameter>> parse_query(std::string_view query);

// application/x-www-form-urlencoded (RFC 6749 B): as a query, but '+' is a space and names may be escaped.
Result<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view body);

}  // namespace cordon::wire::sbi
