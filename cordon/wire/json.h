// Strict JSON (RFC 8259) for bytes from strangers: duplicate member names are refused also when escaped differently
// (TS 29.501 6.2), UTF-8 and escapes are checked, and size, depth and leaves are bounded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cordon/base/result.h"

namespace cordon::wire {

struct JsonLimits {
  std::size_t bytes = 2'000'000;  // TS 29.501 6.2
  std::size_t depth = 32;
  std::size_t leaves = 16'000;
  bool nul = false;  // whether \u0000 may stand in a string; readers written in C would end the text there
};

class Json;
struct JsonMember;
using JsonArray = std::vector<Json>;
using JsonObject = std::vector<JsonMember>;  // in the order written

// A JSON value. Numbers keep their text, so 64-bit integers stay exact.
class Json {
 public:
  struct Number {
    std::string text;
    bool operator==(const Number&) const = default;
  };

  Json() = default;  // null
  Json(bool value);
  Json(const char* value);
  Json(std::string value);
  Json(std::string_view value);
  Json(std::int64_t value);
  Json(int value);
  Json(std::uint64_t value);
  Json(double value);  // finite
  Json(JsonArray value);
  Json(JsonObject value);
  static Json number(std::string text);  // text must be a JSON number

  bool is_null() const;
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_number() const;
  bool is_bool() const;

  // Null, empty or the fallback when the value is of another kind.
  const Json* find(std::string_view member) const;              // objects; nullptr when absent
  const Json* at(std::string_view path) const;                  // "amfInfo/guamiList/0/amfId"
  std::string_view text(std::string_view fallback = {}) const;  // strings
  std::string_view number_text() const;                         // numbers, as they were written
  Result<std::int64_t> integer() const;                         // exact, or an error
  bool boolean(bool fallback = false) const;
  const JsonArray& array() const;
  const JsonObject& object() const;
  JsonArray& array();                              // becomes an array if it is none
  JsonObject& object();                            // becomes an object if it is none
  Json& set(std::string_view member, Json value);  // object: replaces or appends; returns *this
  bool erase(std::string_view member);

  std::string dump() const;                  // compact, one line
  std::string pretty() const;                // two spaces
  bool operator==(const Json& other) const;  // members in any order; numbers by value

 private:
  std::variant<std::monostate, bool, Number, std::string, std::shared_ptr<JsonArray>, std::shared_ptr<JsonObject>>
      value_;
};

struct JsonMember {
  std::string name;
  Json value;
};

// "byte 17: duplicate member 'ratingGroup'": the place is a byte offset, or line and column for files.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

// Appends text as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace cordon::wire
