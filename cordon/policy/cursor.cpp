#include <format>

#include "cordon/policy/parser.h"

namespace cordon::policy {

Cursor::Cursor(std::string_view text) : text_(text), lexer_(text) {
  ahead_ = {next(), next()};
  notice();
}

// A mistake the lexer finds is kept until the parser gets there: a mistake before it is the one to report.
Token Cursor::next() {
  const auto at = static_cast<std::uint32_t>(text_.size());
  if (broken_) return {TokenKind::end, at, at};
  auto token = lexer_.next();
  if (token) return *token;
  broken_ = std::move(token.error());
  return {TokenKind::end, at, at};
}

void Cursor::notice() {
  if (broken_ && at(TokenKind::end)) complain(*broken_);
}

const Token& Cursor::peek(std::size_t ahead) const { return ahead_[ahead]; }

Token Cursor::take() {
  const Token token = ahead_[0];
  if (token.kind == TokenKind::end) return token;
  last_end_ = token.end;
  ahead_ = {ahead_[1], next()};
  notice();
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
  complain(peek().begin, std::format("expected {}, found {}", what, found()), std::move(hint));
  return peek();
}

std::string Cursor::found() const {
  constexpr std::size_t kMost = 40;
  if (at(TokenKind::end)) return "the end of the text";
  const std::string_view text = spelling(peek());
  if (text.size() > kMost) return "a long string";
  return std::format("`{}`", text);
}

void Cursor::complain(std::size_t offset, std::string message, std::string hint) {
  if (!complaint_) complaint_ = Complaint{offset, std::move(message), std::move(hint)};
  const auto at = static_cast<std::uint32_t>(text_.size());
  ahead_.fill({TokenKind::end, at, at});
}

}  // namespace cordon::policy
