#include "cordon/schema/token.h"

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include "cordon/policy/unescape.h"

namespace cordon::schema {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// White space outside ASCII: the rest of Unicode's White_Space property, in UTF-8.
constexpr std::array<std::string_view, 19> kWideSpaces = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83",
    "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A",
    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

std::size_t space_length(std::string_view rest) {
  const char c = rest.front();
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  if (static_cast<unsigned char>(c) < 0x80) return 0;
  const auto found = std::ranges::find_if(kWideSpaces, [&](std::string_view s) { return rest.starts_with(s); });
  return found == kWideSpaces.end() ? 0 : found->size();
}

struct Sign {
  char text;
  TokenKind kind;
};

constexpr std::array<Sign, 14> kSigns = {{{',', TokenKind::comma},
                                          {';', TokenKind::semicolon},
                                          {':', TokenKind::colon},
                                          {'{', TokenKind::left_brace},
                                          {'}', TokenKind::right_brace},
                                          {'[', TokenKind::left_bracket},
                                          {']', TokenKind::right_bracket},
                                          {'(', TokenKind::left_parenthesis},
                                          {')', TokenKind::right_parenthesis},
                                          {'<', TokenKind::less},
                                          {'>', TokenKind::greater},
                                          {'=', TokenKind::equal},
                                          {'?', TokenKind::question},
                                          {'@', TokenKind::at}}};

template <class Test>
std::size_t run_length(std::string_view text, Test test) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, test) - text.begin());
}

}  // namespace

Cursor::Cursor(std::string_view text) : text_(text) {
  if (const std::size_t bad = policy::find_malformed_utf8(text); bad != std::string_view::npos) {
    complain(bad, "the text is not UTF-8 here", "save the file as UTF-8");
  } else {
    next();
  }
}

Token Cursor::take() {
  const Token token = token_;
  if (!failed()) next();
  return token;
}

bool Cursor::accept(TokenKind kind) {
  if (!at(kind)) return false;
  take();
  return true;
}

bool Cursor::accept_word(std::string_view word) {
  if (!at_word(word)) return false;
  take();
  return true;
}

Token Cursor::expect(TokenKind kind, std::string_view what, std::string hint) {
  if (at(kind)) return take();
  complain(token_.begin, std::format("expected {}, found {}", what, found()), std::move(hint));
  return token_;
}

std::string Cursor::string(const Token& token) {
  if (failed()) return {};
  auto text = policy::unescape(spelling(token), token.begin);
  if (text) return std::move(*text);
  complain(text.error().offset, text.error().message, text.error().hint);
  return {};
}

std::string Cursor::found() const {
  constexpr std::size_t kMost = 40;
  if (at(TokenKind::end)) return "the end of the text";
  const std::string_view text = spelling(token_);
  if (text.size() > kMost) return "a long word or string";
  return std::format("`{}`", text);
}

void Cursor::complain(std::size_t offset, std::string message, std::string hint) {
  if (!complaint_) complaint_ = Complaint{offset, std::move(message), std::move(hint)};
  const auto end = static_cast<std::uint32_t>(text_.size());
  token_ = {TokenKind::end, end, end};
}

void Cursor::skip_blank() {
  for (std::size_t at = token_.end; at < text_.size();) {
    const std::string_view rest = text_.substr(at);
    std::size_t length = space_length(rest);
    if (length == 0 && rest.starts_with("//")) length = std::min(rest.find_first_of("\n\r"), rest.size());
    if (length == 0) return;
    at += length;
    token_.end = static_cast<std::uint32_t>(at);
  }
}

void Cursor::next() {
  skip_blank();
  token_.begin = token_.end;
  const std::string_view rest = text_.substr(token_.begin);
  if (rest.empty()) return set(TokenKind::end, 0);
  if (is_letter(rest.front())) {
    return set(TokenKind::word, run_length(rest, [](char c) { return is_letter(c) || is_digit(c); }));
  }
  if (is_digit(rest.front())) return set(TokenKind::number, run_length(rest, is_digit));
  if (rest.front() == '"') return string_literal();
  if (rest.starts_with("::")) return set(TokenKind::double_colon, 2);
  sign();
}

void Cursor::set(TokenKind kind, std::size_t length) {
  token_.kind = kind;
  token_.end = token_.begin + static_cast<std::uint32_t>(length);
}

void Cursor::sign() {
  const char c = text_[token_.begin];
  const auto found = std::ranges::find(kSigns, c, &Sign::text);
  if (found != kSigns.end()) return set(found->kind, 1);
  if (c == '\'') return complain(token_.begin, "strings use double quotes, not single quotes", "write \"...\"");
  if (c == '/' || c == '#')
    return complain(token_.begin, "comments begin with `//` and end with the line", "write `//`");
  if (text_.substr(token_.begin).starts_with("\xEF\xBB\xBF")) {
    return complain(token_.begin, "a byte order mark is no part of a schema", "save the file without it");
  }
  complain(token_.begin, "this character has no meaning here", "put text into double quotes");
}

// A string may run over several lines; a backslash keeps the next character from ending it, but not the line.
void Cursor::string_literal() {
  for (std::size_t at = token_.begin + std::size_t{1}; at < text_.size(); ++at) {
    if (text_[at] == '"') return set(TokenKind::string, at + 1 - token_.begin);
    if (text_[at] != '\\') continue;
    ++at;
    if (at < text_.size() && text_[at] == '\n') {
      return complain(at - 1, "a backslash cannot stand at the end of a line",
                      "write `\\n`, or `\\\\` for a backslash");
    }
  }
  complain(token_.begin, "this string is never closed", "put a `\"` at its end");
}

}  // namespace cordon::schema
