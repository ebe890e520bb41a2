// A content-type line, then a body: what parses must come back from its own printed form.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/base/bytes.h"
#include "lab/multipart.h"
#include "lab/sbi.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = cordon::as_text({data, size});
  const auto line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  cordon::lab::parse_target(text.substr(0, line));
  const auto parts = cordon::lab::parse_multipart(text.substr(0, line), text.substr(line + 1));
  if (!parts) return 0;
  if (parts->size() > cordon::lab::kMaxParts) std::abort();
  for (const auto& part : *parts) {
    if (part.body.contains("=-cordon")) return 0;  // could hold the boundary chosen below
  }
  const auto again = cordon::lab::parse_multipart(cordon::lab::multipart_type("=-cordon"),
                                                  cordon::lab::write_multipart(*parts, "=-cordon"));
  if (!again || *again != *parts) std::abort();
  return 0;
}
