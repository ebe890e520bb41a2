#include <algorithm>
#include <format>

#include "cordon/policy/function.h"
#include "cordon/validation/check.h"

namespace cordon::validation {

using policy::Function;

namespace {

Kind result_of(Function function) {
  switch (function) {
    case Function::decimal:
      return Kind::decimal;
    case Function::ip:
      return Kind::ipaddr;
    case Function::datetime:
    case Function::offset:
    case Function::to_date:
      return Kind::datetime;
    case Function::duration:
    case Function::duration_since:
    case Function::to_time:
      return Kind::duration;
    case Function::to_milliseconds:
    case Function::to_seconds:
    case Function::to_minutes:
    case Function::to_hours:
    case Function::to_days:
      return Kind::integer;
    default:
      return Kind::boolean;
  }
}

Wanted wanted(std::string_view kind) {
  if (kind == "decimal") return Wanted::decimal;
  if (kind == "ipaddr") return Wanted::ipaddr;
  if (kind == "datetime") return Wanted::datetime;
  return kind == "duration" ? Wanted::duration : Wanted::string;
}

bool is_well_written(Function function, const std::string& text) {
  switch (function) {
    case Function::decimal:
      return policy::decimal_of(text).has_value();
    case Function::ip:
      return policy::ip_of(text).has_value();
    case Function::datetime:
      return policy::datetime_of(text).has_value();
    case Function::duration:
      return policy::duration_of(text).has_value();
    default:
      return true;
  }
}

std::string_view example_of(Function function) {
  switch (function) {
    case Function::decimal:
      return "write it like `decimal(\"12.34\")`, with one to four digits behind the point";
    case Function::ip:
      return "write it like `ip(\"192.0.2.0/24\")` or `ip(\"2001:db8::1\")`";
    case Function::datetime:
      return "write it like `datetime(\"2026-01-31\")` or `datetime(\"2026-01-31T12:00:00Z\")`";
    default:
      return "write it like `duration(\"1d2h3m4s5ms\")`";
  }
}

}  // namespace

// Strict validation: what a constructor is given must be known when the policy is validated.
bool Checker::check_constructor(const Expression& expression) {
  if (!is_constructor(expression.function)) return true;
  bool sound = true;
  if (expression.operands.size() == 1) {
    const policy::Expression& written = expression.operands.front();
    const std::string* text = written.kind == policy::ExpressionKind::literal ? written.literal.as_string() : nullptr;
    if (text != nullptr && !is_well_written(expression.function, *text)) {
      mistake(
          expression, Rule::invalid_literal,
          std::format("{} is not a valid {}", shortened(policy::Value(*text).text()), name_of(expression.function)),
          std::string(example_of(expression.function)));
      sound = false;
    }
  }
  const auto literal = [this](const Expression& operand) { return is_literal(operand); };
  if (!std::ranges::all_of(expression.operands, literal)) {
    mistake(expression, Rule::computed_constructor,
            std::format("`{}` needs its argument written out", name_of(expression.function)),
            "give the value this type already in the entity's attributes or in the context");
    sound = false;
  }
  return sound;
}

Answer Checker::call(const Expression& expression) {
  const std::span<const std::string_view> kinds = policy::parameters(expression.function);
  const Type* result = types_.simple(result_of(expression.function));
  const std::size_t given = expression.operands.size();
  const bool counted = given == kinds.size();
  if (!counted) {
    mistake(expression, Rule::argument_count,
            std::format("`{}` takes {} argument{}, {} given", name_of(expression.function), kinds.size(),
                        kinds.size() == 1 ? "" : "s", given));
  }
  if (!check_constructor(expression) || !counted) {
    for (const Expression& operand : expression.operands) type_of(operand);
    return failed(result);
  }
  bool sound = true;
  for (std::size_t i = 0; i < given; ++i) sound = expect(expression.operands[i], wanted(kinds[i])).sound && sound;
  return {result, sound};
}

}  // namespace cordon::validation
