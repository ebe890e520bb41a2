// A second, naive validator for tests: the schemas as JSON (schemas/schemas.json), values as a DOM, std::regex.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <regex>
#include <string>

#include "cordon/wire/json.h"

namespace cordon::inspection {

class NaiveValidator {
 public:
  explicit NaiveValidator(const wire::Json& schemas) : types_(*schemas.find("types")) {
    for (const auto& [name, schema] : types_.object()) by_name_[name] = &schema;
  }

  const wire::Json& type(const std::string& name) const { return *by_name_.at(name); }

  bool valid(const wire::Json& schema, const wire::Json& value) {
    if (const auto* reference = schema.find("$ref")) return valid(type(std::string(reference->text())), value);
    if (value.is_null() && flag(schema, "nullable")) return true;
    return typed(schema, value) && scalar(schema, value) && items(schema, value) && members(schema, value) &&
           combined(schema, value);
  }

 private:
  static bool flag(const wire::Json& schema, std::string_view name) {
    const auto* found = schema.find(name);
    return found != nullptr && found->boolean();
  }

  static bool typed(const wire::Json& schema, const wire::Json& value) {
    const auto* found = schema.find("type");
    if (found == nullptr) return true;
    const auto type = found->text();
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "integer")
      return value.is_number() && value.number_text().find_first_of(".eE") == std::string_view::npos;
    return value.is_number();
  }

  static std::string_view format_of(std::string_view format) {
    if (format == "uuid") return "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
    if (format == "date") return R"(^\d{4}-\d\d-\d\d$)";
    if (format == "date-time") return R"(^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[-+]\d\d:\d\d)$)";
    return format == "byte" ? "^[A-Za-z0-9+/_-]*={0,2}$" : "";
  }

  static bool unique(const wire::JsonArray& items) {
    for (const auto& one : items) {
      if (std::ranges::count(items, one) > 1) return false;
    }
    return true;
  }

  static bool within(const wire::Json& schema, std::string_view least, std::string_view most, long double size) {
    const auto *low = schema.find(least), *high = schema.find(most);
    return (!low || size >= std::stold(std::string(low->number_text()))) &&
           (!high || size <= std::stold(std::string(high->number_text())));
  }

  bool scalar(const wire::Json& schema, const wire::Json& value) {
    if (const auto* words = schema.find("enum")) {
      if (words->array().size() == 1 && words->array()[0].text() == "null") return value.is_null();
      if (!std::ranges::any_of(words->array(), [&](const auto& word) { return word == value; })) return false;
    }
    if (value.is_number()) return within(schema, "minimum", "maximum", std::stold(std::string(value.number_text())));
    if (!value.is_string()) return true;
    const std::string text(value.text());
    if (!within(schema, "minLength", "maxLength", static_cast<long double>(text.size()))) return false;
    const auto *pattern = schema.find("pattern"), *format = schema.find("format");
    const std::string form(pattern ? pattern->text() : format ? format_of(format->text()) : "");
    auto& compiled = patterns_[form];
    if (!compiled) compiled = std::make_shared<std::regex>(form, std::regex::ECMAScript);
    return std::regex_search(text, *compiled);
  }

  bool items(const wire::Json& schema, const wire::Json& value) {
    if (!value.is_array()) return true;
    if (!within(schema, "minItems", "maxItems", static_cast<long double>(value.array().size()))) return false;
    if (flag(schema, "uniqueItems") && !unique(value.array())) return false;
    const auto* inner = schema.find("items");
    return inner == nullptr ||
           std::ranges::all_of(value.array(), [&](const auto& item) { return valid(*inner, item); });
  }

  bool required(const wire::Json& schema, const wire::Json& value) {
    const auto* names = schema.find("required");
    const auto* properties = schema.find("properties");
    if (names == nullptr) return true;
    return std::ranges::all_of(names->array(), [&](const auto& name) {
      const auto* member = properties ? properties->find(name.text()) : nullptr;
      while (member && member->find("$ref")) member = &type(std::string(member->find("$ref")->text()));
      return value.find(name.text()) != nullptr || (member && flag(*member, "readOnly"));
    });
  }

  bool members(const wire::Json& schema, const wire::Json& value) {
    if (!value.is_object()) return true;
    if (!within(schema, "minProperties", "maxProperties", static_cast<long double>(value.object().size())))
      return false;
    if (!required(schema, value)) return false;
    const auto *properties = schema.find("properties"), *others = schema.find("additionalProperties");
    return std::ranges::all_of(value.object(), [&](const auto& member) {
      if (const auto* known = properties ? properties->find(member.name) : nullptr)
        return valid(*known, member.value);
      if (others == nullptr) return true;
      return others->is_bool() ? others->boolean() : valid(*others, member.value);
    });
  }

  // oneOf an enumeration and any string: meant as anyOf (TS 29.501 5.3.4), and read so.
  bool extensible(const wire::Json& branches) {
    return branches.array().size() == 2 && std::ranges::any_of(branches.array(), [&](const auto& branch) {
             const auto& schema = branch.find("$ref") ? type(std::string(branch.find("$ref")->text())) : branch;
             return schema.object().size() == 1 && schema.find("type") && schema.find("type")->text() == "string";
           });
  }

  std::size_t fitting(const wire::Json& branches, const wire::Json& value) {
    return static_cast<std::size_t>(
        std::ranges::count_if(branches.array(), [&](const auto& branch) { return valid(branch, value); }));
  }

  bool combined(const wire::Json& schema, const wire::Json& value) {
    const auto *all = schema.find("allOf"), *any = schema.find("anyOf"), *one = schema.find("oneOf"),
               *never = schema.find("not");
    return (!all || fitting(*all, value) == all->array().size()) && (!any || fitting(*any, value) > 0) &&
           (!one || fitting(*one, value) == 1 || (extensible(*one) && value.is_string())) &&
           (!never || !valid(*never, value));
  }

  const wire::Json& types_;
  std::map<std::string, const wire::Json*> by_name_;
  std::map<std::string, std::shared_ptr<std::regex>> patterns_;
};

}  // namespace cordon::inspection
