// The expression half of the grammar, one function a production (Cedar 4.5). Every function returns something even
// after a complaint; the caller of the parser throws it away.
#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <limits>

#include "cordon/policy/parse.h"
#include "cordon/policy/parser.h"
#include "cordon/policy/unescape.h"

namespace cordon::policy {

namespace {

constexpr std::size_t kMaxUnary = 4;  // the reference refuses a fifth ! or - in a row
constexpr std::uint64_t kLeastLongMagnitude = std::uint64_t{1} << 63;

struct Method {
  std::string_view name;
  ExpressionKind kind;
  std::size_t arguments;
};
constexpr std::array<Method, 4> kMethods = {{{"contains", ExpressionKind::contains, 1},
                                             {"containsAll", ExpressionKind::contains_all, 1},
                                             {"containsAny", ExpressionKind::contains_any, 1},
                                             {"isEmpty", ExpressionKind::is_empty, 0}}};

// Language this engine does not know yet; refused by name, so that no rule is silently read as something else.
struct Later {
  std::string_view name;
  std::string_view part;
};
constexpr std::array<Later, 4> kLaterFunctions = {
    {{"decimal", "decimal"}, {"ip", "ipaddr"}, {"datetime", "datetime"}, {"duration", "duration"}}};
constexpr std::array<Later, 20> kLaterMethods = {{{"hasTag", "tags"},
                                                  {"getTag", "tags"},
                                                  {"lessThan", "decimal"},
                                                  {"lessThanOrEqual", "decimal"},
                                                  {"greaterThan", "decimal"},
                                                  {"greaterThanOrEqual", "decimal"},
                                                  {"isIpv4", "ipaddr"},
                                                  {"isIpv6", "ipaddr"},
                                                  {"isLoopback", "ipaddr"},
                                                  {"isMulticast", "ipaddr"},
                                                  {"isInRange", "ipaddr"},
                                                  {"offset", "datetime"},
                                                  {"durationSince", "datetime"},
                                                  {"toDate", "datetime"},
                                                  {"toTime", "datetime"},
                                                  {"toMilliseconds", "duration"},
                                                  {"toSeconds", "duration"},
                                                  {"toMinutes", "duration"},
                                                  {"toHours", "duration"},
                                                  {"toDays", "duration"}}};

template <class Table>
auto entry(const Table& table, std::string_view name) -> decltype(&table[0]) {
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return row.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::string not_yet(std::string_view name, std::string_view part) {
  return std::format("not supported yet ({}): `{}`", part, name);
}

std::optional<ExpressionKind> comparison_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::equal:
      return ExpressionKind::equal;
    case TokenKind::not_equal:
      return ExpressionKind::not_equal;
    case TokenKind::less:
      return ExpressionKind::less;
    case TokenKind::less_equal:
      return ExpressionKind::less_equal;
    case TokenKind::greater:
      return ExpressionKind::greater;
    case TokenKind::greater_equal:
      return ExpressionKind::greater_equal;
    default:
      return std::nullopt;
  }
}

std::optional<Variable> variable_of(std::string_view name) {
  if (name == "principal") return Variable::principal;
  if (name == "action") return Variable::action;
  if (name == "resource") return Variable::resource;
  if (name == "context") return Variable::context;
  return std::nullopt;
}

std::vector<Expression> one(Expression expression) {
  std::vector<Expression> operands;
  operands.push_back(std::move(expression));
  return operands;
}

std::vector<Expression> two(Expression left, Expression right) {
  std::vector<Expression> operands = one(std::move(left));
  operands.push_back(std::move(right));
  return operands;
}

}  // namespace

Expression ExpressionParser::make(ExpressionKind kind, std::uint32_t begin, std::vector<Expression> operands) {
  Expression made;
  made.kind = kind;
  made.begin = begin;
  made.end = cursor_.last_end();
  for (const Expression& operand : operands) {
    made.depth = std::max(made.depth, static_cast<std::uint16_t>(operand.depth + 1));
  }
  made.operands = std::move(operands);
  if (made.depth > kMaxDepth) {
    cursor_.complain(begin, std::format("this expression is nested more than {} levels deep", kMaxDepth),
                     "split the rule");
    made = {};
  }
  return made;
}

