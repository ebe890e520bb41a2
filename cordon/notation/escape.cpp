#include "cordon/notation/escape.h"

#include <format>

#include "cordon/base/text.h"
#include "cordon/notation/notation.h"

namespace cordon::notation {

namespace {

// {"type": text, "id": text}, perhaps with more.
bool is_uid(const wire::Json& json) {
  const wire::Json* type = json.find("type");
  const wire::Json* id = json.find("id");
  return type != nullptr && type->is_string() && id != nullptr && id->is_string();
}

Result<policy::EntityUid> plain_uid(const Spot& spot) {
  policy::EntityUid uid{std::string(spot.json().find("type")->text()), std::string(spot.json().find("id")->text())};
  if (is_type_name(uid.type)) return uid;
  return spot.wrong(
      std::format("\"{}\" is not an entity type; write a name such as Nf or SBI::Nf", printable(uid.type)));
}

bool has_text(const wire::Json& json, std::string_view member) {
  const wire::Json* found = json.find(member);
  return found != nullptr && found->is_string();
}

}  // namespace

EscapeKind escape_of(const wire::Json& json) {
  if (!json.is_object() || json.object().size() != 1) return EscapeKind::none;
  const auto& [name, value] = json.object().front();
  if (name == "__entity" && is_uid(value)) return EscapeKind::entity;
  if (name == "__extn" && call_of(value)) return EscapeKind::extension;
  if (name == "__expr" && value.is_string()) return EscapeKind::expression;
  return EscapeKind::none;
}

std::optional<Call> call_of(const wire::Json& json) {
  if (!json.is_object() || !has_text(json, "fn")) return std::nullopt;
  Call call{.name = json.find("fn")->text(), .argument = json.find("arg")};
  if (call.argument != nullptr) return call;
  const wire::Json* arguments = json.find("args");
  if (arguments == nullptr || !arguments->is_array()) return std::nullopt;
  call.arguments = &arguments->array();
  return call;
}

Result<policy::Function> function_of(const Spot& spot, std::string_view name) {
  if (const auto function = policy::function_named(name)) return *function;
  return spot.wrong(std::format("there is no extension function \"{}\"", printable(name)));
}

std::vector<Spot> arguments_of(const Spot& call, const Call& parts) {
  std::vector<Spot> spots;
  if (parts.argument != nullptr) {
    spots.push_back(call.within("arg", *parts.argument));
  } else {
    for (const wire::Json& argument : *parts.arguments) spots.push_back(call.within("args", argument));
  }
  return spots;
}

Result<policy::EntityUid> uid_from_json(const Spot& spot) {
  const wire::Json& json = spot.json();
  if (has_text(json, "__expr")) return expression_escape(spot);
  if (const wire::Json* escape = json.find("__entity"); escape != nullptr && is_uid(*escape)) {
    return plain_uid(spot.within("__entity", *escape));
  }
  if (is_uid(json)) return plain_uid(spot);
  return spot.wrong(R"(expected an entity; write {"type": "SomeType", "id": "some id"})");
}

Result<void> numbers_fit(const Spot& spot) {
  const wire::Json& json = spot.json();
  if (json.is_number()) return spot.integer().transform([](std::int64_t) {});
  for (std::size_t i = 0; i < json.array().size(); ++i) {
    if (auto fits = numbers_fit(spot.within(i)); !fits) return fits;
  }
  for (const wire::JsonMember& member : json.object()) {
    if (auto fits = numbers_fit(spot.within(member.name, member.value)); !fits) return fits;
  }
  return {};
}

Result<policy::EntityUid> escaped_uid(const Spot& spot) {
  if (auto fits = numbers_fit(spot); !fits) return std::unexpected(fits.error());
  return plain_uid(spot.within("__entity", *spot.json().find("__entity")));
}

std::unexpected<Error> expression_escape(const Spot& spot) {
  return spot.wrong("the __expr escape is no longer supported; write a value, __entity or __extn");
}

Result<policy::EntityUid> uid_from_json(const wire::Json& json) { return uid_from_json(Spot(json)); }

}  // namespace cordon::notation
