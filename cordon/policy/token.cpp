#include "cordon/policy/token.h"

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include "cordon/policy/unescape.h"

namespace cordon::policy {

namespace {

constexpr std::array<std::string_view, 10> kReserved = {"true", "false", "if",   "then", "else",
                                                        "in",   "is",    "like", "has",  "__cedar"};

bool starts_identifier(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool continues_identifier(char c) { return starts_identifier(c) || is_digit(c); }

// White space outside ASCII, in UTF-8: what Unicode's White_Space property holds, as the reference lexer does.
constexpr std::array<std::string_view, 17> kWideSpaces = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
    "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

std::size_t space_length(std::string_view rest) {
  const char c = rest.front();
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  if (static_cast<unsigned char>(c) < 0x80) return 0;
  if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) return 3;  // line, paragraph separator
  for (const std::string_view space : kWideSpaces) {
    if (rest.starts_with(space)) return space.size();
  }
  return 0;
}

struct Sign {
  std::string_view text;
  TokenKind kind;
};

// Longest first.
constexpr std::array<Sign, 26> kSigns = {{{"::", TokenKind::double_colon},
                                          {"==", TokenKind::equal},
                                          {"!=", TokenKind::not_equal},
                                          {"<=", TokenKind::less_equal},
                                          {">=", TokenKind::greater_equal},
                                          {"&&", TokenKind::and_and},
                                          {"||", TokenKind::or_or},
                                          {"(", TokenKind::left_parenthesis},
                                          {")", TokenKind::right_parenthesis},
                                          {"[", TokenKind::left_bracket},
                                          {"]", TokenKind::right_bracket},
                                          {"{", TokenKind::left_brace},
                                          {"}", TokenKind::right_brace},
                                          {",", TokenKind::comma},
                                          {";", TokenKind::semicolon},
                                          {":", TokenKind::colon},
                                          {".", TokenKind::dot},
                                          {"@", TokenKind::at},
                                          {"<", TokenKind::less},
                                          {">", TokenKind::greater},
                                          {"!", TokenKind::bang},
                                          {"+", TokenKind::plus},
                                          {"-", TokenKind::minus},
                                          {"*", TokenKind::star},
                                          {"/", TokenKind::slash},
                                          {"%", TokenKind::percent}}};

// Levenshtein's distance, for words short enough to be keywords.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

Token Lexer::take(TokenKind kind, std::size_t end) {
  const Token token{kind, static_cast<std::uint32_t>(position_), static_cast<std::uint32_t>(end)};
  position_ = end;
  return token;
}

void Lexer::skip_blank() {
  while (position_ < text_.size()) {
    if (const std::size_t length = space_length(rest())) {
      position_ += length;
    } else if (rest().starts_with("//")) {
      position_ = std::min(text_.find_first_of("\n\r", position_), text_.size());
    } else {
      return;
    }
  }
}

Read<Token> Lexer::next() {
  skip_blank();
  if (position_ == text_.size()) return take(TokenKind::end, position_);
  const char c = text_[position_];
  if (starts_identifier(c)) return word(TokenKind::name);
  if (is_digit(c)) return digits();
  if (c == '"') return string();
  if (c == '?' && position_ + 1 < text_.size() && starts_identifier(text_[position_ + 1])) {
    return word(TokenKind::slot);
  }
  return sign();
}

Token Lexer::word(TokenKind kind) {
  std::size_t end = position_ + 1;
  while (end < text_.size() && continues_identifier(text_[end])) ++end;
  return take(kind, end);
}

Token Lexer::digits() {
  std::size_t end = position_;
  while (end < text_.size() && is_digit(text_[end])) ++end;
  return take(TokenKind::integer, end);
}

// A string may run over several lines; a backslash keeps the next character from ending it.
Read<Token> Lexer::string() {
  for (std::size_t end = position_ + 1; end < text_.size(); ++end) {
    if (text_[end] == '\\') {
      ++end;
    } else if (text_[end] == '"') {
      return take(TokenKind::string, end + 1);
    }
  }
  return complain("this string is never closed", "put a `\"` at its end");
}

Read<Token> Lexer::sign() {
  for (const Sign& sign : kSigns) {
    if (rest().starts_with(sign.text)) return take(sign.kind, position_ + sign.text.size());
  }
  return stray();
}

Read<Token> Lexer::stray() const {
  switch (text_[position_]) {
    case '\'':
      return complain("strings use double quotes, not single quotes", "write \"...\"");
    case '=':
      return complain("`=` is not an operator", "write `==` to compare");
    case '&':
      return complain("`&` is not an operator", "write `&&`");
    case '|':
      return complain("`|` is not an operator", "write `||`");
    case '?':
      return complain("a slot is `?principal` or `?resource`", "write it without a blank");
    default:
      return complain("this character has no meaning here", "put text into double quotes");
  }
}

std::unexpected<Complaint> Lexer::complain(std::string message, std::string hint) const {
  return std::unexpected(Complaint{position_, std::move(message), std::move(hint)});
}

Read<void> check_utf8(std::string_view text) {
  const std::size_t bad = find_malformed_utf8(text);
  if (bad == std::string_view::npos) return {};
  return std::unexpected(Complaint{bad, "the text is not UTF-8 here", "save the file as UTF-8"});
}

Read<std::vector<Token>> tokens_of(std::string_view text) {
  if (auto checked = check_utf8(text); !checked) return std::unexpected(checked.error());
  std::vector<Token> tokens;
  for (Lexer lexer(text); tokens.empty() || tokens.back().kind != TokenKind::end;) {
    auto token = lexer.next();
    if (!token) return std::unexpected(token.error());
    tokens.push_back(*token);
  }
  return tokens;
}

bool is_reserved(std::string_view name) { return std::ranges::find(kReserved, name) != kReserved.end(); }

bool is_identifier(std::string_view text) {
  return !text.empty() && starts_identifier(text.front()) && std::ranges::all_of(text, continues_identifier);
}

std::optional<std::string_view> nearest(std::string_view word, std::initializer_list<std::string_view> known) {
  return nearest(word, std::span(known.begin(), known.size()));
}

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known) {
  std::optional<std::string_view> best;
  std::size_t least = 3;  // differences: three or more is another word
  for (const std::string_view candidate : known) {
    if (word.size() > candidate.size() + 2) continue;
    if (const std::size_t d = distance(word, candidate); d < least && d < candidate.size()) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace cordon::policy
