#include "cordon/transparency/key_name.h"

#include <algorithm>
#include <array>

#include "cordon/base/text.h"

namespace cordon::transparency {

namespace {

// Unicode White_Space beyond ASCII, in UTF-8: U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F,
// U+205F, U+3000.
constexpr std::array<std::string_view, 19> kSpaces = {
    "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
    "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

bool allowed(std::string_view character) {
  if (character.size() > 1) return !std::ranges::contains(kSpaces, character);
  const auto c = character.front();
  return c > ' ' && c != '+' && c != '\x7f';
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty() || name.size() > 255) return false;
  while (!name.empty()) {
    const auto length = utf8_length(name);
    if (length == 0 || !allowed(name.substr(0, length))) return false;
    name.remove_prefix(length);
  }
  return true;
}

}  // namespace cordon::transparency
