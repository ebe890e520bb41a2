// Exported records are opened by whoever gets the file: any bytes are refused or read, and what is read is written
// back the same.
#include <cstdlib>

#include "cordon/archive/export.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = cordon::as_text({data, size});
  const auto parsed = cordon::archive::parse_export(bytes);
  if (!parsed) return 0;
  const auto again = cordon::archive::write_export(parsed->content, nullptr);
  if (!again || !cordon::archive::parse_export(*again)) std::abort();
  static_cast<void>(
      cordon::archive::verify_export(*parsed, {.logs = {}, .witnesses = {}, .groups = {}, .quorum = "none"}));
  return 0;
}
