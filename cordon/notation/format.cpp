// Formatting: the same tokens and the same comments, laid out anew.
#include <algorithm>
#include <format>

#include "cordon/base/text.h"
#include "cordon/notation/comments.h"
#include "cordon/notation/layout.h"
#include "cordon/notation/notation.h"
#include "cordon/policy/parse.h"
#include "cordon/policy/place.h"

namespace cordon::notation {

namespace {

using policy::TokenKind;

Result<std::vector<Commented>> read_tokens(std::string_view text, std::string_view file) {
  const auto tokens = policy::tokens_of(text);
  if (!tokens) return std::unexpected(policy::locate(tokens.error(), policy::Lines(text, file)));
  return with_comments(text, *tokens);
}

// A comma that closes a list says nothing, so formatting leaves it out.
bool is_trailing_comma(const std::vector<Commented>& tokens, std::size_t i) {
  if (tokens[i].kind != TokenKind::comma || i + 1 == tokens.size()) return false;
  const TokenKind next = tokens[i + 1].kind;
  return next == TokenKind::right_parenthesis || next == TokenKind::right_bracket || next == TokenKind::right_brace;
}

std::vector<std::string_view> words_of(const std::vector<Commented>& tokens) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!is_trailing_comma(tokens, i)) words.push_back(tokens[i].text);
  }
  return words;
}

// Equal tokens are equal trees: nothing that is formatted can mean anything else.
bool same_meaning(const std::vector<Commented>& before, std::string_view formatted) {
  const auto after = read_tokens(formatted, "");
  return after && words_of(before) == words_of(*after) && comments_of(before) == comments_of(*after);
}

std::string laid_out(std::vector<Commented> tokens, const Style& style) {
  std::string out;
  Document document;
  Layout layout(document, tokens, style.indent);
  while (!layout.at_end()) {
    if (!out.empty()) out += "\n\n";
    out += trim(document.render(layout.policy(), style.width));
    document.clear();
  }
  out += '\n';
  for (const std::string_view comment : tokens.back().above) out += std::string(comment) + "\n";
  return out;
}

}  // namespace

Result<std::string> format(std::string_view text, std::string_view file, const Style& style) {
  const auto policies = policy::parse_policies(text);
  if (!policies) return std::unexpected(policy::locate(policies.error(), policy::Lines(text, file)));
  const auto tokens = read_tokens(text, file);
  if (!tokens) return std::unexpected(tokens.error());
  std::string formatted = laid_out(*tokens, style);
  if (same_meaning(*tokens, formatted)) return formatted;
  return fail(ErrorKind::internal,
              std::format("{}: formatting would change tokens or comments; nothing is changed", file));
}

}  // namespace cordon::notation
