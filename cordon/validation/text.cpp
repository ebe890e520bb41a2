#include "cordon/validation/text.h"

#include <algorithm>
#include <array>
#include <format>
#include <string_view>

namespace cordon::validation {

using policy::Expression;
using policy::ExpressionKind;

namespace {

// The next character of UTF-8, and how many bytes it takes. The parser has refused what is not UTF-8.
struct Character {
  char32_t code = 0;
  std::size_t size = 1;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3FU); };
  const unsigned first = byte(0);
  if (first < 0xC0) return {first, 1};
  if (first < 0xE0) return {(first & 0x1FU) << 6U | tail(1), 2};
  if (first < 0xF0) return {(first & 0x0FU) << 12U | tail(1) << 6U | tail(2), 3};
  return {(first & 0x07U) << 18U | tail(1) << 12U | tail(2) << 6U | tail(3), 4};
}

// Embeddings, overrides and isolates (Unicode Annex 9).
bool turns_direction(char32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

// The three alphabets with letters of the same look; 0 for everything else.
unsigned alphabet(char32_t code) {
  const auto between = [code](char32_t low, char32_t high) { return code >= low && code <= high; };
  if (between('A', 'Z') || between('a', 'z') || (between(0xC0, 0x24F) && code != 0xD7 && code != 0xF7)) return 1;
  if (code == 0x386 || between(0x388, 0x3E1)) return 2;
  if (between(0x400, 0x481) || between(0x48A, 0x52F)) return 4;
  return 0;
}

class TextCheck {
 public:
  explicit TextCheck(Report& report) : report_(report) {}

  void text(std::string_view text, std::uint32_t place);
  void entity(const policy::EntityUid& uid, std::uint32_t place);
  void expression(const Expression& expression);

 private:
  Report& report_;
};

void TextCheck::text(std::string_view text, std::uint32_t place) {
  if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return;
  unsigned alphabets = 0;
  bool turned = false;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    turned = turned || turns_direction(character.code);
    alphabets |= alphabet(character.code);
    at += character.size;
  }
  if (turned) {
    report_.add(
        {place, Rule::bidirectional_text, "this text has control characters that turn the direction of writing"},
        "what is shown differs from what is compared; write them as escapes or leave them out");
  } else if ((alphabets & (alphabets - 1)) != 0) {
    report_.add(
        {place, Rule::mixed_scripts, std::format("`{}` mixes Latin, Greek or Cyrillic letters", shortened(text))},
        "letters of different alphabets may look the same and are not equal");
  }
}

void TextCheck::entity(const policy::EntityUid& uid, std::uint32_t place) {
  text(uid.type, place);
  text(uid.id, place);
}

void TextCheck::expression(const Expression& expression) {
  for (const std::string& part : expression.texts) text(part, expression.begin);
  if (expression.kind == ExpressionKind::literal) {
    if (const std::string* string = expression.literal.as_string()) text(*string, expression.begin);
    if (const policy::EntityUid* uid = expression.literal.as_entity()) entity(*uid, expression.begin);
  }
  for (const Expression& operand : expression.operands) this->expression(operand);
}

}  // namespace

void warn_of_text(const policy::Policy& policy, Report& report) {
  TextCheck check(report);
  check.entity(policy.principal.entity, policy.begin);
  for (const policy::EntityUid& uid : policy.action.actions) check.entity(uid, policy.begin);
  check.entity(policy.resource.entity, policy.begin);
  for (const policy::Clause& clause : policy.clauses) check.expression(clause.body);
}

}  // namespace cordon::validation
