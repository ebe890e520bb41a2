// Expressions as canonical Cedar text: one space around operators, and only the brackets that meaning needs.
#include <algorithm>
#include <array>
#include <format>
#include <iterator>
#include <limits>

#include "cordon/notation/notation.h"
#include "cordon/policy/token.h"
#include "cordon/policy/unescape.h"

namespace cordon::notation {

namespace {

using policy::Expression;
using policy::ExpressionKind;

constexpr std::size_t kMaxUnary = 4;  // how many ! or - the grammar allows in a row

// How tightly a production binds; an operand that binds less tightly than its place asks for needs brackets.
enum class Binding : std::uint8_t { conditional, any, all, relation, sum, product, unary, member };

constexpr std::array<std::string_view, 4> kVariables = {"principal", "action", "resource", "context"};

bool is_negative_number(const Expression& e) {
  const std::int64_t* number = e.kind == ExpressionKind::literal ? e.literal.as_long() : nullptr;
  return number != nullptr && *number < 0;
}

bool is_number(const Expression& e) { return e.kind == ExpressionKind::literal && e.literal.as_long() != nullptr; }

Binding binding_of(const Expression& e) {
  switch (e.kind) {
    case ExpressionKind::literal:
      return is_negative_number(e) ? Binding::unary : Binding::member;
    case ExpressionKind::conditional:
      return Binding::conditional;
    case ExpressionKind::any:
      return Binding::any;
    case ExpressionKind::all:
      return Binding::all;
    case ExpressionKind::negate:
    case ExpressionKind::minus:
      return Binding::unary;
    case ExpressionKind::sum:
      return Binding::sum;
    case ExpressionKind::product:
      return Binding::product;
    case ExpressionKind::equal:
    case ExpressionKind::not_equal:
    case ExpressionKind::less:
    case ExpressionKind::less_equal:
    case ExpressionKind::greater:
    case ExpressionKind::greater_equal:
    case ExpressionKind::in:
    case ExpressionKind::is:
    case ExpressionKind::is_in:
    case ExpressionKind::like:
    case ExpressionKind::has:
      return Binding::relation;
    default:
      return Binding::member;
  }
}

std::string_view sign_of(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::equal:
      return " == ";
    case ExpressionKind::not_equal:
      return " != ";
    case ExpressionKind::less:
      return " < ";
    case ExpressionKind::less_equal:
      return " <= ";
    case ExpressionKind::greater:
      return " > ";
    case ExpressionKind::greater_equal:
      return " >= ";
    default:
      return " in ";
  }
}

std::string_view method_of(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::contains:
      return "contains";
    case ExpressionKind::contains_all:
      return "containsAll";
    case ExpressionKind::contains_any:
      return "containsAny";
    case ExpressionKind::is_empty:
      return "isEmpty";
    case ExpressionKind::has_tag:
      return "hasTag";
    default:
      return "getTag";
  }
}

bool is_plain_name(std::string_view name) { return policy::is_identifier(name) && !policy::is_reserved(name); }

class Printer {
 public:
  explicit Printer(std::string& out) : out_(out) {}

  void write(const Expression& e, Binding place);

 private:
  void bare(const Expression& e);
  void literal(const policy::Value& value);
  void conditional(const Expression& e);
  void chain(const Expression& e, std::string_view sign, Binding own);
  void sum(const Expression& e);
  void unary(const Expression& e);
  void relation(const Expression& e);
  void is(const Expression& e);
  void like(const Expression& e);
  void has(const Expression& e);
  void get(const Expression& e);
  void method(const Expression& e, std::string_view name);
  void call(const Expression& e);
  void record(const Expression& e);
  void list(std::span<const Expression> operands);
  void name(std::string_view name) { out_ += is_plain_name(name) ? std::string(name) : policy::in_quotes(name); }

  std::string& out_;
};

void Printer::write(const Expression& e, Binding place) {
  const bool brackets = binding_of(e) < place;
  if (brackets) out_ += '(';
  bare(e);
  if (brackets) out_ += ')';
}

