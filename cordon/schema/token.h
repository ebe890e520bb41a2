// Schema text becomes tokens, one at a time, so that a large text costs no list of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cordon/schema/written.h"

namespace cordon::schema {

enum class TokenKind : std::uint8_t {
  end,
  word,
  number,
  string,
  comma,
  semicolon,
  colon,
  double_colon,
  left_brace,
  right_brace,
  left_bracket,
  right_bracket,
  left_parenthesis,
  right_parenthesis,
  less,
  greater,
  equal,
  question,
  at
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// A cursor that remembers the first complaint. After it the cursor stands at the end of the text, so that every loop
// of the grammar finishes by itself.
class Cursor {
 public:
  explicit Cursor(std::string_view text);  // UTF-8, shorter than 4 GiB; it must outlive the cursor

  const Token& peek() const { return token_; }
  Token take();
  bool at(TokenKind kind) const { return token_.kind == kind; }
  bool accept(TokenKind kind);
  bool at_word(std::string_view word) const { return at(TokenKind::word) && spelling(token_) == word; }
  bool accept_word(std::string_view word);
  Token expect(TokenKind kind, std::string_view what, std::string hint = {});

  std::string_view spelling(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }
  std::string string(const Token& token);  // unescaped
  std::string found() const;               // "`foo`", or "the end of the text"

  void complain(std::size_t offset, std::string message, std::string hint = {});
  bool failed() const { return complaint_.has_value(); }
  const std::optional<Complaint>& complaint() const { return complaint_; }

 private:
  void skip_blank();
  void next();
  void sign();
  void string_literal();
  void set(TokenKind kind, std::size_t length);

  std::string_view text_;
  Token token_;
  std::optional<Complaint> complaint_;
};

}  // namespace cordon::schema
