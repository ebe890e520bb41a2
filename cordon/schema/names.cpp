#include "cordon/schema/names.h"

#include <algorithm>
#include <array>
#include <format>

#include "cordon/policy/token.h"

namespace cordon::schema {

namespace {

constexpr std::string_view kCedar = "__cedar";
constexpr std::string_view kJoint = "::";

struct BuiltIn {
  std::string_view name;
  TypeKind kind;
};

constexpr std::array<BuiltIn, 7> kBuiltIn = {{{"Bool", TypeKind::boolean},
                                              {"Long", TypeKind::integer},
                                              {"String", TypeKind::string},
                                              {"decimal", TypeKind::decimal},
                                              {"ipaddr", TypeKind::ipaddr},
                                              {"datetime", TypeKind::datetime},
                                              {"duration", TypeKind::duration}}};

constexpr std::array<std::string_view, 8> kTypeKeywords = {"Bool", "Boolean", "Entity", "Extension",
                                                           "Long", "Record",  "Set",    "String"};

struct Mistake {
  std::string_view written;
  std::string_view remedy;
};

constexpr std::array<Mistake, 18> kMistakes = {{{"Action", "it exists where the namespace declares an action"},
                                                {"Boolean", "write `Bool`"},
                                                {"bool", "write `Bool`"},
                                                {"boolean", "write `Bool`"},
                                                {"Int", "write `Long`"},
                                                {"int", "write `Long`"},
                                                {"Integer", "write `Long`"},
                                                {"integer", "write `Long`"},
                                                {"Number", "write `Long`"},
                                                {"number", "write `Long`"},
                                                {"long", "write `Long`"},
                                                {"string", "write `String`"},
                                                {"Set", "write `Set<T>`, T being the type of its members"},
                                                {"List", "write `Set<T>`, T being the type of its members"},
                                                {"Array", "write `Set<T>`, T being the type of its members"},
                                                {"Record", "write the attributes in braces: `{ name: Type }`"},
                                                {"ip", "write `ipaddr`"},
                                                {"Extension", "write the name of the extension type: `ipaddr`"}}};

// Whether every part of the name between `::` satisfies `test`.
template <class Test>
bool every_part(std::string_view name, Test test) {
  for (;;) {
    const std::size_t joint = name.find(kJoint);
    if (!test(name.substr(0, joint))) return false;
    if (joint == std::string_view::npos) return true;
    name.remove_prefix(joint + kJoint.size());
  }
}

}  // namespace

bool is_identifier(std::string_view text) {
  return policy::is_identifier(text) && (text == kCedar || !policy::is_reserved(text));
}

bool is_name(std::string_view text) { return every_part(text, is_identifier); }

bool names_cedar(std::string_view name) {
  return !every_part(name, [](std::string_view part) { return part != kCedar; });
}

bool is_type_keyword(std::string_view word) { return std::ranges::find(kTypeKeywords, word) != kTypeKeywords.end(); }

std::string_view base_name(std::string_view name) {
  const std::size_t joint = name.rfind(kJoint);
  return joint == std::string_view::npos ? name : name.substr(joint + kJoint.size());
}

std::string qualified(std::string_view space, std::string_view name) {
  return space.empty() ? std::string(name) : std::format("{}::{}", space, name);
}

std::optional<TypeKind> built_in(std::string_view name) {
  const auto found = std::ranges::find(kBuiltIn, name, &BuiltIn::name);
  return found == kBuiltIn.end() ? std::nullopt : std::optional(found->kind);
}

std::optional<TypeKind> extension_type(std::string_view name) {
  const auto kind = built_in(name);
  return kind && *kind >= TypeKind::decimal ? kind : std::nullopt;
}

std::string_view usual_mistake(std::string_view name) {
  const auto found = std::ranges::find(kMistakes, name, &Mistake::written);
  return found == kMistakes.end() ? std::string_view{} : found->remedy;
}

}  // namespace cordon::schema
