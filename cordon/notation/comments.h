// Tokens with the comments around them.
#pragma once

#include <string_view>
#include <vector>

#include "cordon/policy/token.h"

namespace cordon::notation {

struct Commented {
  policy::TokenKind kind = policy::TokenKind::end;
  std::string_view text;
  std::vector<std::string_view> above;  // on lines of their own before the token
  std::string_view behind;              // on the token's line; empty when there is none
};

// The last is of kind `end`; what stands above it is the comment at the end of the file.
std::vector<Commented> with_comments(std::string_view text, const std::vector<policy::Token>& tokens);

// Every comment, sorted: what a formatter must keep.
std::vector<std::string_view> comments_of(const std::vector<Commented>& tokens);

}  // namespace cordon::notation
