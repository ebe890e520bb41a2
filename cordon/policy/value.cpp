#include "cordon/policy/value.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "cordon/policy/token.h"
#include "cordon/policy/unescape.h"

namespace cordon::policy {

namespace {

template <class Alternatives>
auto held(const Alternatives& value) {
  return value ? value->get() : nullptr;
}

template <class Container>
bool precedes(const Container& a, const Container& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

std::string set_text(const Set& members) {
  std::string text = "[";
  for (const Value& member : members) {
    if (text.size() > 1) text += ", ";
    text += member.text();
  }
  return text + "]";
}

std::string record_text(const Record& record) {
  std::string text = "{";
  for (const auto& [key, value] : record) {
    if (text.size() > 1) text += ", ";
    text += (is_identifier(key) && !is_reserved(key) ? key : in_quotes(key)) + ": " + value.text();
  }
  return text + "}";
}

}  // namespace

std::string EntityUid::text() const { return type + "::" + in_quotes(id); }

Value::Value(bool value) : value_(value) {}
Value::Value(std::int64_t value) : value_(value) {}
Value::Value(int value) : value_(std::int64_t{value}) {}
Value::Value(const char* value) : value_(std::string(value)) {}
Value::Value(std::string value) : value_(std::move(value)) {}
Value::Value(std::string_view value) : value_(std::string(value)) {}
Value::Value(EntityUid value) : value_(std::move(value)) {}
Value::Value(Record value) : value_(std::make_shared<const Record>(std::move(value))) {}

Value Value::set(std::vector<Value> members) {
  std::ranges::sort(members, [](const Value& a, const Value& b) { return a < b; });
  const auto doubles = std::ranges::unique(members);
  members.erase(doubles.begin(), doubles.end());
  Value made;
  made.value_ = std::make_shared<const Set>(std::move(members));
  return made;
}

Value Value::view(const Record& record) {
  Value made;
  // An aliasing pointer with no owner: nothing is counted and nothing is allocated.
  made.value_ = std::shared_ptr<const Record>(std::shared_ptr<const Record>(), &record);
  return made;
}

const bool* Value::as_bool() const { return std::get_if<bool>(&value_); }
const std::int64_t* Value::as_long() const { return std::get_if<std::int64_t>(&value_); }
const std::string* Value::as_string() const { return std::get_if<std::string>(&value_); }
const EntityUid* Value::as_entity() const { return std::get_if<EntityUid>(&value_); }
const Set* Value::as_set() const { return held(std::get_if<std::shared_ptr<const Set>>(&value_)); }
const Record* Value::as_record() const { return held(std::get_if<std::shared_ptr<const Record>>(&value_)); }

std::string_view Value::kind() const {
  static constexpr std::array<std::string_view, 6> kKinds = {"Bool", "Long", "String", "Entity", "Set", "Record"};
  return kKinds[value_.index()];
}

std::string Value::text() const {
  if (const auto* value = as_bool()) return *value ? "true" : "false";
  if (const auto* value = as_long()) return std::to_string(*value);
  if (const auto* value = as_string()) return in_quotes(*value);
  if (const auto* value = as_entity()) return value->text();
  if (const auto* value = as_set()) return set_text(*value);
  return record_text(*as_record());
}

bool Value::operator==(const Value& other) const {
  if (value_.index() != other.value_.index()) return false;
  if (const auto* value = as_set()) return value == other.as_set() || *value == *other.as_set();
  if (const auto* value = as_record()) return value == other.as_record() || *value == *other.as_record();
  return value_ == other.value_;
}

bool Value::operator<(const Value& other) const {
  if (value_.index() != other.value_.index()) return value_.index() < other.value_.index();
  if (const auto* value = as_set()) return precedes(*value, *other.as_set());
  if (const auto* value = as_record()) return precedes(*value, *other.as_record());
  return value_ < other.value_;
}

}  // namespace cordon::policy
