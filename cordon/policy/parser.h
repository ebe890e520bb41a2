// What the two halves of the parser share: a cursor over tokens that remembers the first complaint. After a complaint
// the cursor stands at the end of the text, so that every loop of the grammar finishes by itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/token.h"

namespace cordon::policy {

class Cursor {
 public:
  Cursor(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  const Token& peek(std::size_t ahead = 0) const;
  Token take();
  bool accept(TokenKind kind);
  bool at(TokenKind kind) const { return peek().kind == kind; }
  bool at_word(std::string_view word) const { return at(TokenKind::name) && spelling(peek()) == word; }
  bool accept_word(std::string_view word);
  Token expect(TokenKind kind, std::string_view what, std::string hint = {});

  std::string_view spelling(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }
  std::string found() const;  // "`foo`", or "the end of the text"
  std::uint32_t last_end() const { return position_ == 0 ? 0 : tokens_[position_ - 1].end; }

  void complain(std::size_t offset, std::string message, std::string hint = {});
  void complain(Complaint complaint) { complain(complaint.offset, complaint.message, complaint.hint); }
  bool failed() const { return complaint_.has_value(); }
  const std::optional<Complaint>& complaint() const { return complaint_; }

 private:
  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t position_ = 0;
  std::optional<Complaint> complaint_;
};

// The expression half.
class ExpressionParser {
 public:
  explicit ExpressionParser(Cursor& cursor) : cursor_(cursor) {}

  Expression expression();
  std::string path(std::string_view what);  // A::B, with no reserved word in it
  EntityUid entity();                       // A::B::"id"
  std::string string(const Token& token);   // unescaped

 private:
  Expression conditional();
  Expression any();
  Expression all();
  Expression relation();
  Expression comparison(Expression left);
  Expression has(Expression left);
  Expression like(Expression left);
  Expression is(Expression left);
  Expression sum();
  Expression product();
  Expression unary();
  Expression minus(std::size_t count, std::uint32_t begin);
  Expression member();
  Expression dotted(Expression target);
  Expression indexed(Expression target);
  Expression method(Expression target, const Token& name);
  Expression primary();
  Expression integer(const Token& token);
  Expression named();
  Expression call(std::string_view name, std::size_t offset);
  Expression parenthesised();
  Expression set();
  Expression record();
  std::string record_key();
  std::string attribute(std::string_view what);
  std::vector<Expression> list(TokenKind close, std::string_view what);

  Expression make(ExpressionKind kind, std::uint32_t begin, std::vector<Expression> operands);
  Expression chain(ExpressionKind kind, TokenKind sign, Expression (ExpressionParser::*next)());

  Cursor& cursor_;
  std::size_t depth_ = 0;
};

}  // namespace cordon::policy
