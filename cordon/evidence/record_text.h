// Texts of records: how much of them is kept, and how some are written shorter than they read.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/evidence/record.h"

namespace cordon::evidence {

// Limits in bytes, of the JSON form. All of a record's together stay under what a sealed entry may have.
inline constexpr std::size_t kShortText = 512;
inline constexpr std::size_t kResourceText = 4096;
inline constexpr std::size_t kReasonText = 8192;
inline constexpr std::size_t kPoliciesText = 6144;
inline constexpr std::size_t kDetailsText = 20'480;
inline constexpr std::size_t kClaimsText = 4096;
inline constexpr std::size_t kObligationsText = 2048;
inline constexpr std::size_t kItemText = 2048;
inline constexpr std::size_t kMarkText = 40;            // room for the mark that says how much is missing
inline constexpr std::size_t kLongestJson = 80U << 10;  // of a record, whatever stands in it
inline constexpr std::size_t kMostSubjects = 4;
inline constexpr std::size_t kMostLinks = 64;
inline constexpr std::size_t kMostIdentifierBytes = 512;  // RFC 7542 2.2: an NAI has at most 253
inline constexpr std::size_t kMostSourceBytes = 64;
inline constexpr int kMostStatus = 999;  // RFC 9110 15: three digits

// At most `most` bytes when written as a JSON string without its quotes; what is cut off is counted: "abc...[12 bytes
// cut]".
std::string clip(std::string_view text, std::size_t most);

// The text clipped, and what is no UTF-8 in it replaced by U+FFFD: mostly text itself, else kept in scratch.
std::string_view fitted(std::string_view text, std::size_t most, std::string& scratch);

// A pseudonym as it is shown ("p:" and 20 hexadecimal digits), and its ten bytes.
std::optional<Bytes> pseudonym_bytes(std::string_view shown);
std::string shown_pseudonym(BytesView bytes);

// Subscribers in a text become 0x10 and their digit, 0x10 itself becomes 0x10 0x10.
inline constexpr char kReference = '\x10';
std::string_view with_references(std::string_view text, std::span<const Subject> subjects, std::string& scratch);
Result<std::string> without_references(std::string_view text, std::span<const Subject> subjects);

}  // namespace cordon::evidence
