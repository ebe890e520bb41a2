// Forgetting a subject: the random keys go, in every epoch and every backup, and with them what they sealed. The log
// and its proofs stay as they are. A legal hold keeps a subject from being forgotten.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/vault/custodians.h"
#include "cordon/vault/subject_file.h"

namespace cordon::vault {

// What a tombstone in the log names: nothing personal.
struct ErasedRow {
  std::uint32_t epoch = 0;
  Pseudonym pseudonym{};
  RowId row{};

  std::string text() const;  // "3:p:0123456789abcdef0123:0011223344556677"
  bool operator==(const ErasedRow&) const = default;
};
Result<ErasedRow> parse_erased_row(std::string_view text);

struct Forgotten {
  std::vector<ErasedRow> rows;
  std::vector<std::string> pending;  // backups that could not be reached, "FOLDER: why"; they stay listed (backup.h)
};
// permission: held; not_found: no key of that subject; invalid_input: epochs are closed and two custodians are
// needed. The subject as records name it ("imsi-999700000021309").
Result<Forgotten> forget(KeyFolder& keys, std::string_view subject, std::span<const Approval> approvals);

// Which rows forget() would destroy, without doing it.
Result<std::vector<ErasedRow>> rows_of(const KeyFolder& keys, std::string_view subject,
                                       std::span<const Approval> approvals);

// Destroys what a former, interrupted forget() had begun to. Called by KeyFolder::open().
Result<void> finish_erasure(KeyFolder& keys);

// Legal hold, kept as a keyed hash of the subject.
Result<void> hold(KeyFolder& keys, std::string_view subject);
Result<void> release_hold(KeyFolder& keys, std::string_view subject);  // not_found: it was not held
Result<bool> is_held(const KeyFolder& keys, std::string_view subject);

// The document `erased`: rows destroyed so far, and how often anything was destroyed (rotations count too).
struct Erased {
  bool destroying = false;  // its rows may still be there
  std::uint64_t destructions = 0;
  std::vector<ErasedRow> rows;
};
Result<Erased> read_erased(const KeyFolder& keys);
Result<void> write_erased(KeyFolder& keys, const Erased& erased);
Result<std::uint64_t> destroy_erased(KeyFolder& keys, const Erased& erased);  // every row named, in that folder

}  // namespace cordon::vault
