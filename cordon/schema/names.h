// The names a schema may not take, and those that exist without being declared.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cordon/schema/schema.h"

namespace cordon::schema {

bool is_identifier(std::string_view text);          // a word that is no keyword; `__cedar` counts as one
bool is_name(std::string_view text);                // identifiers joined by `::`, without white space
bool names_cedar(std::string_view name);            // some part of it is `__cedar` (RFC 52)
bool is_type_keyword(std::string_view word);        // Bool, Set, Record...: no common type may be called so
std::string_view base_name(std::string_view name);  // `A` of `N::A`
std::string qualified(std::string_view space, std::string_view name);  // "N::A"; "A" in the empty namespace

// The types that exist as `__cedar::X`, and as `X` unless the schema declares that name itself.
std::optional<TypeKind> built_in(std::string_view name);        // Bool, Long, String and the extension types
std::optional<TypeKind> extension_type(std::string_view name);  // decimal, ipaddr, datetime, duration

// What to write instead of a type name that is common elsewhere ("Boolean", "int"), or nothing.
std::string_view usual_mistake(std::string_view name);

}  // namespace cordon::schema
