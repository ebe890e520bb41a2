#include <algorithm>
#include <format>

#include "cordon/policy/parser.h"

namespace cordon::policy {

const Token& Cursor::peek(std::size_t ahead) const {
  return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
}

Token Cursor::take() {
  const Token token = peek();
  if (position_ + 1 < tokens_.size()) ++position_;
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
  position_ = tokens_.size() - 1;
}

}  // namespace cordon::policy