Expression ExpressionParser::expression() {
  if (depth_ >= kMaxDepth) {
    cursor_.complain(cursor_.peek().begin,
                     std::format("brackets and conditionals are nested more than {} levels deep", kMaxDepth),
                     "split the rule");
    return {};
  }
  ++depth_;
  Expression read = cursor_.at_word("if") ? conditional() : any();
  --depth_;
  return read;
}

Expression ExpressionParser::conditional() {
  const std::uint32_t begin = cursor_.take().begin;
  std::vector<Expression> operands = one(expression());
  for (const std::string_view word : {"then", "else"}) {
    if (!cursor_.accept_word(word)) {
      cursor_.complain(cursor_.peek().begin, std::format("expected `{}`, found {}", word, cursor_.found()),
                       "write if TEST then VALUE else VALUE");
    }
    operands.push_back(expression());
  }
  return make(ExpressionKind::conditional, begin, std::move(operands));
}

Expression ExpressionParser::chain(ExpressionKind kind, TokenKind sign, Expression (ExpressionParser::*next)()) {
  const std::uint32_t begin = cursor_.peek().begin;
  Expression first = (this->*next)();
  if (!cursor_.at(sign)) return first;
  std::vector<Expression> operands = one(std::move(first));
  while (cursor_.accept(sign)) operands.push_back((this->*next)());
  return make(kind, begin, std::move(operands));
}

Expression ExpressionParser::any() { return chain(ExpressionKind::any, TokenKind::or_or, &ExpressionParser::all); }

Expression ExpressionParser::all() {
  return chain(ExpressionKind::all, TokenKind::and_and, &ExpressionParser::relation);
}

// Comparisons do not associate: 1 < 2 < 3 is an error, and so is a == b like "c".
Expression ExpressionParser::relation() {
  Expression left = sum();
  Expression whole = cursor_.at_word("has")    ? has(std::move(left))
                     : cursor_.at_word("like") ? like(std::move(left))
                     : cursor_.at_word("is")   ? is(std::move(left))
                                               : comparison(std::move(left));
  const bool another = comparison_of(cursor_.peek().kind).has_value() || cursor_.at_word("in") ||
                       cursor_.at_word("has") || cursor_.at_word("like") || cursor_.at_word("is");
  if (another) {
    cursor_.complain(cursor_.peek().begin, std::format("{} follows another comparison", cursor_.found()),
                     "comparisons do not chain: put one of them in parentheses");
  }
  return whole;
}

Expression ExpressionParser::comparison(Expression left) {
  const std::uint32_t begin = left.begin;
  const auto kind = cursor_.at_word("in") ? std::optional(ExpressionKind::in) : comparison_of(cursor_.peek().kind);
  if (!kind) return left;
  cursor_.take();
  Expression right = sum();
  return make(*kind, begin, two(std::move(left), std::move(right)));
}

Expression ExpressionParser::has(Expression left) {
  const std::uint32_t begin = left.begin;
  cursor_.take();
  std::vector<std::string> path;
  if (cursor_.at(TokenKind::string)) {
    path.push_back(string(cursor_.take()));
  } else {
    do path.push_back(attribute("an attribute name after `has`"));
    while (cursor_.accept(TokenKind::dot));
  }
  Expression made = make(ExpressionKind::has, begin, one(std::move(left)));
  made.texts = std::move(path);
  return made;
}

Expression ExpressionParser::like(Expression left) {
  const std::uint32_t begin = left.begin;
  cursor_.take();
  const Token token = cursor_.expect(TokenKind::string, "a pattern in quotes after `like`", "write like \"imsi-*\"");
  Expression made = make(ExpressionKind::like, begin, one(std::move(left)));
  if (cursor_.failed()) return made;
  if (auto pieces = unescape_pattern(cursor_.spelling(token), token.begin)) {
    made.texts = std::move(*pieces);
  } else {
    cursor_.complain(pieces.error());
  }
  return made;
}

Expression ExpressionParser::is(Expression left) {
  const std::uint32_t begin = left.begin;
  cursor_.take();
  std::string type = path("an entity type after `is`");
  Expression made;
  if (cursor_.accept_word("in")) {
    Expression group = sum();
    made = make(ExpressionKind::is_in, begin, two(std::move(left), std::move(group)));
  } else {
    made = make(ExpressionKind::is, begin, one(std::move(left)));
  }
  made.texts.push_back(std::move(type));
  return made;
}

