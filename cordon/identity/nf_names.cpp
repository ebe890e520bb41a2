#include "cordon/identity/nf_names.h"

#include <algorithm>
#include <charconv>

namespace cordon::identity {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_hexadecimal(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

template <class Fits>
bool consists_of(std::string_view text, std::size_t most, Fits fits) {
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, fits);
}

// RFC 1123 2.1, with the underscore that some cores use.
bool is_label(std::string_view label) {
  const auto fits = [](char c) { return is_digit(c) || is_capital(c) || is_small(c) || c == '-' || c == '_'; };
  return consists_of(label, 63, fits) && label.front() != '-' && label.back() != '-';
}

bool is_service_type(std::string_view text) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  const bool shortest = text == "0" || !text.starts_with('0');
  return whole && shortest && value >= 0 && value <= 255 && is_digit(text.front());
}

}  // namespace

bool is_nf_type(std::string_view text) {
  return consists_of(text, 32, [](char c) { return is_capital(c) || is_digit(c) || c == '_'; });
}

bool is_nf_name(std::string_view text) {
  const auto fits = [](char c) {
    return is_digit(c) || is_capital(c) || is_small(c) || c == '-' || c == '_' || c == '.';
  };
  return consists_of(text, 64, fits) && text.front() != '.' && text.front() != '-';
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_plmn(std::string_view text) { return text.size() >= 5 && consists_of(text, 6, is_digit); }

bool is_slice(std::string_view text) {
  const auto dash = text.find('-');
  if (text.empty() || !is_service_type(text.substr(0, dash))) return false;
  if (dash == std::string_view::npos) return true;
  const auto differentiator = text.substr(dash + 1);
  return differentiator.size() == 6 && consists_of(differentiator, 6, is_hexadecimal);
}

}  // namespace cordon::identity
