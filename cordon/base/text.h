// Small questions about text that several rooms ask.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cordon {

std::string_view trim(std::string_view text);  // without spaces, tabs and line ends at both sides

// The parts between separators; always one more than there are separators. Views into text.
std::vector<std::string_view> split(std::string_view text, char separator);

// Single edits (insert, remove, replace, swap neighbours) from one word to the other, letters compared without case.
std::size_t edit_distance(std::string_view one, std::string_view other);

// The candidate a person most likely meant; empty when none is near. A view into candidates.
std::string_view closest(std::string_view word, std::span<const std::string_view> candidates);

// The length of the valid UTF-8 character at the start of text; 0 when there is none (RFC 3629 4).
std::size_t utf8_length(std::string_view text);

// Foreign text made safe for one line of a terminal, cut after `most` bytes: abc\n\x1b... Never longer than 4 * most
// + 3.
std::string printable(std::string_view text, std::size_t most = 80);

}  // namespace cordon
