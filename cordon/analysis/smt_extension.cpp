// Extension types: decimals, datetimes and durations are integers, IP networks are bit vectors.
#include <format>

#include "cordon/analysis/smt_expression.h"

namespace cordon::analysis::smt {

namespace {

using policy::Function;
using schema::Type;
using schema::TypeKind;

constexpr std::int64_t kDay = 86'400'000;  // milliseconds

Type of_kind(TypeKind kind) { return {.kind = kind, .entity = {}, .element = nullptr, .attributes = nullptr}; }

Term ip_term(const policy::IpNetwork& ip) {
  Term address = "#x";
  for (std::size_t i = 0; i < (ip.v6 ? 16U : 4U); ++i) address += std::format("{:02x}", ip.address[i]);
  return std::format("({} {} (_ bv{} {}))", ip.v6 ? "Ip.v6" : "Ip.v4", address, ip.prefix, ip.v6 ? 128 : 32);
}

// The network part of an address under a prefix of the same width. SMT-LIB shifts by the whole width to zero.
Term network(std::string_view address, std::string_view prefix, int width) {
  return std::format("(bvand {} (bvshl (bvnot (_ bv0 {})) (bvsub (_ bv{} {}) {})))", address, width, width, width,
                     prefix);
}

Term in_range_of(const Term& low, const Term& high, bool v6) {
  const int width = v6 ? 128 : 32;
  const std::string_view address = v6 ? "Ip.a6" : "Ip.a4";
  const std::string_view prefix = v6 ? "Ip.p6" : "Ip.p4";
  const Term wide = apply(prefix, {high});
  return std::format("(and ((_ is {}) {}) ((_ is {}) {}) (bvule {} {}) (= {} {}))", v6 ? "Ip.v6" : "Ip.v4", low,
                     v6 ? "Ip.v6" : "Ip.v4", high, wide, apply(prefix, {low}),
                     network(apply(address, {low}), wide, width), network(apply(address, {high}), wide, width));
}

Term in_range(const Term& low, const Term& high) {
  return either(in_range_of(low, high, false), in_range_of(low, high, true));
}

Term in_either_range(const Term& ip, std::string_view v4, std::string_view v6) {
  return either(in_range(ip, ip_term(policy::ip_of(v4).value())), in_range(ip, ip_term(policy::ip_of(v6).value())));
}

// Rounds towards zero, as the reference does; SMT-LIB's div rounds down for positive divisors.
Term quotient(const Term& dividend, std::int64_t divisor) {
  return std::format("(ite (>= {0} 0) (div {0} {1}) (- (div (- {0}) {1})))", dividend, divisor);
}

}  // namespace

Result<Symbolic> Encoder::construct(const Expression& e) {
  const auto* text = e.operands.size() == 1 ? e.operands[0].literal.as_string() : nullptr;
  const auto cannot = fail(ErrorKind::unavailable,
                           "the solver's language cannot express an extension value that is no valid literal");
  if (!text || e.operands[0].kind != policy::ExpressionKind::literal) return cannot;
  switch (e.function) {
    case Function::decimal:
      if (const auto value = policy::decimal_of(*text)) {
        return Symbolic{of_kind(TypeKind::decimal), number(value->units), kTrue};
      }
      break;
    case Function::ip:
      if (const auto value = policy::ip_of(*text)) return Symbolic{of_kind(TypeKind::ipaddr), ip_term(*value), kTrue};
      break;
    case Function::datetime:
      if (const auto value = policy::datetime_of(*text)) {
        return Symbolic{of_kind(TypeKind::datetime), number(value->milliseconds), kTrue};
      }
      break;
    default:
      if (const auto value = policy::duration_of(*text)) {
        return Symbolic{of_kind(TypeKind::duration), number(value->milliseconds), kTrue};
      }
  }
  return cannot;
}

Result<Symbolic> Encoder::call(const Expression& e) {
  if (policy::is_constructor(e.function)) return construct(e);
  std::vector<Symbolic> operands;
  Term ok = kTrue;
  for (const Expression& operand : e.operands) {
    auto value = expression(operand);
    if (!value) return value;
    ok = both(ok, value->ok);
    operands.push_back(std::move(*value));
  }
  const Term& x = operands[0].term;
  const Term y = operands.size() > 1 ? operands[1].term : x;
  switch (e.function) {
    case Function::less_than:
      return truth(apply("<", {x, y}), ok);
    case Function::less_than_or_equal:
      return truth(apply("<=", {x, y}), ok);
    case Function::greater_than:
      return truth(apply(">", {x, y}), ok);
    case Function::greater_than_or_equal:
      return truth(apply(">=", {x, y}), ok);
    case Function::is_ipv4:
      return truth(std::format("((_ is Ip.v4) {})", x), ok);
    case Function::is_ipv6:
      return truth(std::format("((_ is Ip.v6) {})", x), ok);
    case Function::is_loopback:
      return truth(in_either_range(x, "127.0.0.0/8", "::1"), ok);
    case Function::is_multicast:
      return truth(in_either_range(x, "224.0.0.0/4", "ff00::/8"), ok);
    case Function::is_in_range:
      return truth(in_range(x, y), ok);
    case Function::offset:
      return checked(of_kind(TypeKind::datetime), apply("+", {x, y}), ok);
    case Function::duration_since:
      return checked(of_kind(TypeKind::duration), apply("-", {x, y}), ok);
    case Function::to_date:
      return checked(of_kind(TypeKind::datetime), std::format("(- {0} (mod {0} {1}))", x, kDay), ok);
    case Function::to_time:
      return checked(of_kind(TypeKind::duration), std::format("(mod {} {})", x, kDay), ok);
    case Function::to_milliseconds:
      return Symbolic{integer(), x, ok};
    case Function::to_seconds:
      return checked(integer(), quotient(x, 1000), ok);
    case Function::to_minutes:
      return checked(integer(), quotient(x, 60'000), ok);
    case Function::to_hours:
      return checked(integer(), quotient(x, 3'600'000), ok);
    default:
      return checked(integer(), quotient(x, kDay), ok);
  }
}

}  // namespace cordon::analysis::smt
