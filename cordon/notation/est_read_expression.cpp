// EST to expressions.
#include <algorithm>
#include <format>
#include <initializer_list>

#include "cordon/base/text.h"
#include "cordon/notation/escape.h"
#include "cordon/notation/est.h"
#include "cordon/policy/parse.h"
#include "cordon/policy/token.h"

namespace cordon::notation {

namespace {

using policy::Expression;
using policy::ExpressionKind;

Result<Expression> made(const Spot& spot, ExpressionKind kind, std::vector<Expression> operands) {
  Expression e;
  e.kind = kind;
  for (const Expression& operand : operands)
    e.depth = std::max(e.depth, static_cast<std::uint16_t>(operand.depth + 1));
  if (e.depth > policy::kMaxDepth) {
    return spot.wrong(std::format("nested more than {} levels deep; split the rule", policy::kMaxDepth));
  }
  e.operands = std::move(operands);
  return e;
}

Result<void> only(const Spot& spot, std::initializer_list<std::string_view> known) {
  if (auto object = spot.object(); !object) return object;
  for (const wire::JsonMember& member : spot.json().object()) {
    if (std::ranges::find(known, member.name) != known.end()) continue;
    std::string names;
    for (const std::string_view name : known) names += (names.empty() ? "" : ", ") + std::string(name);
    return spot.wrong(std::format("unknown member \"{}\"; expected {}", printable(member.name), names));
  }
  return {};
}

Result<Expression> literal(policy::Value value) {
  Expression e;
  e.literal = std::move(value);
  return e;
}

// Reads the members named, in order, as expressions.
Result<std::vector<Expression>> operands(const Spot& spot, std::initializer_list<std::string_view> names) {
  std::vector<Expression> read;
  for (const std::string_view name : names) {
    const auto member = spot.required(name);
    if (!member) return std::unexpected(member.error());
    auto operand = expression_from_json(*member);
    if (!operand) return std::unexpected(operand.error());
    read.push_back(std::move(*operand));
  }
  return read;
}

Result<std::vector<Expression>> list(const Spot& spot) {
  if (auto array = spot.array(); !array) return std::unexpected(array.error());
  std::vector<Expression> read;
  for (std::size_t i = 0; i < spot.json().array().size(); ++i) {
    auto operand = expression_from_json(spot.within(i));
    if (!operand) return std::unexpected(operand.error());
    read.push_back(std::move(*operand));
  }
  return read;
}

Result<std::string> member_text(const Spot& spot, std::string_view name) {
  return spot.required(name).and_then([](const Spot& member) { return member.text(); });
}

// === literal values ===

Result<Expression> value(const Spot& spot);

Result<Expression> call(const Spot& spot, std::string_view name, std::vector<Expression> arguments) {
  const auto function = function_of(spot, name);
  if (!function) return std::unexpected(function.error());
  if (!is_constructor(*function) && arguments.empty()) {
    return spot.wrong(std::format("\"{}\" is a method and needs the value it is called on", name));
  }
  auto e = made(spot, ExpressionKind::call, std::move(arguments));
  if (e) e->function = *function;
  return e;
}

Result<Expression> extension_value(const Spot& spot) {
  if (auto fits = numbers_fit(spot); !fits) return std::unexpected(fits.error());
  const Spot inner = spot.within("__extn", *spot.json().find("__extn"));
  const auto parts = call_of(inner.json());
  std::vector<Expression> arguments;
  for (const Spot& argument : arguments_of(inner, *parts)) {
    auto read = value(argument);
    if (!read) return read;
    arguments.push_back(std::move(*read));
  }
  return call(inner, parts->name, std::move(arguments));
}

Result<Expression> set_value(const Spot& spot) {
  std::vector<Expression> members;
  for (std::size_t i = 0; i < spot.json().array().size(); ++i) {
    auto read = value(spot.within(i));
    if (!read) return read;
    members.push_back(std::move(*read));
  }
  return made(spot, ExpressionKind::set, std::move(members));
}

Result<Expression> record_value(const Spot& spot) {
  std::vector<Expression> values;
  std::vector<std::string> keys;
  for (const wire::JsonMember& member : spot.json().object()) {
    auto read = value(spot.within(member.name, member.value));
    if (!read) return read;
    values.push_back(std::move(*read));
    keys.push_back(member.name);
  }
  auto e = made(spot, ExpressionKind::record, std::move(values));
  if (e) e->texts = std::move(keys);
  return e;
}

Result<Expression> value(const Spot& spot) {
  const wire::Json& json = spot.json();
  if (spot.depth() > kDeepestEst) return spot.wrong("nested too deep");
  if (json.is_bool()) return literal(json.boolean());
  if (json.is_string()) return literal(json.text());
  if (json.is_number()) return spot.integer().and_then([](std::int64_t number) { return literal(number); });
  if (json.is_array()) return set_value(spot);
  if (json.is_null()) return spot.wrong("null is not a Cedar value; leave the member out");
  switch (escape_of(json)) {
    case EscapeKind::entity:
      return escaped_uid(spot).and_then([](policy::EntityUid uid) { return literal(std::move(uid)); });
    case EscapeKind::extension:
      return extension_value(spot);
    case EscapeKind::expression:
      return expression_escape(spot);
    case EscapeKind::none:
      break;
  }
  return record_value(spot);
}

// === operators ===

Result<Expression> variable(const Spot& spot) {
  const auto name = spot.text();
  if (!name) return std::unexpected(name.error());
  const auto found = std::ranges::find(kVariableNames, *name);
  if (found == kVariableNames.end()) {
    return spot.wrong(
        std::format("unknown variable \"{}\"; expected principal, action, resource or context", printable(*name)));
  }
  Expression e;
  e.kind = ExpressionKind::variable;
  e.variable = static_cast<policy::Variable>(found - kVariableNames.begin());
  return e;
}

// (a && b) && c is one chain of three, as the parser of text makes it.
Result<Expression> chain(const Spot& spot, ExpressionKind kind, std::vector<Expression> two, char sign) {
  const bool longer = two[0].kind == kind;
  std::vector<Expression> chained;
  policy::Signs signs = longer ? std::move(two[0].signs) : policy::Signs("+");
  if (longer) {
    chained = std::move(two[0].operands);
  } else {
    chained.push_back(std::move(two[0]));
  }
  chained.push_back(std::move(two[1]));
  auto e = made(spot, kind, std::move(chained));
  if (!e || kind != ExpressionKind::sum) return e;
  signs.push_back(sign);
  e->signs = std::move(signs);
  return e;
}

Result<Expression> binary(const Spot& spot, ExpressionKind kind, char sign = '+') {
  if (auto known = only(spot, {"left", "right"}); !known) return std::unexpected(known.error());
  auto read = operands(spot, {"left", "right"});
  if (!read) return std::unexpected(read.error());
  const bool chains = kind == ExpressionKind::all || kind == ExpressionKind::any || kind == ExpressionKind::sum ||
                      kind == ExpressionKind::product;
  return chains ? chain(spot, kind, std::move(*read), sign) : made(spot, kind, std::move(*read));
}

Result<Expression> unary(const Spot& spot, ExpressionKind kind) {
  if (auto known = only(spot, {"arg"}); !known) return std::unexpected(known.error());
  auto read = operands(spot, {"arg"});
  if (!read) return std::unexpected(read.error());
  return made(spot, kind, std::move(*read));
}

// One operand and one text.
Result<Expression> with_text(const Spot& spot, ExpressionKind kind, std::vector<Expression> read, std::string text) {
  auto e = made(spot, kind, std::move(read));
  if (e) e->texts.push_back(std::move(text));
  return e;
}

Result<Expression> get(const Spot& spot) {
  if (auto known = only(spot, {"left", "attr"}); !known) return std::unexpected(known.error());
  auto read = operands(spot, {"left"});
  if (!read) return std::unexpected(read.error());
  auto attribute = member_text(spot, "attr");
  if (!attribute) return std::unexpected(attribute.error());
  return with_text(spot, ExpressionKind::get, std::move(*read), std::move(*attribute));
}

// A path whose names text can write stays one expression; another becomes x has a && x.a has "b c".
Result<Expression> has_path(const Spot& spot, const Expression& owner, std::vector<std::string> path) {
  const auto plain = [](const std::string& name) {
    return policy::is_identifier(name) && !policy::is_reserved(name);
  };
  if (path.size() == 1 || std::ranges::all_of(path, plain)) {
    auto e = made(spot, ExpressionKind::has, {owner});
    if (e) e->texts = std::move(path);
    return e;
  }
  Result<Expression> holder = owner;
  std::vector<Expression> steps;
  for (std::size_t i = 0; i < path.size(); ++i) {
    auto step = with_text(spot, ExpressionKind::has, {*holder}, path[i]);
    if (!step) return step;
    steps.push_back(std::move(*step));
    holder = with_text(spot, ExpressionKind::get, {std::move(*holder)}, path[i]);
    if (!holder) return holder;
  }
  return made(spot, ExpressionKind::all, std::move(steps));
}

Result<std::vector<std::string>> path_of(const Spot& spot) {
  if (!spot.json().is_array())
    return spot.text().transform([](std::string name) { return std::vector{std::move(name)}; });
  std::vector<std::string> path;
  for (std::size_t i = 0; i < spot.json().array().size(); ++i) {
    auto name = spot.within(i).text();
    if (!name) return std::unexpected(name.error());
    path.push_back(std::move(*name));
  }
  if (path.empty()) return spot.wrong("the path of attributes is empty");
  return path;
}

// Other members are overlooked here, as the reference does.
Result<Expression> has(const Spot& spot) {
  auto read = operands(spot, {"left"});
  if (!read) return std::unexpected(read.error());
  auto path = spot.required("attr").and_then(path_of);
  if (!path) return std::unexpected(path.error());
  return has_path(spot, read->front(), std::move(*path));
}

// "Wildcard" or {"Wildcard": null}, which is nothing here, or {"Literal": text}
Result<std::optional<std::string>> pattern_element(const Spot& spot) {
  using Element = std::optional<std::string>;
  const wire::Json& json = spot.json();
  if (json.is_string() && json.text() == "Wildcard") return Element();
  if (json.is_object() && json.object().size() == 1) {
    const auto& [name, inner] = json.object().front();
    if (name == "Wildcard" && inner.is_null()) return Element();
    if (name == "Literal") {
      return spot.within(name, inner).text().transform([](std::string text) { return Element(std::move(text)); });
    }
  }
  return spot.wrong(R"(expected "Wildcard" or {"Literal": "text"})");
}

Result<std::vector<std::string>> pattern_of(const Spot& spot) {
  if (auto array = spot.array(); !array) return std::unexpected(array.error());
  std::vector<std::string> pieces = {""};
  for (std::size_t i = 0; i < spot.json().array().size(); ++i) {
    const auto element = pattern_element(spot.within(i));
    if (!element) return std::unexpected(element.error());
    if (*element) {
      pieces.back() += **element;
    } else {
      pieces.emplace_back();
    }
  }
  return pieces;
}

Result<Expression> like(const Spot& spot) {
  if (auto known = only(spot, {"left", "pattern"}); !known) return std::unexpected(known.error());
  auto read = operands(spot, {"left"});
  if (!read) return std::unexpected(read.error());
  auto pieces = spot.required("pattern").and_then(pattern_of);
  if (!pieces) return std::unexpected(pieces.error());
  auto e = made(spot, ExpressionKind::like, std::move(*read));
  if (e) e->texts = std::move(*pieces);
  return e;
}

Result<Expression> is(const Spot& spot) {
  if (auto known = only(spot, {"left", "entity_type", "in"}); !known) return std::unexpected(known.error());
  const auto group = spot.find("in");
  const bool within = group && !group->json().is_null();
  auto read = within ? operands(spot, {"left", "in"}) : operands(spot, {"left"});
  if (!read) return std::unexpected(read.error());
  auto type = member_text(spot, "entity_type");
  if (!type) return std::unexpected(type.error());
  if (!is_type_name(*type)) return spot.wrong(std::format("\"{}\" is not an entity type", printable(*type)));
  return with_text(spot, within ? ExpressionKind::is_in : ExpressionKind::is, std::move(*read), std::move(*type));
}

Result<Expression> conditional(const Spot& spot) {
  if (auto known = only(spot, {"if", "then", "else"}); !known) return std::unexpected(known.error());
  auto read = operands(spot, {"if", "then", "else"});
  if (!read) return std::unexpected(read.error());
  return made(spot, ExpressionKind::conditional, std::move(*read));
}

Result<Expression> set(const Spot& spot) {
  auto read = list(spot);
  if (!read) return std::unexpected(read.error());
  return made(spot, ExpressionKind::set, std::move(*read));
}

Result<Expression> record(const Spot& spot) {
  if (auto object = spot.object(); !object) return std::unexpected(object.error());
  std::vector<Expression> values;
  std::vector<std::string> keys;
  for (const wire::JsonMember& member : spot.json().object()) {
    auto read = expression_from_json(spot.within(member.name, member.value));
    if (!read) return read;
    values.push_back(std::move(*read));
    keys.push_back(member.name);
  }
  auto e = made(spot, ExpressionKind::record, std::move(values));
  if (e) e->texts = std::move(keys);
  return e;
}

Result<Expression> slot(const Spot& spot) {
  return spot.wrong("slots stand only in the scope of principal and resource, not in conditions");
}

struct Reader {
  std::string_view name;
  Result<Expression> (*read)(const Spot&);
};
constexpr std::array<Reader, 10> kReaders = {{{"Value", value},
                                              {"Var", variable},
                                              {"Slot", slot},
                                              {".", get},
                                              {"has", has},
                                              {"like", like},
                                              {"is", is},
                                              {"if-then-else", conditional},
                                              {"Set", set},
                                              {"Record", record}}};

Result<Expression> operation(const Spot& spot, std::string_view name) {
  if (const auto found = std::ranges::find(kReaders, name, &Reader::name); found != kReaders.end()) {
    return found->read(spot);
  }
  if (name == "+" || name == "-") return binary(spot, ExpressionKind::sum, name.front());
  if (const auto found = std::ranges::find(kBinaryOperators, name, &Operator::name);
      found != kBinaryOperators.end()) {
    return binary(spot, found->kind);
  }
  if (const auto found = std::ranges::find(kUnaryOperators, name, &Operator::name); found != kUnaryOperators.end()) {
    return unary(spot, found->kind);
  }
  if (!policy::function_named(name)) return spot.wrong("there is no such operator or extension function");
  auto arguments = list(spot);
  if (!arguments) return std::unexpected(arguments.error());
  return call(spot, name, std::move(*arguments));
}

}  // namespace

Result<Expression> expression_from_json(const Spot& spot) {
  if (auto object = spot.object(); !object) return std::unexpected(object.error());
  if (spot.depth() > kDeepestEst) return spot.wrong("nested too deep");
  const wire::JsonObject& members = spot.json().object();
  if (members.size() != 1) {
    return spot.wrong(std::format("an expression has one member, its operator; found {}", members.size()));
  }
  return operation(spot.within(members[0].name, members[0].value), members[0].name);
}

}  // namespace cordon::notation
