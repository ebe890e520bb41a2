// The JSON syntax for schemas.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "cordon/schema/schema.h"
#include "cordon/schema/written.h"
#include "cordon/wire/json.h"

namespace cordon::schema {

// Where in a document something stands: every place is its parent and one more step.
class Paths {
 public:
  static constexpr Where kRoot = 0;
  Where member(Where parent, std::string_view name);
  Where item(Where parent, std::size_t index);
  std::string text(Where where) const;  // "N.entityTypes.User.memberOfTypes[0]"

 private:
  struct Step {
    Where parent = kRoot;
    std::string name;  // empty for an item of an array
    std::size_t index = 0;
    bool is_item = false;
  };
  std::deque<Step> steps_{1};
};

// Places are numbers of `paths`.
Read<WrittenSchema> read_json(const wire::Json& document, const Limits& limits, Paths& paths);

}  // namespace cordon::schema
