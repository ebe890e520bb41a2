// Members of a vault's documents, or corrupt with their name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/wire/json.h"

namespace cordon::vault::document {

Result<std::uint64_t> number(const wire::Json& json, std::string_view member);
Result<Bytes> base64(const wire::Json& json, std::string_view member);
Result<Bytes> hex(const wire::Json& json, std::string_view member, std::size_t size);
std::string text(const wire::Json& json, std::string_view member);              // empty when absent
const wire::JsonArray& array(const wire::Json& json, std::string_view member);  // empty when absent

}  // namespace cordon::vault::document
