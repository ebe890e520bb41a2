// The JSON of a record, for the room's own files: the log's lines and the frames between proxy and writer carry it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cordon/evidence/record.h"
#include "cordon/wire/json.h"

namespace cordon::evidence {

inline constexpr std::size_t kLineLimit = 64U << 10;  // one record as it stands in the log, with its line end

// The members after "seq", comma first, and the closing brace: ,"time":"...",...}
// Never longer than kLineLimit less the two members that stand before it: long texts are clipped with a mark.
std::string record_members(const Record& record);

Result<Record> record_from(const wire::Json& json);

// At most `most` bytes when written as a JSON string without its quotes; what is cut off is counted: "abc...[12 bytes
// cut]".
std::string clip(std::string_view text, std::size_t most);

}  // namespace cordon::evidence
