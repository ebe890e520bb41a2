// What the two halves of the parser share: a cursor over tokens that remembers the first complaint. After a complaint
// the cursor stands at the end of the text, so that every loop of the grammar finishes by itself.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/policy.h"
#include "cordon/policy/token.h"

namespace cordon::policy {

class Cursor {
 public:
  explicit Cursor(std::string_view text);  // UTF-8

  const Token& peek(std::size_t ahead = 0) const;  // at most one ahead
  Token take();
  bool accept(TokenKind kind);
  bool at(TokenKind kind) const { return peek().kind == kind; }
  bool at_word(std::string_view word) const { return at(TokenKind::name) && spelling(peek()) == word; }
  bool accept_word(std::string_view word);
  Token expect(TokenKind kind, std::string_view what, std::string hint = {});

  std::string_view spelling(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }
  std::string found() const;  // "`foo`", or "the end of the text"
  std::uint32_t last_end() const { return last_end_; }

  void complain(std::size_t offset, std::string message, std::string hint = {});
  void complain(Complaint complaint) { complain(complaint.offset, complaint.message, complaint.hint); }
  bool failed() const { return complaint_.has_value(); }
  const std::optional<Complaint>& complaint() const { return complaint_; }

 private:
  Token next();
  void notice();

  std::string_view text_;
  Lexer lexer_;
  std::array<Token, 2> ahead_;
  std::uint32_t last_end_ = 0;
  std::optional<Complaint> broken_;  // what the lexer found behind the last token
  std::optional<Complaint> complaint_;
};

// The expression half.
class ExpressionParser {
 public:
  explicit ExpressionParser(Cursor& cursor, std::size_t most = Limits{}.expressions) : cursor_(cursor), most_(most) {}

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
  bool at_number() const;
  Expression negative(std::uint32_t begin);
  Expression member();
  Expression dotted(Expression target);
  Expression indexed(Expression target);
  Expression method(Expression target, const Token& name);
  Expression primary();
  Expression integer(const Token& token);
  Expression named();
  Expression call(const Token& token);
  void no_function(std::string_view name, std::size_t offset);
  Expression parenthesised();
  Expression set();
  Expression record();
  std::string record_key();
  std::string attribute(std::string_view what);
  std::vector<Expression> list(TokenKind close, std::string_view what);

  Expression make(ExpressionKind kind, std::uint32_t begin, std::vector<Expression> operands);
  Expression chain(ExpressionKind kind, TokenKind sign, Expression (ExpressionParser::*next)());

  static std::vector<Expression> one(Expression expression);

  Cursor& cursor_;
  std::size_t most_;
  std::size_t made_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace cordon::policy
