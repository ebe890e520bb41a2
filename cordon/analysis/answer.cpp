// Reading what an SMT-LIB solver prints.
#include <charconv>
#include <cstdint>

#include "cordon/analysis/solver.h"

namespace cordon::analysis {

namespace {

constexpr std::size_t kMostDepth = 500;

std::unexpected<Error> unreadable() { return fail(ErrorKind::internal, "the solver's answer cannot be read"); }

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    // Lone surrogates are characters of SMT-LIB but of no UTF-8 text: replaced, and so never confirmed wrongly.
    if (code >= 0xD800 && code <= 0xDFFF) code = 0xFFFD;
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// \u{...} or \uXXXX at the start of text: the character and how many bytes it took; 0 bytes when there is none.
std::pair<std::uint32_t, std::size_t> escape(std::string_view text) {
  if (!text.starts_with("\\u")) return {0, 0};
  const bool braces = text.size() > 2 && text[2] == '{';
  const auto close = braces ? text.find('}') : std::size_t{6};
  const std::size_t begin = braces ? 3 : 2;
  if (close == text.npos || close > text.size() || close <= begin) return {0, 0};
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + close, code, 16);
  if (error != std::errc{} || end != text.data() + close) return {0, 0};
  return {code, close + (braces ? 1 : 0)};
}

Result<Answer> read_string(std::string_view& text) {
  Answer read{.word = {}, .quoted = true, .parts = {}};
  text.remove_prefix(1);
  while (!text.empty()) {
    if (text.starts_with("\"\"")) {
      read.word += '"';
      text.remove_prefix(2);
    } else if (text.front() == '"') {
      text.remove_prefix(1);
      return read;
    } else if (const auto [code, taken] = escape(text); taken > 0) {
      append_utf8(read.word, code);
      text.remove_prefix(taken);
    } else {
      read.word += text.front();
      text.remove_prefix(1);
    }
  }
  return unreadable();
}

void skip_space(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

Result<Answer> read_at(std::string_view& text, std::size_t depth) {
  skip_space(text);
  if (text.empty() || text.front() == ')' || depth > kMostDepth) return unreadable();
  if (text.front() == '"') return read_string(text);
  Answer read;
  if (text.front() != '(') {
    const auto end = std::min(text.find_first_of(" \t\r\n()"), text.size());
    read.word = text.substr(0, end);
    text.remove_prefix(end);
    return read;
  }
  text.remove_prefix(1);
  for (skip_space(text); !text.starts_with(')'); skip_space(text)) {
    auto part = read_at(text, depth + 1);
    if (!part) return part;
    read.parts.push_back(std::move(*part));
  }
  text.remove_prefix(1);
  return read;
}

}  // namespace

Result<Answer> read_answer(std::string_view& text) { return read_at(text, 0); }

}  // namespace cordon::analysis
