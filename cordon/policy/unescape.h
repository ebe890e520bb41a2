// String literals: the escapes of Cedar, and the patterns of `like`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/policy/token.h"

namespace cordon::policy {

// `literal` includes its quotes and starts at `offset` of the text.
Read<std::string> unescape(std::string_view literal, std::size_t offset);

// The pieces between wildcards: "a*b" is {"a", "b"}, "*" is {"", ""}; `\*` is a star itself.
Read<std::vector<std::string>> unescape_pattern(std::string_view literal, std::size_t offset);

// Whether the pieces occur in order, the first at the start and the last at the end.
bool matches(std::string_view text, const std::vector<std::string>& pieces);

// The text in quotes, as Cedar would read it back.
std::string in_quotes(std::string_view text);

// The offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), or npos.
std::size_t find_malformed_utf8(std::string_view text);

}  // namespace cordon::policy
