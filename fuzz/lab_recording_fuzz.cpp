// Recordings and their notes about overlaps: any bytes are either read within the limits or refused.
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "cordon/base/bytes.h"
#include "lab/recording.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = cordon::as_text({data, size});
  auto recording = cordon::lab::parse_recording(text, {.bytes = 1U << 20, .exchanges = 50});
  if (recording && recording->size() > 50) std::abort();
  const auto overlaps = cordon::lab::parse_overlaps(text);
  if (!overlaps || !recording) return 0;
  const auto before = recording->size();
  if (cordon::lab::in_order_of_effect(std::move(*recording), *overlaps).size() != before) std::abort();
  return 0;
}
