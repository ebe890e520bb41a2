// A request that is read is written again to the same body, and its checkpoint is one.
#include <cstdint>
#include <cstdlib>

#include "cordon/transparency/witness_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::transparency;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto request = parse_add_checkpoint(text);
  if (!request) return 0;
  if (request->text() != text || !parse_checkpoint(request->checkpoint.text)) std::abort();
  return 0;
}