Expression ExpressionParser::sum() {
  const std::uint32_t begin = cursor_.peek().begin;
  Expression first = product();
  if (!cursor_.at(TokenKind::plus) && !cursor_.at(TokenKind::minus)) return first;
  std::vector<Expression> operands = one(std::move(first));
  std::string signs = "+";
  while (cursor_.at(TokenKind::plus) || cursor_.at(TokenKind::minus)) {
    signs += cursor_.take().kind == TokenKind::plus ? '+' : '-';
    operands.push_back(product());
  }
  Expression made = make(ExpressionKind::sum, begin, std::move(operands));
  made.signs = std::move(signs);
  return made;
}

Expression ExpressionParser::product() {
  Expression made = chain(ExpressionKind::product, TokenKind::star, &ExpressionParser::unary);
  if (cursor_.at(TokenKind::slash)) {
    cursor_.complain(cursor_.peek().begin, "Cedar has no division", "multiply the other side instead");
  }
  if (cursor_.at(TokenKind::percent)) cursor_.complain(cursor_.peek().begin, "Cedar has no remainder");
  return made;
}

Expression ExpressionParser::unary() {
  const Token first = cursor_.peek();
  if (first.kind != TokenKind::bang && first.kind != TokenKind::minus) return member();
  std::size_t count = 0;
  for (; cursor_.accept(first.kind); ++count) {
    if (count == kMaxUnary) {
      cursor_.complain(first.begin, std::format("more than {} `{}` in a row", kMaxUnary, cursor_.spelling(first)),
                       "put the rest in parentheses");
    }
  }
  if (first.kind == TokenKind::minus) return minus(count, first.begin);
  Expression made = member();
  for (std::size_t i = 0; i < count; ++i) made = make(ExpressionKind::negate, first.begin, one(std::move(made)));
  return made;
}

// One minus belongs to the literal behind it: that is how the least Long is written.
Expression ExpressionParser::minus(std::size_t count, std::uint32_t begin) {
  const Token token = cursor_.peek();
  const TokenKind behind = cursor_.peek(1).kind;
  const bool literal =
      token.kind == TokenKind::integer && behind != TokenKind::dot && behind != TokenKind::left_bracket;
  std::uint64_t magnitude = 0;
  if (literal) {
    const std::string_view digits = cursor_.spelling(token);
    std::from_chars(digits.data(), digits.data() + digits.size(), magnitude);
  }
  Expression made;
  if (literal && magnitude == kLeastLongMagnitude) {
    cursor_.take();
    made = make(ExpressionKind::literal, begin, {});
    made.literal = std::numeric_limits<std::int64_t>::min();
    --count;
  } else {
    made = member();
  }
  for (std::size_t i = 0; i < count; ++i) made = make(ExpressionKind::minus, begin, one(std::move(made)));
  return made;
}

Expression ExpressionParser::member() {
  Expression made = primary();
  while (cursor_.at(TokenKind::dot) || cursor_.at(TokenKind::left_bracket)) {
    const bool dot = cursor_.take().kind == TokenKind::dot;
    made = dot ? dotted(std::move(made)) : indexed(std::move(made));
  }
  return made;
}

Expression ExpressionParser::dotted(Expression target) {
  const Token name = cursor_.peek();
  std::string attribute_name = attribute("an attribute or method after `.`");
  if (!cursor_.failed() && cursor_.accept(TokenKind::left_parenthesis)) return method(std::move(target), name);
  const std::uint32_t begin = target.begin;
  Expression made = make(ExpressionKind::get, begin, one(std::move(target)));
  made.texts.push_back(std::move(attribute_name));
  return made;
}

Expression ExpressionParser::indexed(Expression target) {
  const std::uint32_t begin = target.begin;
  const Token key = cursor_.expect(TokenKind::string, "an attribute name in quotes", "write [\"name\"]");
  std::string attribute_name = cursor_.failed() ? "" : string(key);
  cursor_.expect(TokenKind::right_bracket, "`]`");
  Expression made = make(ExpressionKind::get, begin, one(std::move(target)));
  made.texts.push_back(std::move(attribute_name));
  return made;
}

