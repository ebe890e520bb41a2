#include "cordon/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <format>
#include <numeric>

namespace cordon {

namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kLongestWord = 64;  // names people mistype are short; bounds the quadratic comparison

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

// RFC 3629 4: what the second byte may be after the first; the others are 80..BF.
bool second_allowed(std::uint8_t first, std::uint8_t second) {
  switch (first) {
    case 0xe0:
      return second >= 0xa0 && second <= 0xbf;
    case 0xed:
      return second >= 0x80 && second <= 0x9f;  // no surrogates
    case 0xf0:
      return second >= 0x90 && second <= 0xbf;
    case 0xf4:
      return second >= 0x80 && second <= 0x8f;  // not above U+10FFFF
    default:
      return second >= 0x80 && second <= 0xbf;
  }
}

std::size_t length_by_first(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

bool is_control(std::string_view character) {
  const auto first = byte_at(character, 0);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  return character.size() == 2 && first == 0xc2 &&
         byte_at(character, 1) < 0xa0;  // U+0080..U+009F steer terminals too
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::size_t edit_distance(std::string_view one, std::string_view other) {
  // Three rows of the table are enough: a swap of neighbours looks two rows back.
  std::vector<std::size_t> before(other.size() + 1);
  std::vector<std::size_t> above(other.size() + 1);
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), 0UZ);
  for (std::size_t i = 1; i <= one.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const bool same = lower(one[i - 1]) == lower(other[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      const bool swapped =
          i > 1 && j > 1 && lower(one[i - 1]) == lower(other[j - 2]) && lower(one[i - 2]) == lower(other[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[other.size()];
}

std::string_view closest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t least = std::max(1UZ, word.size() / 3) + 1;  // about one mistake in three letters
  for (const auto candidate : candidates) {
    if (candidate.size() > kLongestWord) continue;
    const auto distance = edit_distance(word, candidate);
    if (distance >= least || distance >= candidate.size()) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = byte_at(text, 0);
  const auto length = length_by_first(first);
  if (length == 0 || text.size() < length) return 0;
  if (length > 1 && !second_allowed(first, byte_at(text, 1))) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  const bool cut = text.size() > most;
  text = text.substr(0, most);
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const auto character = text.substr(0, std::max(1UZ, length));
    text.remove_prefix(character.size());
    if (character == "\n") {
      out += "\\n";
    } else if (length == 0 || is_control(character)) {
      for (const char c : character) out += std::format("\\x{:02x}", static_cast<std::uint8_t>(c));
    } else {
      out += character;
    }
  }
  if (cut) out += "...";
  return out;
}

}  // namespace cordon
