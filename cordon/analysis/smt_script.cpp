#include "cordon/analysis/smt_script.h"

#include <format>

#include "cordon/base/text.h"

namespace cordon::analysis::smt {

namespace {

constexpr std::size_t kInline = 56;                // longer terms get a name
constexpr std::uint32_t kLastCharacter = 0x2FFFF;  // SMT-LIB 2.6, theory of strings

std::uint32_t code_point(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
  switch (bytes.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
    case 3:
      return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    default:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  }
}

}  // namespace

Term both(const Term& a, const Term& b) {
  if (a == kFalse || b == kFalse) return kFalse;
  if (a == kTrue) return b;
  if (b == kTrue || a == b) return a;
  if (a == no(b) || b == no(a)) return kFalse;
  return apply("and", {a, b});
}

Term either(const Term& a, const Term& b) {
  if (a == kTrue || b == kTrue) return kTrue;
  if (a == kFalse) return b;
  if (b == kFalse || a == b) return a;
  if (a == no(b) || b == no(a)) return kTrue;
  return apply("or", {a, b});
}

Term no(const Term& a) {
  if (a == kTrue) return kFalse;
  if (a == kFalse) return kTrue;
  return apply("not", {a});
}

Term implies(const Term& a, const Term& b) { return either(no(a), b); }

Term apply(std::string_view function, std::initializer_list<std::string_view> arguments) {
  Term term = "(";
  term += function;
  for (const auto argument : arguments) {
    term += ' ';
    term += argument;
  }
  return term + ')';
}

Term is_empty(const Term& set, std::string_view sort) { return std::format("(= {} (as set.empty {}))", set, sort); }

Term number(std::int64_t value) {
  if (value >= 0) return std::to_string(value);
  const auto magnitude = ~static_cast<std::uint64_t>(value) + 1;  // also right for the least integer
  return std::format("(- {})", magnitude);
}

Result<Term> string_literal(std::string_view text) {
  Term term = "\"";
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return fail(ErrorKind::invalid_input, "a text that is no UTF-8");
    const auto code = code_point(text.substr(0, length));
    if (code > kLastCharacter) return fail(ErrorKind::invalid_input, "a character beyond U+2FFFF");
    if (code < 0x20 || code > 0x7E || code == '\\' || code == '"') {
      term += std::format("\\u{{{:x}}}", code);
    } else {
      term += static_cast<char>(code);
    }
    text.remove_prefix(length);
  }
  return term + '"';
}

bool is_literal(const Term& term) { return term.starts_with('"'); }

Term Script::constant(std::string_view sort, std::string_view hint) {
  const Term name = std::format("{}.{}", hint, names_++);
  line(std::format("(declare-const {} {})", name, sort));
  return name;
}

void Script::declare_function(std::string_view name, std::string_view arguments, std::string_view sort) {
  line(std::format("(declare-fun {} ({}) {})", name, arguments, sort));
}

void Script::line(std::string_view text) {
  text_ += text;
  text_ += '\n';
}

Term Script::share(std::string_view sort, Term term) {
  if (term.size() <= kInline) return term;
  const auto [known, fresh] = shared_.try_emplace(std::move(term), std::format("t.{}", names_));
  if (fresh) {
    ++names_;
    line(std::format("(define-fun {} () {} {})", known->second, sort, known->first));
  }
  return known->second;
}

void Script::assume(const Term& term) {
  if (term != kTrue && assumed_.insert(term).second) line(apply("assert", {term}));
}

}  // namespace cordon::analysis::smt
