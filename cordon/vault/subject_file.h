// The file subjects-<epoch>: a header of 16 bytes, then rows of 72 bytes, appended. A row is a pseudonym, two zero
// bytes and that subject's random key under the epoch's table key; a row of zeros was destroyed. Bytes after the last
// whole row were never acknowledged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "cordon/base/file.h"
#include "cordon/crypto/secret.h"
#include "cordon/vault/sealed_entry.h"

namespace cordon::vault {

inline constexpr std::size_t kSubjectHeader = 16;
inline constexpr std::size_t kSubjectRow = 72;
using SubjectRow = std::array<std::uint8_t, kSubjectRow>;
// Names a row to whoever has it, and says nothing of its key to others: the first bytes of its SHA-256.
using RowId = std::array<std::uint8_t, 8>;

Result<SubjectRow> make_row(const Pseudonym& pseudonym, BytesView key, BytesView table_key);
Result<crypto::Secret> key_in_row(BytesView row, BytesView table_key);  // corrupt
Pseudonym pseudonym_of(BytesView row);
RowId id_of(BytesView row);
bool is_destroyed(BytesView row);

// Calls visit for each row from that one on, destroyed ones too; returns the number of rows there are. A missing file
// has none; corrupt: not this epoch's file.
Result<std::uint64_t> scan_rows(const std::filesystem::path& file, std::uint32_t epoch, std::uint64_t from,
                                const std::function<void(std::uint64_t, BytesView)>& visit);
Result<SubjectRow> read_row(int fd, std::uint64_t row);

// Creates the file with its header when there is none; for reading and writing.
Result<Fd> open_for_rows(const std::filesystem::path& file, std::uint32_t epoch);
// Writes them from row number `at` on and makes them durable; a torn end before is overwritten. no_space: nothing
// counts.
Result<void> append_rows(int fd, std::uint64_t at, BytesView rows);

// Overwrites the rows chosen with zeros, makes that durable, then writes the file anew without them. Returns how
// many.
using ChooseRow = std::function<bool(BytesView row)>;
Result<std::uint64_t> destroy_rows(const std::filesystem::path& file, std::uint32_t epoch, const ChooseRow& choose);

}  // namespace cordon::vault
