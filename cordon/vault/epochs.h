// Epochs: the keys that hold for a while. The running one has all its keys under the KEK; of a closed one the
// pseudonym key is left only in shares of custodians (custodians.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/crypto/secret.h"
#include "cordon/vault/key_folder.h"

namespace cordon::vault {

// One custodian's part of a closed epoch's pseudonym key, readable with that custodian's private key alone.
struct SealedShare {
  std::string custodian;
  std::uint8_t x = 0;
  Bytes ciphertext;  // X25519MLKEM768
  Bytes sealed;
};

struct EpochKeys {
  std::uint32_t id = 0;
  std::string opened, closed;  // RFC 3339; closed is empty for the running one
  crypto::Secret header, analyst, index, table;
  crypto::Secret pseudonym;  // empty once closed
  std::vector<SealedShare> shares;
};

// Ascending; the last is the running one.
Result<std::vector<EpochKeys>> read_epochs(const KeyFolder& keys);
Result<void> write_epochs(KeyFolder& keys, const std::vector<EpochKeys>& epochs);
Result<void> first_epoch(KeyFolder& keys, const Clock& clock);

// Closes the running epoch and opens the next. Refused without enough custodians. Backups are brought up to date;
// those that cannot be reached stay pending (backup.h).
Result<std::uint32_t> rotate_epoch(KeyFolder& keys, const Clock& clock);

std::filesystem::path table_path(const KeyFolder& keys, std::uint32_t epoch);

}  // namespace cordon::vault
