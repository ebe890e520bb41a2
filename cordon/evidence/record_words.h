// Words that stand in nearly every record, as numbers. The list only ever grows at its end: what a number means is
// written into logs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cordon::evidence {

std::optional<std::uint64_t> word_number(std::string_view word);
std::string word_of(std::uint64_t number);  // "?400" for one that a later version added

}  // namespace cordon::evidence
