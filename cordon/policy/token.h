// Text becomes tokens. Token kinds are the words and signs of Cedar's grammar; strings stay escaped until used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::policy {

// What is wrong, where (a byte offset), and what to do about it. `locate` turns it into an Error.
struct Complaint {
  std::size_t offset = 0;
  std::string message;
  std::string hint;  // may be empty
};

template <class T>
using Read = std::expected<T, Complaint>;

enum class TokenKind : std::uint8_t {
  end,
  name,
  integer,
  string,
  slot,
  left_parenthesis,
  right_parenthesis,
  left_bracket,
  right_bracket,
  left_brace,
  right_brace,
  comma,
  semicolon,
  colon,
  double_colon,
  dot,
  at,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  and_and,
  or_or,
  bang,
  plus,
  minus,
  star,
  slash,
  percent
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// One token after another, so that a long text never stands in memory as tokens. The text must be UTF-8, shorter than
// 4 GiB, and outlive this.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Read<Token> next();  // of kind `end` at the end, however often it is asked

 private:
  std::string_view rest() const { return text_.substr(position_); }
  Token take(TokenKind kind, std::size_t end);
  void skip_blank();
  Token word(TokenKind kind);
  Token digits();
  Read<Token> string();
  Read<Token> sign();
  Read<Token> stray() const;
  std::unexpected<Complaint> complain(std::string message, std::string hint) const;

  std::string_view text_;
  std::size_t position_ = 0;
};

Read<void> check_utf8(std::string_view text);

// The whole text as tokens, the last of kind `end`; checks that it is UTF-8.
Read<std::vector<Token>> tokens_of(std::string_view text);

// The words that can never be an identifier: true false if then else in is like has __cedar.
bool is_reserved(std::string_view name);
bool is_identifier(std::string_view text);

// The one of `known` that differs in at most two letters: for "did you mean".
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known);
std::optional<std::string_view> nearest(std::string_view word, std::initializer_list<std::string_view> known);

}  // namespace cordon::policy
