// The operators of the expression grammar, one function a production (Cedar 4.5); parse_member.cpp has what they
// operate on. Every function returns something even after a complaint; the caller of the parser throws it away.
#include <algorithm>
#include <array>
#include <charconv>
#include <format>

#include "cordon/policy/parse.h"
#include "cordon/policy/parser.h"
#include "cordon/policy/unescape.h"

namespace cordon::policy {

namespace {

constexpr std::size_t kMaxUnary = 4;  // the reference refuses a fifth ! or - in a row
constexpr std::uint64_t kLeastLongMagnitude = std::uint64_t{1} << 63;

std::optional<ExpressionKind> comparison_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::equal:
      return ExpressionKind::equal;
    case TokenKind::not_equal:
      return ExpressionKind::not_equal;
    case TokenKind::less:
      return ExpressionKind::less;
    case TokenKind::less_equal:
      return ExpressionKind::less_equal;
    case TokenKind::greater:
      return ExpressionKind::greater;
    case TokenKind::greater_equal:
      return ExpressionKind::greater_equal;
    default:
      return std::nullopt;
  }
}

std::vector<Expression> two(Expression left, Expression right) {
  std::vector<Expression> operands;
  operands.reserve(2);
  operands.push_back(std::move(left));
  operands.push_back(std::move(right));
  return operands;
}

}  // namespace

std::vector<Expression> ExpressionParser::one(Expression expression) {
  std::vector<Expression> operands;
  operands.push_back(std::move(expression));
  return operands;
}

Expression ExpressionParser::make(ExpressionKind kind, std::uint32_t begin, std::vector<Expression> operands) {
  if (++made_ > most_) {
    cursor_.complain(begin, std::format("more than {} expressions", most_), "split the set");
    return {};
  }
  Expression made;
  made.kind = kind;
  made.begin = begin;
  made.end = cursor_.last_end();
  for (const Expression& operand : operands) {
    made.depth = std::max(made.depth, static_cast<std::uint16_t>(operand.depth + 1));
  }
  made.operands = std::move(operands);
  made.operands.shrink_to_fit();
  if (made.depth > kMaxDepth) {
    cursor_.complain(begin, std::format("this expression is nested more than {} levels deep", kMaxDepth),
                     "split the rule");
    made = {};
  }
  return made;
}

Expression ExpressionParser::expression() {
  if (depth_ >= kMaxDepth) {
    cursor_.complain(cursor_.peek().begin,
                     std::format("brackets and conditionals are nested more than {} levels deep", kMaxDepth),
                     "split the rule");
    return {};
  }
  ++depth_;
  Expression read = cursor_.at_word("if") ? conditional() : any();
  --depth_;
  return read;
}

Expression ExpressionParser::conditional() {
  const std::uint32_t begin = cursor_.take().begin;
  std::vector<Expression> operands = one(expression());
  for (const std::string_view word : {"then", "else"}) {
    if (!cursor_.accept_word(word)) {
      cursor_.complain(cursor_.peek().begin, std::format("expected `{}`, found {}", word, cursor_.found()),
                       "write if TEST then VALUE else VALUE");
    }
    operands.push_back(expression());
  }
  return make(ExpressionKind::conditional, begin, std::move(operands));
}

Expression ExpressionParser::chain(ExpressionKind kind, TokenKind sign, Expression (ExpressionParser::*next)()) {
  const std::uint32_t begin = cursor_.peek().begin;
  Expression first = (this->*next)();
  if (!cursor_.at(sign)) return first;
  std::vector<Expression> operands = one(std::move(first));
  while (cursor_.accept(sign)) operands.push_back((this->*next)());
  return make(kind, begin, std::move(operands));
}

Expression ExpressionParser::any() { return chain(ExpressionKind::any, TokenKind::or_or, &ExpressionParser::all); }

Expression ExpressionParser::all() {
  return chain(ExpressionKind::all, TokenKind::and_and, &ExpressionParser::relation);
}

// Comparisons do not associate: 1 < 2 < 3 is an error, and so is a == b like "c".
Expression ExpressionParser::relation() {
  Expression left = sum();
  Expression whole = cursor_.at_word("has")    ? has(std::move(left))
                     : cursor_.at_word("like") ? like(std::move(left))
                     : cursor_.at_word("is")   ? is(std::move(left))
                                               : comparison(std::move(left));
  const bool another = comparison_of(cursor_.peek().kind).has_value() || cursor_.at_word("in") ||
                       cursor_.at_word("has") || cursor_.at_word("like") || cursor_.at_word("is");
  if (another) {
    cursor_.complain(cursor_.peek().begin, std::format("{} follows another comparison", cursor_.found()),
                     "comparisons do not chain: put one of them in parentheses");
  }
  return whole;
}

