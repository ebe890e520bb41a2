// How policies are laid out: tokens and comments to a document of line breaks. The layout is that of the formatter of
// Cedar's SDK.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "cordon/notation/comments.h"
#include "cordon/notation/document.h"

namespace cordon::notation {

// Walks over the tokens of text that has been parsed before, so that nothing is unexpected here.
class Layout {
 public:
  Layout(Document& document, std::vector<Commented>& tokens, std::size_t indent)
      : document_(document), tokens_(tokens), indent_(indent) {}

  bool at_end() const { return at(policy::TokenKind::end); }
  Doc policy();

 private:
  Doc annotation();
  Doc scope();
  Doc variable();
  Doc condition();
  Doc expression();
  Doc conditional();
  Doc joined(policy::TokenKind sign, Doc (Layout::*next)());  // lines of a && or || chain belong to who holds it
  Doc any();
  Doc all();
  Doc relation();
  Doc word_relation(Doc left);
  Doc is(Doc left);
  Doc operations(std::initializer_list<policy::TokenKind> signs, Doc (Layout::*next)());
  Doc sum();
  Doc product();
  Doc unary();
  Doc member();
  Doc access();
  Doc primary();
  Doc name();
  Doc brackets();
  Doc set();
  Doc record();
  Doc record_member();
  Doc arguments();
  Doc list(policy::TokenKind close, Doc (Layout::*next)());

  const Commented& peek(std::size_t ahead = 0) const { return tokens_[position_ + ahead]; }
  bool at(policy::TokenKind kind) const { return peek().kind == kind; }
  bool at_word(std::string_view word) const { return at(policy::TokenKind::name) && peek().text == word; }

  Doc above();  // the comments above the next token, which are then done
  Doc token(
      Doc after = Document::kNothing);  // the next token with its comments; `after` follows unless a comment does
  void drop();                          // a token that is not written; its comments stay
  Doc join(std::initializer_list<Doc> parts) { return document_.join(parts); }
  Doc group(std::initializer_list<Doc> parts) { return document_.group(join(parts)); }
  Doc nest(std::initializer_list<Doc> parts) { return document_.nest(indent_, join(parts)); }

  Document& document_;
  std::vector<Commented>& tokens_;
  std::size_t indent_;
  std::size_t position_ = 0;
};

}  // namespace cordon::notation
