// A JSON value and where it stands: what readers hand down, so that every error can name the member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cordon/base/result.h"
#include "cordon/wire/json.h"

namespace cordon::notation {

// A view: the value, the name and the spot above must outlive it. Spots form a chain up to the document.
class Spot {
 public:
  explicit Spot(const wire::Json& document, std::string_view name = {}) : json_(&document), member_(name) {}

  const wire::Json& json() const { return *json_; }
  std::size_t depth() const { return depth_; }  // of the document: 1

  Spot within(std::string_view member, const wire::Json& json) const { return Spot(*this, member, kNoIndex, json); }
  Spot within(std::size_t index) const { return Spot(*this, {}, index, json_->array()[index]); }
  std::optional<Spot> find(std::string_view member) const;
  Result<Spot> required(std::string_view member) const;
  Result<std::string> text() const;      // of a string
  Result<std::int64_t> integer() const;  // of a number that is written as a 64-bit integer
  Result<void> object() const;           // it must be one
  Result<void> array() const;            // it must be one

  std::string path() const;  // conditions[0].body.==.left
  std::unexpected<Error> wrong(std::string_view what) const;
  std::unexpected<Error> expected(std::string_view what) const;  // "expected an object, found a number"

 private:
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
  Spot(const Spot& above, std::string_view member, std::size_t index, const wire::Json& json)
      : json_(&json), above_(&above), member_(member), index_(index), depth_(above.depth_ + 1) {}

  const wire::Json* json_;
  const Spot* above_ = nullptr;
  std::string_view member_;
  std::size_t index_ = kNoIndex;
  std::size_t depth_ = 1;
};

// Whether a type is written as Cedar writes it: identifiers joined by `::`, no white space, no reserved word.
bool is_type_name(std::string_view text);

}  // namespace cordon::notation
