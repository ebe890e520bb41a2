// Entries of a log as somebody else may have written them: parsed, and opened with keys that cannot fit.
#include <cstdlib>

#include "cordon/vault/vault.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::vault;
  const cordon::BytesView entry(data, size);
  const auto parsed = parse_entry(entry);
  if (!parsed) return 0;
  if (parsed->terms.size() > 8 || parsed->personal.size() > 4) std::abort();
  if (parsed->associated.data() != data || parsed->associated.size() > size) std::abort();
  RecordKeys keys{cordon::Bytes(32, 1), cordon::Bytes(32, 2), {}};
  keys.personal.resize(parsed->personal.size());
  const auto opened = open_with(entry, keys);
  const bool sealed = !parsed->header.empty() || !parsed->analyst.empty();
  if (opened && sealed) std::abort();  // a forgery: no ciphertext is made under these keys
  if (!opened && !sealed) std::abort();
  return 0;
}
