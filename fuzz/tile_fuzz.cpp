// One path a tile, and one bundle for its entries. The first byte is the bundle's width.
#include <cstdint>
#include <cstdlib>

#include "cordon/transparency/tile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::transparency;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto tile = parse_tile_path(text); tile && tile->path() != text) std::abort();
  if (text.empty()) return 0;
  const auto entries = split_bundle(text.substr(1), data[0] + 1U);
  if (!entries) return 0;
  std::string again;
  for (const auto& entry : *entries) append_entry(again, entry);
  if (entries->size() != data[0] + 1U || again != text.substr(1)) std::abort();
  return 0;
}