Expression ExpressionParser::method(Expression target, const Token& token) {
  const std::string_view name = cursor_.spelling(token);
  const std::uint32_t begin = target.begin;
  const Method* known = entry(kMethods, name);
  if (const Later* later = entry(kLaterMethods, name)) {
    cursor_.complain(token.begin, not_yet(name, later->part));
  } else if (known == nullptr) {
    const auto meant = nearest(name, {"contains", "containsAll", "containsAny", "isEmpty"});
    cursor_.complain(token.begin, std::format("unknown method `{}`", name),
                     meant ? std::format("did you mean `{}`?", *meant)
                           : "the methods are contains, containsAll, containsAny and isEmpty");
  }
  std::vector<Expression> operands = one(std::move(target));
  std::vector<Expression> arguments = list(TokenKind::right_parenthesis, "`,` or `)`");
  if (cursor_.failed()) return {};
  if (arguments.size() != known->arguments) {
    cursor_.complain(token.begin, std::format("`{}` takes {} argument{}, not {}", name, known->arguments,
                                              known->arguments == 1 ? "" : "s", arguments.size()));
  }
  std::ranges::move(arguments, std::back_inserter(operands));
  return make(known->kind, begin, std::move(operands));
}

Expression ExpressionParser::primary() {
  const Token token = cursor_.peek();
  switch (token.kind) {
    case TokenKind::integer:
      return integer(cursor_.take());
    case TokenKind::name:
      return named();
    case TokenKind::left_parenthesis:
      return parenthesised();
    case TokenKind::left_bracket:
      return set();
    case TokenKind::left_brace:
      return record();
    case TokenKind::slot:
      cursor_.complain(token.begin, not_yet(cursor_.spelling(token), "templates"), "name the entity itself");
      return {};
    case TokenKind::string:
      break;
    default:
      cursor_.complain(token.begin, std::format("expected an expression, found {}", cursor_.found()));
      return {};
  }
  cursor_.take();
  Expression made = make(ExpressionKind::literal, token.begin, {});
  made.literal = string(token);
  return made;
}

Expression ExpressionParser::integer(const Token& token) {
  const std::string_view digits = cursor_.spelling(token);
  std::int64_t value = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{}) {
    cursor_.complain(token.begin, std::format("the integer `{}` is too large", digits.substr(0, 40)),
                     "a Long is at most 9223372036854775807");
  }
  Expression made = make(ExpressionKind::literal, token.begin, {});
  made.literal = value;
  return made;
}

// true, false, a variable, an entity or a function call.
Expression ExpressionParser::named() {
  const Token token = cursor_.peek();
  const std::string_view name = cursor_.spelling(token);
  if (name == "true" || name == "false") {
    cursor_.take();
    Expression made = make(ExpressionKind::literal, token.begin, {});
    made.literal = name == "true";
    return made;
  }
  const TokenKind behind = cursor_.peek(1).kind;
  if (behind == TokenKind::double_colon) {
    Value value = entity();
    Expression made = make(ExpressionKind::literal, token.begin, {});
    made.literal = std::move(value);
    return made;
  }
  if (behind == TokenKind::left_parenthesis) return call(name, token.begin);
  const auto variable = variable_of(name);
  if (!variable) {
    const auto meant = nearest(name, {"principal", "action", "resource", "context", "true", "false"});
    cursor_.complain(
        token.begin,
        is_reserved(name) ? std::format("`{}` is a reserved word", name) : std::format("unknown variable `{}`", name),
        meant && !is_reserved(name)
            ? std::format("did you mean `{}`?", *meant)
            : "the variables are principal, action, resource and context; text goes into quotes");
    return {};
  }
  cursor_.take();
  Expression made = make(ExpressionKind::variable, token.begin, {});
  made.variable = *variable;
  return made;
}

Expression ExpressionParser::call(std::string_view name, std::size_t offset) {
  if (const Later* later = entry(kLaterFunctions, name)) {
    cursor_.complain(offset, not_yet(name, later->part));
  } else if (entry(kMethods, name) != nullptr || entry(kLaterMethods, name) != nullptr) {
    cursor_.complain(offset, std::format("`{}` is a method, not a function", name),
                     std::format("write value.{}(...)", name));
  } else if (name == "if") {
    cursor_.complain(offset, "`if` cannot stand here", "put the whole conditional in parentheses");
  } else {
    const auto meant = nearest(name, {"decimal", "ip", "datetime", "duration"});
    cursor_.complain(offset, std::format("unknown function `{}`", name),
                     meant ? std::format("did you mean `{}`?", *meant) : "");
  }
  return {};
}

