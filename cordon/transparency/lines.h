// The pieces of which C2SP's text formats are made: lines, decimal numbers without leading zeroes, hashes in base64.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/transparency/merkle.h"

namespace cordon::transparency {

// Takes the next line, without its line end, off the front of text; nothing when no line end is left.
std::optional<std::string_view> take_line(std::string_view& text);

// ASCII decimal with no leading zeroes, unless it is 0 itself.
std::optional<std::uint64_t> decimal(std::string_view digits);

Result<Hash> hash_of_line(std::string_view line);  // base64 of 32 octets
std::string line_of(const Hash& hash);             // the same with its line end

// Hashes, one a line, up to an empty line, which is taken as well. `what` names them in errors.
Result<std::vector<Hash>> take_hashes(std::string_view& text, std::string_view what);

// RFC 9162 2.1.3: no tree of 64-bit size has a longer path. C2SP tlog-witness: at most 63 hashes of consistency.
inline constexpr std::size_t kMostHashes = 63;

}  // namespace cordon::transparency
