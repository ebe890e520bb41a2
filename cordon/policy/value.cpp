#include "cordon/policy/value.h"

#include <algorithm>
#include <array>
#include <format>
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

std::string call_text(std::string_view function, const std::string& argument) {
  return std::format("{}({})", function, in_quotes(argument));
}

// No constructor takes a year outside 0000 to 9999, so such a time is written as it was made.
std::string datetime_text(Datetime value) {
  const std::string text = text_of(value);
  if (text.front() != '+' && text.front() != '-') return call_text("datetime", text);
  return std::format("datetime(\"1970-01-01\").offset(duration(\"{}ms\"))", value.milliseconds);
}

}  // namespace

std::string EntityUid::text() const { return type + "::" + in_quotes(id); }

Value::Value(bool value) : value_(value) {}
Value::Value(std::int64_t value) : value_(value) {}
Value::Value(int value) : value_(std::int64_t{value}) {}
Value::Value(const char* value) : value_(std::string(value)) {}
Value::Value(std::string value) : value_(std::move(value)) {}
Value::Value(std::string_view value) : value_(std::string(value)) {}
Value::Value(EntityUid value) : value_(std::make_shared<const EntityUid>(std::move(value))) {}
Value::Value(Record value) : value_(std::make_shared<const Record>(std::move(value))) {}
Value::Value(Decimal value) : value_(value) {}
Value::Value(IpNetwork value) : value_(value) {}
Value::Value(Datetime value) : value_(value) {}
Value::Value(Duration value) : value_(value) {}

Value Value::set(std::vector<Value> members) {
  std::ranges::sort(members, [](const Value& a, const Value& b) { return a < b; });
  const auto doubles = std::ranges::unique(members);
  members.erase(doubles.begin(), doubles.end());
  Value made;
  made.value_ = std::make_shared<const Set>(std::move(members));
  return made;
}

// An aliasing pointer with no owner: nothing is counted and nothing is allocated.
Value Value::view(const Record& record) {
  Value made;
  made.value_ = std::shared_ptr<const Record>(std::shared_ptr<const Record>(), &record);
  return made;
}

Value Value::view(const EntityUid& uid) {
  Value made;
  made.value_ = std::shared_ptr<const EntityUid>(std::shared_ptr<const EntityUid>(), &uid);
  return made;
}

const bool* Value::as_bool() const { return std::get_if<bool>(&value_); }
const std::int64_t* Value::as_long() const { return std::get_if<std::int64_t>(&value_); }
const std::string* Value::as_string() const { return std::get_if<std::string>(&value_); }
const EntityUid* Value::as_entity() const { return held(std::get_if<std::shared_ptr<const EntityUid>>(&value_)); }
const Set* Value::as_set() const { return held(std::get_if<std::shared_ptr<const Set>>(&value_)); }
const Record* Value::as_record() const { return held(std::get_if<std::shared_ptr<const Record>>(&value_)); }
const Decimal* Value::as_decimal() const { return std::get_if<Decimal>(&value_); }
const IpNetwork* Value::as_ip() const { return std::get_if<IpNetwork>(&value_); }
const Datetime* Value::as_datetime() const { return std::get_if<Datetime>(&value_); }
const Duration* Value::as_duration() const { return std::get_if<Duration>(&value_); }

std::string_view Value::kind() const {
  static constexpr std::array<std::string_view, 10> kKinds = {"Bool",   "Long",    "String", "Entity",   "Set",
                                                              "Record", "decimal", "ipaddr", "datetime", "duration"};
  return kKinds[value_.index()];
}

std::string Value::text() const {
  if (const auto* value = as_bool()) return *value ? "true" : "false";
  if (const auto* value = as_long()) return std::to_string(*value);
  if (const auto* value = as_string()) return in_quotes(*value);
  if (const auto* value = as_entity()) return value->text();
  if (const auto* value = as_set()) return set_text(*value);
  if (const auto* value = as_record()) return record_text(*value);
  if (const auto* value = as_decimal()) return call_text("decimal", text_of(*value));
  if (const auto* value = as_ip()) return call_text("ip", text_of(*value));
  if (const auto* value = as_datetime()) return datetime_text(*value);
  return call_text("duration", text_of(*as_duration()));
}

bool Value::operator==(const Value& other) const {
  if (value_.index() != other.value_.index()) return false;
  if (const auto* value = as_entity()) return value == other.as_entity() || *value == *other.as_entity();
  if (const auto* value = as_set()) return value == other.as_set() || *value == *other.as_set();
  if (const auto* value = as_record()) return value == other.as_record() || *value == *other.as_record();
  return value_ == other.value_;
}

bool Value::operator<(const Value& other) const {
  if (value_.index() != other.value_.index()) return value_.index() < other.value_.index();
  if (const auto* value = as_entity()) return *value < *other.as_entity();
  if (const auto* value = as_set()) return precedes(*value, *other.as_set());
  if (const auto* value = as_record()) return precedes(*value, *other.as_record());
  return value_ < other.value_;
}

}  // namespace cordon::policy
