// All epochs of an open vault, ready for use, and kept in step with the folder.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>

#include "cordon/crypto/hmac_key.h"
#include "cordon/vault/epochs.h"
#include "cordon/vault/subject_table.h"
#include "cordon/vault/vault.h"

namespace cordon::vault {

// One epoch's keys. The table of its subjects is read when first needed.
struct OpenEpoch {
  EpochKeys keys;
  crypto::HmacKey header, analyst, index;
  crypto::HmacKey pseudonym;  // of the running epoch only
  std::optional<SubjectTable> table;
};

class KeyRing {
 public:
  static Result<KeyRing> read(std::shared_ptr<KeyFolder> folder);

  KeyFolder& folder() const { return *folder_; }
  bool stale() const { return folder_->generation() != generation_; }
  // Reads all anew; keys not yet durable are kept. `locked`: the caller holds the folder's lock.
  Result<void> refresh(bool locked = false);

  OpenEpoch& running() { return epochs_.rbegin()->second; }
  const OpenEpoch& running() const { return epochs_.rbegin()->second; }
  Result<OpenEpoch*> epoch(std::uint32_t id);  // not_found
  Result<SubjectTable*> table(OpenEpoch& epoch);
  // The subject's key, also when another process has just written it; nothing when there is none.
  Result<std::optional<crypto::Secret>> subject_key(OpenEpoch& epoch, const Pseudonym& pseudonym);
  bool was_erased(std::uint32_t epoch, const Pseudonym& pseudonym) const;

  bool has_pending() const;
  Result<void> flush();  // the caller holds the lock

 private:
  explicit KeyRing(std::shared_ptr<KeyFolder> folder) : folder_(std::move(folder)) {}
  Result<void> read_all();

  std::shared_ptr<KeyFolder> folder_;
  std::uint64_t generation_ = 0;
  std::map<std::uint32_t, OpenEpoch> epochs_;  // Invariant: never empty once read
  std::set<std::pair<std::uint32_t, Pseudonym>> erased_;
};

}  // namespace cordon::vault
