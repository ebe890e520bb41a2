#include "cordon/notation/spot.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "cordon/base/text.h"
#include "cordon/policy/token.h"

namespace cordon::notation {

namespace {

std::string_view kind_of(const wire::Json& json) {
  if (json.is_null()) return "null";
  if (json.is_object()) return "an object";
  if (json.is_array()) return "an array";
  if (json.is_string()) return "a string";
  return json.is_number() ? "a number" : "a boolean";
}

bool needs_quotes(std::string_view name) {
  return name.empty() || std::ranges::any_of(name, [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F || c == '.' ||
                  c == '[' || c == ']' || c == '"' || c == '\\';
         });
}

}  // namespace

std::optional<Spot> Spot::find(std::string_view member) const {
  const wire::Json* found = json_->find(member);
  if (found == nullptr) return std::nullopt;
  return within(member, *found);
}

Result<Spot> Spot::required(std::string_view member) const {
  if (const auto found = find(member)) return *found;
  if (!json_->is_object()) return expected("an object");
  return wrong(std::format("the member \"{}\" is missing", member));
}

Result<std::string> Spot::text() const {
  if (!json_->is_string()) return expected("a string");
  return std::string(json_->text());
}

// 1.0 and 1e2 are numbers of the same value as integers, but no Longs; and -0 is none either, as in the reference.
Result<std::int64_t> Spot::integer() const {
  if (!json_->is_number()) return expected("an integer");
  const std::string_view digits = json_->number_text();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc{} && end == digits.data() + digits.size() && digits != "-0") return value;
  return wrong(std::format("{} is not a 64-bit integer; other numbers are not Cedar values", printable(digits, 40)));
}

Result<void> Spot::object() const {
  if (!json_->is_object()) return expected("an object");
  return {};
}

Result<void> Spot::array() const {
  if (!json_->is_array()) return expected("an array");
  return {};
}

std::string Spot::path() const {
  std::string above = above_ == nullptr ? "" : above_->path();
  if (index_ != kNoIndex) return std::format("{}[{}]", above, index_);
  if (above_ == nullptr) return std::string(member_);
  if (needs_quotes(member_)) return std::format("{}[\"{}\"]", above, printable(member_));
  return above.empty() || above.ends_with(": ") ? above + printable(member_)
                                                : std::format("{}.{}", above, printable(member_));
}

std::unexpected<Error> Spot::wrong(std::string_view what) const {
  const std::string place = path();
  if (place.empty()) return fail(ErrorKind::invalid_input, std::string(what));
  return fail(ErrorKind::invalid_input,
              place.ends_with(": ") ? place + std::string(what) : std::format("{}: {}", place, what));
}

std::unexpected<Error> Spot::expected(std::string_view what) const {
  return wrong(std::format("expected {}, found {}", what, kind_of(*json_)));
}

bool is_type_name(std::string_view text) {
  while (true) {
    const std::size_t colons = text.find("::");
    const std::string_view part = text.substr(0, colons);
    if (!policy::is_identifier(part) || policy::is_reserved(part)) return false;
    if (colons == std::string_view::npos) return true;
    text.remove_prefix(colons + 2);
  }
}

}  // namespace cordon::notation
