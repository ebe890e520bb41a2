// What is read can be written and read again, to the same value.
#include <cstdint>
#include <cstdlib>

#include "cordon/wire/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = cordon::wire::parse_json(text);
  if (!value) return 0;
  const auto compact = cordon::wire::parse_json(value->dump());
  const auto pretty = cordon::wire::parse_json(value->pretty());
  if (!compact || !pretty || *compact != *value || *pretty != *value || compact->dump() != value->dump())
    std::abort();
  return 0;
}
