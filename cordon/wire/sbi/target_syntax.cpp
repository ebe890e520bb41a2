#include "cordon/wire/sbi/target_syntax.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <format>

#include "cordon/base/text.h"

namespace cordon::wire::sbi {

namespace {

// RFC 3986 2: where a byte may stand unescaped.
enum Place : std::uint8_t { kUnreserved = 1, kInSegment = 2, kInQuery = 4 };

constexpr auto kPlaces = [] {
  std::array<std::uint8_t, 256> places{};
  const auto mark = [&](std::string_view characters, std::uint8_t place) {
    for (const char c : characters) {
      auto& known = places[static_cast<std::uint8_t>(c)];
      known = static_cast<std::uint8_t>(known | place);
    }
  };
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  mark(kPlain, kUnreserved | kInSegment | kInQuery);
  // ';' is a sub-delimiter too, but some servers cut path parameters off with it: "..;/" (THR-040).
  mark("!$&'()*+,=:@", kInSegment | kInQuery);
  mark(";/?", kInQuery);
  return places;
}();

bool may_stand(char c, Place place) { return (kPlaces[static_cast<std::uint8_t>(c)] & place) != 0; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte an escape at the start of text stands for; -1 when it is none.
int escaped_byte(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool is_control(int byte) { return byte < 0x20 || byte == 0x7f; }

// What keeps an escape out of a path, or nothing.
std::string_view escape_fault(std::string_view rest) {
  const int byte = escaped_byte(rest);
  if (byte < 0) return "'%' without two hexadecimal digits";
  const char c = static_cast<char>(byte);
  if (is_control(byte)) return "an encoded control character";
  if (c == '/' || c == '\\') return "an encoded slash or backslash";
  // RFC 3986 6.2.2.2: a normaliser would decode these, so another server may read another path.
  if (may_stand(c, kUnreserved)) return "an encoded character that needs no encoding";
  if (c == '%' && rest.size() >= 5 && hex_value(rest[3]) >= 0 && hex_value(rest[4]) >= 0) return "double encoding";
  return {};
}

std::string_view segment_fault(std::string_view segment) {
  if (segment.empty()) return "an empty segment";
  if (segment == "." || segment == "..") return "a dot segment";
  return {};
}

std::string at(std::size_t place, std::string_view what) { return std::format("{} at byte {}", what, place); }

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_decoded(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
    } else {
      out += static_cast<char>(escaped_byte(text.substr(i)));
      i += 2;
    }
  }
}

std::optional<std::string> text_fault(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (may_stand(text[i], kInQuery)) continue;
    if (text[i] != '%') return std::format("'{}' must be percent-encoded", printable(text.substr(i, 1)));
    const int byte = escaped_byte(text.substr(i));
    if (byte < 0) return "'%' without two hexadecimal digits";
    if (is_control(byte)) return "an encoded control character";
    i += 2;
  }
  return std::nullopt;
}

Result<std::string> decode_text(std::string_view text) {
  if (auto fault = text_fault(text)) return fail(ErrorKind::invalid_input, std::move(*fault));
  std::string out;
  out.reserve(text.size());
  append_decoded(out, text);
  if (!is_utf8(out)) return fail(ErrorKind::invalid_input, "bytes that are not UTF-8");
  return out;
}

struct Pair {
  std::string_view name, value;
};

Result<std::vector<Pair>> pairs_of(std::string_view text) {
  std::vector<Pair> pairs;
  const auto count = static_cast<std::size_t>(std::ranges::count(text, '&')) + 1;
  if (count > kMaxQueryParameters) {
    return fail(ErrorKind::invalid_input, std::format("{} parameters, {} are allowed", count, kMaxQueryParameters));
  }
  pairs.reserve(count);
  while (pairs.size() < count) {
    const auto pair = text.substr(0, text.find('&'));
    const auto equals = pair.find('=');
    if (equals == pair.npos || equals == 0) {
      return fail(ErrorKind::invalid_input, std::format("'{}' is not name=value", printable(pair, 40)));
    }
    pairs.push_back({pair.substr(0, equals), pair.substr(equals + 1)});
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
  }
  return pairs;
}

template <class Parameters>
bool has_name(const Parameters& parameters, std::string_view name) {
  return std::ranges::any_of(parameters, [&](const auto& each) {
    const auto& [known, value] = each;
    return known == name;
  });
}

std::unexpected<Error> repeated(std::string_view name) {
  return fail(ErrorKind::invalid_input, std::format("parameter '{}' is repeated", printable(name, 40)));
}

}  // namespace

std::optional<std::string> path_fault(std::string_view path) {
  if (!path.starts_with('/')) return "a path starts with '/'";
  std::size_t start = 1;  // of the current segment
  for (std::size_t i = 1; i <= path.size(); ++i) {
    while (i < path.size() && may_stand(path[i], kInSegment)) ++i;
    if (i == path.size() || path[i] == '/') {
      const auto fault = segment_fault(path.substr(start, i - start));
      if (!fault.empty()) return at(start, fault);
      start = i + 1;
    } else if (path[i] == '%') {
      const auto fault = escape_fault(path.substr(i));
      if (!fault.empty()) return at(i, fault);
      i += 2;
    } else {
      return at(i, std::format("'{}', which may not stand in a path,", printable(path.substr(i, 1))));
    }
  }
  return std::nullopt;
}

std::optional<std::string> decode_segment(std::string_view segment) {
  if (!segment.contains('%')) return std::string(segment);
  std::string out;
  append_decoded(out, segment);
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

Result<std::vector<Parameter>> parse_query(std::string_view query) {
  const auto pairs = pairs_of(query);
  if (!pairs) return std::unexpected(pairs.error());
  std::vector<Parameter> result;
  result.reserve(pairs->size());
  for (const auto& [name, value] : *pairs) {
    // No 3GPP parameter name needs an escape; with none allowed, a name has one spelling.
    if (!std::ranges::all_of(name, [](char c) { return may_stand(c, kUnreserved); })) {
      return fail(ErrorKind::invalid_input, std::format("'{}' is no parameter name", printable(name, 40)));
    }
    if (has_name(result, name)) return repeated(name);
    auto decoded = decode_text(value);
    if (!decoded) return std::unexpected(within(std::format("parameter '{}'", printable(name, 40)), decoded.error()));
    result.push_back({name, std::move(*decoded)});
  }
  return result;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view body) {
  std::string text;
  for (const char c : body) {
    if (c == '+') {
      text += "%20";
    } else {
      text += c;
    }
  }
  const auto pairs = pairs_of(text);
  if (!pairs) return std::unexpected(pairs.error());
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& [name, value] : *pairs) {
    auto decoded_name = decode_text(name);
    if (!decoded_name) return std::unexpected(decoded_name.error());
    auto decoded = decode_text(value);
    if (!decoded) return std::unexpected(decoded.error());
    // RFC 6749 3.2: "Request and response parameters MUST NOT be included more than once."
    if (has_name(result, *decoded_name)) return repeated(*decoded_name);
    result.emplace_back(std::move(*decoded_name), std::move(*decoded));
  }
  return result;
}

}  // namespace cordon::wire::sbi
