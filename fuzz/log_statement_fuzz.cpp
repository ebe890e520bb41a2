// What logs state about shards and keys is read by strangers: any bytes are refused, or are exactly what is written.
#include <cstdlib>

#include "cordon/archive/log_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = cordon::as_text({data, size});
  static_cast<void>(cordon::archive::parse_vkeys(bytes, "file"));
  const auto parsed = cordon::archive::parse_statement(bytes);
  if (!parsed) return 0;
  const auto text = parsed->statement.text();
  if (!bytes.starts_with(text) || !cordon::archive::parse_statement(parsed->whole())) std::abort();
  static_cast<void>(cordon::archive::verify_statement(*parsed, parsed->statement.new_keys));
  return 0;
}