Expression ExpressionParser::parenthesised() {
  const std::uint32_t begin = cursor_.take().begin;
  Expression made = expression();
  cursor_.expect(TokenKind::right_parenthesis, "`)`");
  made.begin = begin;  // explanations quote the parentheses too
  made.end = cursor_.last_end();
  return made;
}

std::vector<Expression> ExpressionParser::list(TokenKind close, std::string_view what) {
  std::vector<Expression> members;
  while (!cursor_.at(close) && !cursor_.failed()) {
    members.push_back(expression());
    if (!cursor_.accept(TokenKind::comma)) break;
  }
  cursor_.expect(close, what);
  return members;
}

Expression ExpressionParser::set() {
  const std::uint32_t begin = cursor_.take().begin;
  std::vector<Expression> members = list(TokenKind::right_bracket, "`,` or `]`");
  const bool constant =
      std::ranges::all_of(members, [](const Expression& member) { return member.kind == ExpressionKind::literal; });
  if (!constant) return make(ExpressionKind::set, begin, std::move(members));
  // A set of literals is a literal: built once, not at every decision.
  std::vector<Value> values;
  for (Expression& member : members) values.push_back(std::move(member.literal));
  Expression made = make(ExpressionKind::literal, begin, {});
  made.literal = Value::set(std::move(values));
  return made;
}

Expression ExpressionParser::record() {
  const std::uint32_t begin = cursor_.take().begin;
  std::vector<Expression> values;
  std::vector<std::string> keys;
  while (!cursor_.at(TokenKind::right_brace) && !cursor_.failed()) {
    keys.push_back(record_key());
    cursor_.expect(TokenKind::colon, "`:` after the key", "write {key: value}");
    values.push_back(expression());
    if (!cursor_.accept(TokenKind::comma)) break;
  }
  cursor_.expect(TokenKind::right_brace, "`,` or `}`");
  std::vector<std::string_view> sorted(keys.begin(), keys.end());
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    cursor_.complain(begin, std::format("the key {} is twice in this record", in_quotes(*twice)),
                     "remove one of them");
  }
  Expression made = make(ExpressionKind::record, begin, std::move(values));
  made.texts = std::move(keys);
  return made;
}

std::string ExpressionParser::record_key() {
  if (cursor_.at(TokenKind::string)) return string(cursor_.take());
  return attribute("a key");
}

std::string ExpressionParser::attribute(std::string_view what) {
  const Token token = cursor_.expect(TokenKind::name, what);
  if (cursor_.failed()) return {};
  const std::string_view name = cursor_.spelling(token);
  if (is_reserved(name)) {
    cursor_.complain(token.begin, std::format("`{}` is a reserved word", name),
                     std::format("write it in quotes: [\"{}\"]", name));
  }
  return std::string(name);
}

std::string ExpressionParser::path(std::string_view what) {
  std::string joined;
  do {
    const Token token = cursor_.expect(TokenKind::name, what, "write a type such as Nf or SBI::Nf, without quotes");
    if (cursor_.failed()) return {};
    const std::string_view name = cursor_.spelling(token);
    if (is_reserved(name)) {
      cursor_.complain(token.begin, std::format("`{}` is a reserved word", name), "choose another name");
    }
    if (!joined.empty()) joined += "::";
    joined += name;
  } while (cursor_.at(TokenKind::double_colon) && cursor_.peek(1).kind == TokenKind::name &&
           cursor_.accept(TokenKind::double_colon));
  return joined;
}

EntityUid ExpressionParser::entity() {
  EntityUid uid;
  uid.type = path("an entity");
  cursor_.expect(TokenKind::double_colon, "`::` and an id in quotes", "write an entity as Type::\"id\"");
  const Token id = cursor_.expect(TokenKind::string, "an id in quotes after `::`", "write an entity as Type::\"id\"");
  if (!cursor_.failed()) uid.id = string(id);
  return uid;
}

std::string ExpressionParser::string(const Token& token) {
  auto text = unescape(cursor_.spelling(token), token.begin);
  if (text) return std::move(*text);
  cursor_.complain(text.error());
  return {};
}

}  // namespace cordon::policy
