#include "cordon/wire/json.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "cordon/base/text.h"
#include "cordon/wire/json_number.h"

namespace cordon::wire {

namespace {

const JsonArray kNoArray;
const JsonObject kNoObject;

template <class T>
std::string shortest(T value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

// Values share arrays and objects until one of them is about to be written to.
template <class T>
T& own(std::shared_ptr<T>& shared) {
  if (shared.use_count() != 1) {
    shared = std::make_shared<T>(*shared);
  } else {
    // Pairs with the release of whoever gave up the last other share: its reads happened before our writes.
#ifdef __SANITIZE_THREAD__
    const auto share = shared;  // the thread sanitizer knows no fences: a share made and given up says the same to it
#else
    std::atomic_thread_fence(std::memory_order_acquire);
#endif
  }
  return *shared;
}

bool same_number(const std::string& one, const std::string& other) {
  if (one == other) return true;
  const auto left = to_decimal(one);
  return left && left == to_decimal(other);
}

// Names are unique, so equal sizes and every member found mean the same set.
bool same_members(const JsonObject& one, const JsonObject& other) {
  if (one.size() != other.size()) return false;
  const auto by_name = [](const JsonObject& object) {
    std::vector<const JsonMember*> members;
    for (const auto& member : object) members.push_back(&member);
    std::ranges::sort(members, {}, [](const JsonMember* member) { return std::string_view(member->name); });
    return members;
  };
  return std::ranges::equal(by_name(one), by_name(other), [](const JsonMember* left, const JsonMember* right) {
    return left->name == right->name && left->value == right->value;
  });
}

}  // namespace

Json::Json(bool value) : value_(value) {}
Json::Json(const char* value) : value_(std::string(value)) {}
Json::Json(std::string value) : value_(std::move(value)) {}
Json::Json(std::string_view value) : value_(std::string(value)) {}
Json::Json(std::int64_t value) : value_(Number{shortest(value)}) {}
Json::Json(int value) : value_(Number{shortest(value)}) {}
Json::Json(std::uint64_t value) : value_(Number{shortest(value)}) {}
Json::Json(double value) : value_(Number{shortest(value)}) {
  if (!std::isfinite(value)) throw std::invalid_argument("Json: JSON has no infinities (RFC 8259 6)");
}
Json::Json(JsonArray value) : value_(std::make_shared<JsonArray>(std::move(value))) {}
Json::Json(JsonObject value) : value_(std::make_shared<JsonObject>(std::move(value))) {}

Json Json::number(std::string text) {
  if (!is_number_text(text)) throw std::invalid_argument("Json::number: '" + printable(text) + "' is no JSON number");
  Json result;
  result.value_ = Number{std::move(text)};
  return result;
}

bool Json::is_null() const { return std::holds_alternative<std::monostate>(value_); }
bool Json::is_object() const { return std::holds_alternative<std::shared_ptr<JsonObject>>(value_); }
bool Json::is_array() const { return std::holds_alternative<std::shared_ptr<JsonArray>>(value_); }
bool Json::is_string() const { return std::holds_alternative<std::string>(value_); }
bool Json::is_number() const { return std::holds_alternative<Number>(value_); }
bool Json::is_bool() const { return std::holds_alternative<bool>(value_); }

const Json* Json::find(std::string_view member) const {
  const auto& members = object();
  const auto found = std::ranges::find(members, member, &JsonMember::name);
  return found == members.end() ? nullptr : &found->value;
}

const Json* Json::at(std::string_view path) const {
  const Json* here = this;
  for (const auto step : split(path, '/')) {
    if (here->is_array()) {
      std::size_t index = 0;
      const auto end = step.data() + step.size();
      const auto parsed = std::from_chars(step.data(), end, index);
      const bool inside = parsed.ec == std::errc{} && parsed.ptr == end && index < here->array().size();
      here = inside ? &here->array()[index] : nullptr;
    } else {
      here = here->find(step);
    }
    if (here == nullptr) return nullptr;
  }
  return here;
}

std::string_view Json::text(std::string_view fallback) const {
  const auto* string = std::get_if<std::string>(&value_);
  return string ? std::string_view(*string) : fallback;
}

std::string_view Json::number_text() const {
  const auto* number = std::get_if<Number>(&value_);
  return number ? std::string_view(number->text) : std::string_view{};
}

Result<std::int64_t> Json::integer() const {
  const auto* number = std::get_if<Number>(&value_);
  if (!number) return fail(ErrorKind::invalid_input, "not a number");
  const auto decimal = to_decimal(number->text);
  const auto value = decimal ? to_integer(*decimal) : std::nullopt;
  if (!value) return fail(ErrorKind::invalid_input, number->text + " is not a 64-bit integer");
  return *value;
}

bool Json::boolean(bool fallback) const {
  const auto* value = std::get_if<bool>(&value_);
  return value ? *value : fallback;
}

const JsonArray& Json::array() const {
  const auto* array = std::get_if<std::shared_ptr<JsonArray>>(&value_);
  return array ? **array : kNoArray;
}

const JsonObject& Json::object() const {
  const auto* object = std::get_if<std::shared_ptr<JsonObject>>(&value_);
  return object ? **object : kNoObject;
}

JsonArray& Json::array() {
  if (!is_array()) value_ = std::make_shared<JsonArray>();
  return own(std::get<std::shared_ptr<JsonArray>>(value_));
}

JsonObject& Json::object() {
  if (!is_object()) value_ = std::make_shared<JsonObject>();
  return own(std::get<std::shared_ptr<JsonObject>>(value_));
}

Json& Json::set(std::string_view member, Json value) {
  auto& members = object();
  const auto found = std::ranges::find(members, member, &JsonMember::name);
  if (found == members.end()) {
    members.push_back({std::string(member), std::move(value)});
  } else {
    found->value = std::move(value);
  }
  return *this;
}

bool Json::erase(std::string_view member) {
  if (find(member) == nullptr) return false;
  std::erase_if(object(), [&](const JsonMember& each) { return each.name == member; });
  return true;
}

bool Json::operator==(const Json& other) const {
  if (value_.index() != other.value_.index()) return false;
  if (is_object()) return same_members(object(), other.object());
  if (is_array()) return array() == other.array();
  if (const auto* number = std::get_if<Number>(&value_)) {
    return same_number(number->text, std::get<Number>(other.value_).text);
  }
  return value_ == other.value_;
}

}  // namespace cordon::wire
