// What a log says to a witness (C2SP tlog-witness, POST add-checkpoint): "old N", consistency hashes, blank,
// checkpoint.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/transparency/note.h"

namespace cordon::transparency {

struct AddCheckpoint {
  std::uint64_t old_size = 0;
  std::vector<Hash> consistency;  // at most 63
  Note checkpoint;
  std::string text() const;
};
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

}  // namespace cordon::transparency
