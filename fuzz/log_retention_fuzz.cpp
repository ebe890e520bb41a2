// A log's retention is read by strangers: any bytes are refused or read, and what is read is written back the same.
#include <cstdlib>

#include "cordon/archive/retention.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = cordon::archive::parse_retention(cordon::as_text({data, size}));
  if (!parsed) return 0;
  const auto again = cordon::archive::parse_retention(parsed->whole());
  if (!again || again->retention != parsed->retention) std::abort();
  return 0;
}