Expression ExpressionParser::comparison(Expression left) {
  const std::uint32_t begin = left.begin;
  const auto kind = cursor_.at_word("in") ? std::optional(ExpressionKind::in) : comparison_of(cursor_.peek().kind);
  if (!kind) return left;
  cursor_.take();
  Expression right = sum();
  return make(*kind, begin, two(std::move(left), std::move(right)));
}

Expression ExpressionParser::has(Expression left) {
  const std::uint32_t begin = left.begin;
  cursor_.take();
  std::vector<std::string> path;
  if (cursor_.at(TokenKind::string)) {
    path.push_back(string(cursor_.take()));
  } else {
    do path.push_back(attribute("an attribute name after `has`"));
    while (cursor_.accept(TokenKind::dot));
  }
  Expression made = make(ExpressionKind::has, begin, one(std::move(left)));
  made.texts = std::move(path);
  return made;
}

Expression ExpressionParser::like(Expression left) {
  const std::uint32_t begin = left.begin;
  cursor_.take();
  const Token token = cursor_.expect(TokenKind::string, "a pattern in quotes after `like`", "write like \"imsi-*\"");
  Expression made = make(ExpressionKind::like, begin, one(std::move(left)));
  if (cursor_.failed()) return made;
  if (auto pieces = unescape_pattern(cursor_.spelling(token), token.begin)) {
    made.texts = std::move(*pieces);
  } else {
    cursor_.complain(pieces.error());
  }
  return made;
}

Expression ExpressionParser::is(Expression left) {
  const std::uint32_t begin = left.begin;
  cursor_.take();
  std::string type = path("an entity type after `is`");
  Expression made;
  if (cursor_.accept_word("in")) {
    Expression group = sum();
    made = make(ExpressionKind::is_in, begin, two(std::move(left), std::move(group)));
  } else {
    made = make(ExpressionKind::is, begin, one(std::move(left)));
  }
  made.texts.push_back(std::move(type));
  return made;
}

Expression ExpressionParser::sum() {
  const std::uint32_t begin = cursor_.peek().begin;
  Expression first = product();
  if (!cursor_.at(TokenKind::plus) && !cursor_.at(TokenKind::minus)) return first;
  std::vector<Expression> operands = one(std::move(first));
  Signs signs = "+";
  while (cursor_.at(TokenKind::plus) || cursor_.at(TokenKind::minus)) {
    signs += cursor_.take().kind == TokenKind::plus ? '+' : '-';
    operands.push_back(product());
  }
  Expression made = make(ExpressionKind::sum, begin, std::move(operands));
  made.signs = std::move(signs);
  return made;
}

Expression ExpressionParser::product() {
  Expression made = chain(ExpressionKind::product, TokenKind::star, &ExpressionParser::unary);
  if (cursor_.at(TokenKind::slash)) {
    cursor_.complain(cursor_.peek().begin, "Cedar has no division", "multiply the other side instead");
  }
  if (cursor_.at(TokenKind::percent)) cursor_.complain(cursor_.peek().begin, "Cedar has no remainder");
  return made;
}

Expression ExpressionParser::unary() {
  const Token first = cursor_.peek();
  if (first.kind != TokenKind::bang && first.kind != TokenKind::minus) return member();
  std::vector<std::uint32_t> places;
  while (cursor_.at(first.kind)) {
    if (places.size() == kMaxUnary) {
      cursor_.complain(first.begin, std::format("more than {} `{}` in a row", kMaxUnary, cursor_.spelling(first)),
                       "put the rest in parentheses");
    }
    places.push_back(cursor_.take().begin);
  }
  const bool minus = first.kind == TokenKind::minus;
  Expression made;
  if (minus && at_number()) {  // one minus belongs to the number behind it: that is how the least Long is written
    made = negative(places.back());
    places.pop_back();
  } else {
    made = member();
  }
  for (; !places.empty(); places.pop_back()) {
    made = make(minus ? ExpressionKind::minus : ExpressionKind::negate, places.back(), one(std::move(made)));
  }
  return made;
}

// A number alone: in -1.a the minus is of the whole member.
bool ExpressionParser::at_number() const {
  const TokenKind behind = cursor_.peek(1).kind;
  return cursor_.at(TokenKind::integer) && behind != TokenKind::dot && behind != TokenKind::left_bracket &&
         behind != TokenKind::left_parenthesis;
}

Expression ExpressionParser::negative(std::uint32_t begin) {
  const Token token = cursor_.take();
  const std::string_view digits = cursor_.spelling(token);
  std::uint64_t magnitude = 0;
  const auto error = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude).ec;
  if (error != std::errc{} || magnitude > kLeastLongMagnitude) {
    cursor_.complain(token.begin, std::format("the integer `-{}` is too small", digits.substr(0, 40)),
                     "a Long is at least -9223372036854775808");
  }
  Expression made = make(ExpressionKind::literal, begin, {});
  made.literal = static_cast<std::int64_t>(0 - magnitude);
  return made;
}

}  // namespace cordon::policy
