// Proofs of equivocation from a stranger: what is read is written in one form, and without the log's key none holds.
#include <cstdlib>

#include "cordon/witness/equivocation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::witness;
  const auto proof = parse_equivocation(cordon::as_text({data, size}));
  if (!proof) return 0;
  const auto again = parse_equivocation(proof->text());
  if (!again || again->text() != proof->text()) std::abort();
  if (verify_equivocation(*proof, {"log.example/a", {}})) std::abort();
  for (const std::uint64_t smaller : {1U, 5U, 8U}) (void)roots_of_path(smaller, 13, proof->path);
  if (!proof->keys.empty()) (void)verify_equivocation(*proof, {proof->keys[0].name, proof->keys});
  return 0;
}
