// Cedar's own syntax for schemas.
#pragma once

#include <string_view>

#include "cordon/schema/schema.h"
#include "cordon/schema/written.h"

namespace cordon::schema {

// Places are byte offsets into the text. The text must be shorter than 4 GiB.
Read<WrittenSchema> read_text(std::string_view text, const Limits& limits);

}  // namespace cordon::schema
