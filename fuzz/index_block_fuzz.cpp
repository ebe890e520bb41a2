// A block of the index: whatever is accepted answers every question without falling over, and its proofs verify.
#include <algorithm>
#include <cstdlib>

#include "cordon/audit/index_block.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon;
  const auto block = audit::Block::parse(std::string(reinterpret_cast<const char*>(data), size));  // bytes as text
  if (!block) return 0;
  const auto statement = block->statement();
  if (!statement) return 0;
  audit::IndexKey key{};
  std::copy_n(data, std::min(size, key.size()), key.begin());
  for (const auto& wanted : {key, audit::unreadable_key(), audit::IndexKey{}}) {
    const auto proof = block->prove(wanted);
    // Stored hashes and postings may lie, and then the proof fails; it never shows what is no entry of the block.
    const auto found = proof ? audit::verify_proof(*proof, wanted, *statement) : std::unexpected(proof.error());
    if (!found) continue;
    for (const auto entry : *found) {
      if (entry < block->range().from || entry >= block->range().to) std::abort();
    }
  }
  const auto again = audit::parse_block_statement(statement->text());
  if (!again || *again != *statement) std::abort();
  return 0;
}