void Printer::bare(const Expression& e) {
  switch (e.kind) {
    case ExpressionKind::literal:
      return literal(e.literal);
    case ExpressionKind::variable:
      out_ += kVariables[static_cast<std::size_t>(e.variable)];
      return;
    case ExpressionKind::conditional:
      return conditional(e);
    case ExpressionKind::all:
      return chain(e, " && ", Binding::all);
    case ExpressionKind::any:
      return chain(e, " || ", Binding::any);
    case ExpressionKind::product:
      return chain(e, " * ", Binding::product);
    case ExpressionKind::sum:
      return sum(e);
    case ExpressionKind::negate:
    case ExpressionKind::minus:
      return unary(e);
    case ExpressionKind::is:
    case ExpressionKind::is_in:
      return is(e);
    case ExpressionKind::like:
      return like(e);
    case ExpressionKind::has:
      return has(e);
    case ExpressionKind::get:
      return get(e);
    case ExpressionKind::set:
      out_ += '[';
      list(e.operands);
      out_ += ']';
      return;
    case ExpressionKind::record:
      return record(e);
    case ExpressionKind::call:
      return call(e);
    case ExpressionKind::contains:
    case ExpressionKind::contains_all:
    case ExpressionKind::contains_any:
    case ExpressionKind::is_empty:
    case ExpressionKind::has_tag:
    case ExpressionKind::get_tag:
      return method(e, method_of(e.kind));
    default:
      return relation(e);
  }
}

void Printer::literal(const policy::Value& value) { out_ += value.text(); }

void Printer::conditional(const Expression& e) {
  constexpr std::array<std::string_view, 3> kWords = {"if ", " then ", " else "};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    out_ += kWords[i];
    write(e.operands[i], Binding::conditional);
  }
}

// The first operand may be a chain of the same kind: both group to the left.
void Printer::chain(const Expression& e, std::string_view sign, Binding own) {
  const auto next = static_cast<Binding>(static_cast<std::uint8_t>(own) + 1);
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    if (i > 0) out_ += sign;
    write(e.operands[i], i == 0 ? own : next);
  }
}

void Printer::sum(const Expression& e) {
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    if (i > 0) out_ += e.signs[i] == '-' ? " - " : " + ";
    write(e.operands[i], i == 0 ? Binding::sum : Binding::product);
  }
}

// A minus before a bare number would become part of the number.
void Printer::unary(const Expression& e) {
  const Expression* inner = &e;
  for (std::size_t count = 0; count < kMaxUnary && inner->kind == e.kind; ++count, inner = &inner->operands[0]) {
    out_ += e.kind == ExpressionKind::minus ? '-' : '!';
  }
  const bool brackets = e.kind == ExpressionKind::minus && is_number(*inner) && !is_negative_number(*inner);
  if (brackets) out_ += '(';
  write(*inner, Binding::member);
  if (brackets) out_ += ')';
}

void Printer::relation(const Expression& e) {
  write(e.operands[0], Binding::sum);
  out_ += sign_of(e.kind);
  write(e.operands[1], Binding::sum);
}

void Printer::is(const Expression& e) {
  write(e.operands[0], Binding::sum);
  out_ += " is " + e.texts[0];
  if (e.kind == ExpressionKind::is) return;
  out_ += " in ";
  write(e.operands[1], Binding::sum);
}

void Printer::like(const Expression& e) {
  write(e.operands[0], Binding::sum);
  out_ += " like \"";
  for (std::size_t i = 0; i < e.texts.size(); ++i) {
    if (i > 0) out_ += '*';
    const std::string quoted = policy::in_quotes(e.texts[i]);
    for (const char c : std::string_view(quoted).substr(1, quoted.size() - 2)) {
      if (c == '*') out_ += '\\';  // a star itself
      out_ += c;
    }
  }
  out_ += '"';
}

void Printer::has(const Expression& e) {
  write(e.operands[0], Binding::sum);
  out_ += " has ";
  for (std::size_t i = 0; i < e.texts.size(); ++i) {
    if (i > 0) out_ += '.';
    name(e.texts[i]);
  }
}

void Printer::get(const Expression& e) {
  write(e.operands[0], Binding::member);
  if (is_plain_name(e.texts[0])) {
    out_ += '.' + e.texts[0];
  } else {
    out_ += '[' + policy::in_quotes(e.texts[0]) + ']';
  }
}

void Printer::method(const Expression& e, std::string_view name) {
  write(e.operands[0], Binding::member);
  out_ += std::format(".{}(", name);
  list(std::span(e.operands).subspan(1));
  out_ += ')';
}

void Printer::call(const Expression& e) {
  if (!is_constructor(e.function) && !e.operands.empty()) return method(e, name_of(e.function));
  out_ += std::format("{}(", name_of(e.function));
  list(e.operands);
  out_ += ')';
}

void Printer::record(const Expression& e) {
  out_ += '{';
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    if (i > 0) out_ += ", ";
    name(e.texts[i]);
    out_ += ": ";
    write(e.operands[i], Binding::conditional);
  }
  out_ += '}';
}

void Printer::list(std::span<const Expression> operands) {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (i > 0) out_ += ", ";
    write(operands[i], Binding::conditional);
  }
}

}  // namespace

std::string to_text(const Expression& expression) {
  std::string out;
  Printer(out).write(expression, Binding::conditional);
  return out;
}

}  // namespace cordon::notation
