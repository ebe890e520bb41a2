// What operators operate on: members, calls, literals, sets and records.
#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <iterator>

#include "cordon/policy/parse.h"
#include "cordon/policy/parser.h"
#include "cordon/policy/unescape.h"

namespace cordon::policy {

namespace {

struct Method {
  std::string_view name;
  ExpressionKind kind;
  std::size_t arguments;
};
constexpr std::array<Method, 6> kMethods = {{{"contains", ExpressionKind::contains, 1},
                                             {"containsAll", ExpressionKind::contains_all, 1},
                                             {"containsAny", ExpressionKind::contains_any, 1},
                                             {"isEmpty", ExpressionKind::is_empty, 0},
                                             {"hasTag", ExpressionKind::has_tag, 1},
                                             {"getTag", ExpressionKind::get_tag, 1}}};

const Method* method_named(std::string_view name) {
  const auto found = std::ranges::find(kMethods, name, &Method::name);
  return found == kMethods.end() ? nullptr : &*found;
}

// "did you mean" among the methods, or among the functions.
std::string meant(std::string_view name, bool method) {
  std::vector<std::string_view> known;
  for (const Method& each : kMethods) {
    if (method) known.push_back(each.name);
  }
  for (auto f = Function::decimal; f <= Function::to_days; f = static_cast<Function>(std::to_underlying(f) + 1)) {
    if (is_constructor(f) != method) known.push_back(name_of(f));
  }
  const auto found = nearest(name, known);
  if (found) return std::format("did you mean `{}`?", *found);
  return method ? "" : "the functions are decimal, ip, datetime and duration";
}

std::optional<Variable> variable_of(std::string_view name) {
  if (name == "principal") return Variable::principal;
  if (name == "action") return Variable::action;
  if (name == "resource") return Variable::resource;
  if (name == "context") return Variable::context;
  return std::nullopt;
}

}  // namespace

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
  const Method* built_in = method_named(name);
  const auto function = function_named(name);
  if (function && is_constructor(*function)) {
    cursor_.complain(token.begin, std::format("`{}` is a function, not a method", name),
                     std::format("write {}(...)", name));
  } else if (built_in == nullptr && !function) {
    cursor_.complain(token.begin, std::format("unknown method `{}`", name), meant(name, true));
  }
  std::vector<Expression> operands = one(std::move(target));
  std::vector<Expression> arguments = list(TokenKind::right_parenthesis, "`,` or `)`");
  if (cursor_.failed()) return {};
  if (built_in != nullptr && arguments.size() != built_in->arguments) {
    cursor_.complain(token.begin, std::format("`{}` takes {} argument{}, not {}", name, built_in->arguments,
                                              built_in->arguments == 1 ? "" : "s", arguments.size()));
  }
  std::ranges::move(arguments, std::back_inserter(operands));
  Expression made = make(function ? ExpressionKind::call : built_in->kind, begin, std::move(operands));
  if (function) made.function = *function;
  return made;
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
      cursor_.complain(token.begin, std::format("{} may only stand in the scope", cursor_.found()),
                       "a template's slots are of its scope; in a condition write principal or resource");
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
  if (behind == TokenKind::left_parenthesis) return call(token);
  const auto variable = variable_of(name);
  if (!variable) {
    const auto near = nearest(name, {"principal", "action", "resource", "context", "true", "false"});
    cursor_.complain(
        token.begin,
        is_reserved(name) ? std::format("`{}` is a reserved word", name) : std::format("unknown variable `{}`", name),
        near && !is_reserved(name)
            ? std::format("did you mean `{}`?", *near)
            : "the variables are principal, action, resource and context; text goes into quotes");
    return {};
  }
  cursor_.take();
  Expression made = make(ExpressionKind::variable, token.begin, {});
  made.variable = *variable;
  return made;
}

// Functions take any number of arguments here, as in the reference: a wrong count fails when it is evaluated.
Expression ExpressionParser::call(const Token& token) {
  const std::string_view name = cursor_.spelling(token);
  const auto function = function_named(name);
  if (!function || !is_constructor(*function)) {
    no_function(name, token.begin);
    return {};
  }
  cursor_.take();
  cursor_.take();  // `(`
  Expression made = make(ExpressionKind::call, token.begin, list(TokenKind::right_parenthesis, "`,` or `)`"));
  made.function = *function;
  return made;
}

void ExpressionParser::no_function(std::string_view name, std::size_t offset) {
  if (method_named(name) != nullptr || function_named(name)) {
    cursor_.complain(offset, std::format("`{}` is a method, not a function", name),
                     std::format("write value.{}(...)", name));
  } else if (name == "if") {
    cursor_.complain(offset, "`if` cannot stand here", "put the whole conditional in parentheses");
  } else if (name == "unknown") {
    cursor_.complain(offset, "`unknown` belongs to partial evaluation, which this engine does not do",
                     "use an attribute of the context");
  } else {
    cursor_.complain(offset, std::format("unknown function `{}`", name), meant(name, false));
  }
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
  return make(ExpressionKind::set, begin, list(TokenKind::right_bracket, "`,` or `]`"));
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
