#include "cordon/policy/unescape.h"

#include <cstdint>
#include <format>
#include <optional>

namespace cordon::policy {

namespace {

constexpr std::size_t kLongestUnicode = 64;  // bytes of \u{...}; underscores make it longer than its six digits

std::optional<std::uint32_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return std::nullopt;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto tail = [&](std::uint32_t shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    tail(12), tail(6), tail(0);
  }
}

// Reads one literal; a star that stands for itself is told apart from a wildcard in patterns.
class Literal {
 public:
  Literal(std::string_view literal, std::size_t offset, bool pattern)
      : body_(literal.substr(1, literal.size() - 2)), offset_(offset + 1), pattern_(pattern) {}

  Read<std::vector<std::string>> read() {
    while (position_ < body_.size()) {
      if (auto one = next(); !one) return std::unexpected(one.error());
    }
    return std::move(pieces_);
  }

 private:
  std::string& out() { return pieces_.back(); }

  Read<void> next() {
    const char c = body_[position_];
    if (c == '\\') return escape();
    if (c == '\r') return wrong(1, "write \\r for a carriage return");
    ++position_;
    if (pattern_ && c == '*') {
      pieces_.emplace_back();
    } else {
      out() += c;
    }
    return {};
  }

  Read<void> escape() {
    const char c = body_[position_ + 1];  // the lexer never ends a string behind a backslash
    switch (c) {
      case 'n':
        return plain('\n');
      case 'r':
        return plain('\r');
      case 't':
        return plain('\t');
      case '0':
        return plain('\0');
      case '\\':
      case '\'':
      case '"':
        return plain(c);
      case 'x':
        return byte();
      case 'u':
        return unicode();
      default:
        break;
    }
    if (c == '*' && pattern_) return plain(c);
    return wrong(2, c == '*' ? "`\\*` is for the patterns of `like`; write `*`"
                             : "the escapes are \\n \\r \\t \\0 \\\\ \\' \\\" \\x41 \\u{1F600}");
  }

  Read<void> plain(char c) {
    out() += c;
    position_ += 2;
    return {};
  }

  Read<void> byte() {
    const auto digits = body_.substr(position_ + 2, 2);
    const auto high = digits.size() == 2 ? hex_digit(digits[0]) : std::nullopt;
    const auto low = digits.size() == 2 ? hex_digit(digits[1]) : std::nullopt;
    if (!high || !low || *high > 7) return wrong(2 + digits.size(), "\\x takes two digits, at most 7F");
    out() += static_cast<char>(*high * 16 + *low);
    position_ += 4;
    return {};
  }

  // \u{...}: one to six hexadecimal digits, underscores between them, naming a Unicode scalar value.
  Read<void> unicode() {
    const std::size_t close = body_.find('}', position_);
    const bool closed = close != std::string_view::npos && close - position_ <= kLongestUnicode;
    const std::size_t length = closed ? close + 1 - position_ : 2;
    const auto value =
        length > 3 && body_[position_ + 2] == '{' ? scalar(body_.substr(position_ + 3, length - 4)) : std::nullopt;
    if (!value) return wrong(length, "\\u takes one to six hexadecimal digits of a character: \\u{1F600}");
    append_utf8(out(), *value);
    position_ += length;
    return {};
  }

  static std::optional<std::uint32_t> scalar(std::string_view digits) {
    if (digits.starts_with('_')) return std::nullopt;
    std::uint32_t value = 0;
    std::size_t count = 0;
    for (const char c : digits) {
      if (c == '_') continue;
      const auto digit = hex_digit(c);
      if (!digit || ++count > 6) return std::nullopt;
      value = value * 16 + *digit;
    }
    if (count == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return std::nullopt;
    return value;
  }

  std::unexpected<Complaint> wrong(std::size_t length, std::string hint) const {
    std::string shown(body_.substr(position_, length));
    if (shown == "\r") shown = "carriage return";
    return std::unexpected(
        Complaint{offset_ + position_, std::format("`{}` is not valid in a string", shown), std::move(hint)});
  }

  std::string_view body_;
  std::size_t offset_;
  bool pattern_;
  std::size_t position_ = 0;
  std::vector<std::string> pieces_ = {""};
};

// How many bytes the character at the front takes; 0 when it is not well formed. RFC 3629 4.
std::size_t character_length(std::string_view rest) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0U;
  };
  const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    return tail(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    return tail(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

std::string escaped(char c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\0':
      return "\\0";
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte == 0x7F) return std::format("\\u{{{:x}}}", byte);
  return {c};
}

}  // namespace

Read<std::string> unescape(std::string_view literal, std::size_t offset) {
  auto pieces = Literal(literal, offset, false).read();
  if (!pieces) return std::unexpected(pieces.error());
  return std::move(pieces->front());
}

Read<std::vector<std::string>> unescape_pattern(std::string_view literal, std::size_t offset) {
  return Literal(literal, offset, true).read();
}

// Taking the earliest place for each middle piece leaves the most room for the next, so no search has to go back.
bool matches(std::string_view text, const std::vector<std::string>& pieces) {
  if (pieces.size() == 1) return text == pieces.front();
  if (!text.starts_with(pieces.front())) return false;
  text.remove_prefix(pieces.front().size());
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    const std::size_t found = text.find(pieces[i]);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + pieces[i].size());
  }
  return text.ends_with(pieces.back());
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += escaped(c);
  return out + '"';
}

std::size_t find_malformed_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

}  // namespace cordon::policy
