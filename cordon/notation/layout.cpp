#include "cordon/notation/layout.h"

#include <algorithm>

namespace cordon::notation {

using policy::TokenKind;

namespace {

constexpr Doc kNothing = Document::kNothing;
constexpr Doc kSpace = Document::kSpace;
constexpr Doc kLine = Document::kLine;
constexpr Doc kSoftLine = Document::kSoftLine;
constexpr Doc kHardLine = Document::kHardLine;

bool is_comparison(TokenKind kind) { return kind >= TokenKind::equal && kind <= TokenKind::greater_equal; }

}  // namespace

// === tokens ===

Doc Layout::above() {
  auto& comments = tokens_[position_].above;
  if (comments.empty()) return kNothing;
  std::vector<Doc> parts = {kHardLine};
  for (const std::string_view comment : comments) {
    parts.push_back(document_.text(comment));
    parts.push_back(kHardLine);
  }
  comments.clear();
  return document_.join(std::move(parts));
}

Doc Layout::token(Doc after) {
  const Doc before = above();
  const Commented& token = tokens_[position_++];
  const Doc text = document_.text(token.text);
  if (token.behind.empty()) return join({before, text, after});
  return join({before, text, kSpace, document_.text(token.behind), kHardLine});
}

void Layout::drop() {
  Commented& dropped = tokens_[position_++];
  auto& comments = dropped.above;
  if (!dropped.behind.empty()) comments.push_back(dropped.behind);
  auto& next = tokens_[position_].above;
  next.insert(next.begin(), comments.begin(), comments.end());
}

// === policies ===

Doc Layout::policy() {
  std::vector<Doc> parts;
  while (at(TokenKind::at)) parts.push_back(annotation());
  parts.push_back(above());
  parts.push_back(group({token(), kLine, token()}));  // the effect and (
  parts.push_back(scope());
  const bool bare = peek(1).kind == TokenKind::semicolon;
  parts.push_back(token(bare ? kNothing : kHardLine));
  for (bool first = true; !at(TokenKind::semicolon); first = false) {
    if (!first) parts.push_back(kHardLine);
    parts.push_back(condition());
  }
  parts.push_back(token());
  return document_.join(std::move(parts));
}

Doc Layout::annotation() {
  const Doc name = join({token(), token()});
  if (!at(TokenKind::left_parenthesis)) return join({name, kHardLine});
  return join({name, token(), token(), token(kHardLine)});
}

// On one line when all three are bare; else each stands on its own.
Doc Layout::scope() {
  const bool bare = peek(1).kind == TokenKind::comma && peek(3).kind == TokenKind::comma &&
                    (peek(5).kind == TokenKind::right_parenthesis || peek(5).kind == TokenKind::comma);
  const Doc between = bare ? kSpace : kHardLine;
  const Doc inner = join({variable(), token(between), variable(), token(between), variable()});
  if (at(TokenKind::comma)) drop();
  if (bare) return document_.group(document_.nest(indent_, inner));
  return join({nest({kHardLine, inner}), kHardLine});
}

Doc Layout::variable() {
  const Doc comments = above();
  const Doc name = token();
  Doc type = kNothing;
  if (at_word("is")) {
    const Doc word = group({kLine, token()});
    type = document_.group(nest({word, kLine, sum()}));
  }
  if (!at(TokenKind::equal) && !at_word("in")) return join({comments, name, type});
  const Doc sign = group({name, type, kLine, token()});
  return join({comments, group({sign, nest({kLine, expression()})})});
}

Doc Layout::condition() {
  const Doc comments = above();
  const Doc word = token(kLine);
  const Doc brace_comments = above();
  Commented& brace = tokens_[position_++];
  const Doc text = document_.text(brace.text);
  const Doc opening = brace.behind.empty() ? kLine : join({kSpace, document_.text(brace.behind), kHardLine});
  const Doc body_comments = above();
  const Doc body = nest({opening, body_comments, document_.group(expression())});
  return join({comments, group({word, brace_comments, text, group({body, kLine, token()})})});
}

// === expressions ===

Doc Layout::expression() { return at_word("if") ? conditional() : any(); }

Doc Layout::conditional() {
  std::vector<Doc> parts;
  for (int i = 0; i < 3; ++i) {  // if, then, else
    if (i > 0) parts.push_back(kLine);
    const Doc word = token();
    parts.push_back(join({word, nest({kLine, expression()})}));
  }
  return document_.group(document_.join(std::move(parts)));
}

Doc Layout::joined(TokenKind sign, Doc (Layout::*next)()) {
  std::vector<Doc> parts = {(this->*next)()};
  while (at(sign)) {
    parts.push_back(kSpace);
    parts.push_back(token(kLine));
    parts.push_back((this->*next)());
  }
  return document_.join(std::move(parts));
}

Doc Layout::any() { return joined(TokenKind::or_or, &Layout::all); }
Doc Layout::all() { return joined(TokenKind::and_and, &Layout::relation); }

Doc Layout::relation() {
  const Doc left = sum();
  if (at_word("has") || at_word("like")) return word_relation(left);
  if (at_word("is")) return is(left);
  if (!is_comparison(peek().kind) && !at_word("in")) return left;
  const Doc sign = token();
  return join({left, kSpace, sign, kSpace, sum()});
}

Doc Layout::word_relation(Doc left) {
  const Doc word = token();
  return group({left, kLine, word, kLine, nest({sum()})});
}

Doc Layout::is(Doc left) {
  const Doc word = token();
  const Doc type = nest({sum()});
  if (!at_word("in")) return group({left, kSpace, word, kSpace, type});
  const Doc in = token();
  return group({left, kSpace, word, kSpace, type, kLine, in, kSpace, nest({sum()})});
}

Doc Layout::operations(std::initializer_list<TokenKind> signs, Doc (Layout::*next)()) {
  std::vector<Doc> parts = {(this->*next)()};
  while (std::ranges::contains(signs, peek().kind)) {
    parts.push_back(kSpace);
    parts.push_back(token());
    parts.push_back(kLine);
    parts.push_back((this->*next)());
  }
  return document_.group(document_.join(std::move(parts)));
}

Doc Layout::sum() { return operations({TokenKind::plus, TokenKind::minus}, &Layout::product); }
Doc Layout::product() { return operations({TokenKind::star}, &Layout::unary); }

Doc Layout::unary() {
  std::vector<Doc> parts;
  while (at(TokenKind::bang) || at(TokenKind::minus)) parts.push_back(token());
  parts.push_back(member());
  return document_.join(std::move(parts));
}

Doc Layout::member() {
  const Doc item = primary();
  std::vector<Doc> parts;
  while (at(TokenKind::dot) || at(TokenKind::left_bracket) || at(TokenKind::left_parenthesis)) {
    if (!parts.empty()) parts.push_back(kSoftLine);
    parts.push_back(access());
  }
  const Doc accesses = document_.join(std::move(parts));
  return group({item, nest({accesses})});
}

// .name, ["name"] or (arguments)
Doc Layout::access() {
  if (at(TokenKind::left_parenthesis)) return arguments();
  const bool dot = at(TokenKind::dot);
  const Doc opening = token();
  if (dot) return join({opening, token()});
  const Doc key = expression();
  return join({opening, key, token()});
}

Doc Layout::arguments() {
  const Doc opening = token();
  if (at(TokenKind::right_parenthesis)) return join({opening, token()});
  const Doc inner = list(TokenKind::right_parenthesis, &Layout::expression);
  return join({opening, nest({kSoftLine, inner}), kSoftLine, token()});
}

// Parts with commas between; a comma behind the last is left out.
Doc Layout::list(TokenKind close, Doc (Layout::*next)()) {
  std::vector<Doc> parts = {(this->*next)()};
  while (at(TokenKind::comma)) {
    if (peek(1).kind == close) {
      drop();
      break;
    }
    parts.push_back(token());
    parts.push_back(kLine);
    parts.push_back((this->*next)());
  }
  return document_.join(std::move(parts));
}

Doc Layout::primary() {
  switch (peek().kind) {
    case TokenKind::left_parenthesis:
      return brackets();
    case TokenKind::left_bracket:
      return set();
    case TokenKind::left_brace:
      return record();
    case TokenKind::name:
      return name();
    default:
      return token();
  }
}

// A, A::B or A::B::"id"
Doc Layout::name() {
  std::vector<Doc> parts = {token()};
  while (at(TokenKind::double_colon)) {
    parts.push_back(token());
    parts.push_back(token());
  }
  return document_.join(std::move(parts));
}

// What stands on further lines is aligned behind the bracket.
Doc Layout::brackets() {
  const Doc opening = token();
  const Doc inner = document_.nest(1, expression());
  return group({opening, inner, token()});
}

Doc Layout::set() {
  const Doc opening = token();
  if (at(TokenKind::right_bracket)) return join({opening, token()});
  const Doc inner = document_.nest(1, list(TokenKind::right_bracket, &Layout::expression));
  return join({opening, inner, token()});
}

Doc Layout::record() {
  const Doc opening = token();
  if (at(TokenKind::right_brace)) return join({opening, token()});
  const Doc inner = list(TokenKind::right_brace, &Layout::record_member);
  return join({opening, nest({group({kLine, inner, kLine})}), token()});
}

Doc Layout::record_member() {
  const Doc key = expression();
  const Doc colon = token();
  return join({key, colon, kSpace, expression()});
}

}  // namespace cordon::notation
