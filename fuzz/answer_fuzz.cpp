// Any bytes as a solver's answer: reading ends with an answer or an error.
#include <cstdint>
#include <string_view>

#include "cordon/analysis/solver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty() && cordon::analysis::read_answer(text)) {
  }
  return 0;
}
