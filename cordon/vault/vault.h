// All keys of one operator's evidence, in one folder, under one root key: epochs, subjects, erasure.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/vault/root_key.h"
#include "cordon/vault/sealed_entry.h"

namespace cordon::vault {

// One record before sealing. Views must live during the call.
struct Clear {
  EntryKind kind = EntryKind::other;
  std::string_view header;              // who decided what about which NFs, why: no subscriber in clear
  std::string_view analyst;             // explanation and features: no subscriber in clear; may be empty
  std::vector<std::string_view> terms;  // what it can be found by: "caller:amf1", "rule:own-profile-only"; at most 8
  struct Personal {
    std::string_view subject;  // canonical identifier ("imsi-999700000021309"): chooses the key and the pseudonym
    std::string_view payload;
  };
  std::vector<Personal> personal;  // at most 4
};

struct Groups {
  bool header = true;
  bool analyst = true;
  bool personal = true;
};

struct Opened {
  std::string header;
  std::string analyst;
  struct Personal {
    Pseudonym pseudonym{};
    std::optional<std::string> payload;  // nothing: erased, or held back
    bool erased = false;
  };
  std::vector<Personal> personal;
};

// Keys of one record, and of no other: what an auditor is given.
struct RecordKeys {
  std::optional<Bytes> header;
  std::optional<Bytes> analyst;
  std::vector<std::optional<Bytes>> personal;  // in the entry's order
};
void wipe_keys(RecordKeys& keys);

class KeyFolder;  // key_folder.h

// One thread at a time. Several vaults may be open on one folder, in one process or many, but one of them seals.
class Vault {
 public:
  // Makes the folder (0700) and the first epoch. Two custodian passphrases may be given now or later (custodians.h).
  static Result<std::unique_ptr<Vault>> create(const std::filesystem::path& folder, const RootKey& root,
                                               const Clock& clock);
  static Result<std::unique_ptr<Vault>> open(const std::filesystem::path& folder, const RootKey& root,
                                             const Clock& clock);
  // On a folder that is unlocked already: no second Argon2id, no second visit to the token.
  static Result<std::unique_ptr<Vault>> open(std::shared_ptr<KeyFolder> keys, const Clock& clock);
  virtual ~Vault() = default;

  // Sealing: the writer's hot path. Appends the entry's bytes. A subject seen first gets a new random key; keys made
  // since are durable once sync() returned, and no record may be acknowledged before that.
  virtual Result<void> seal(const Clear& clear, std::string& entry) = 0;
  virtual Result<void> sync() = 0;
  // What others did to the folder (an erasure, a rotation) takes effect with the next call of anything here. A
  // process that may be idle calls this on a timer, so that no erased key lives on in its memory.
  virtual Result<void> refresh() { return {}; }

  // Opening: everything that still can be opened, of the groups asked for. corrupt: a ciphertext does not fit its
  // key.
  virtual Result<Opened> open(BytesView entry, Groups groups) const = 0;
  virtual Result<RecordKeys> record_keys(BytesView entry, Groups groups) const = 0;

  // Epochs: new header, analyst, index, pseudonym keys, and new subject keys from now on. The old epoch's pseudonym
  // key is kept only under dual control and wiped here.
  virtual std::uint32_t epoch() const = 0;
  virtual Result<void> rotate() = 0;
  virtual Bytes pseudonym_key() const = 0;  // of the current epoch, for enforcement points; wipe it after use
  virtual Bytes spool_key() const = 0;  // derived from the operator's key, the same in every epoch; wipe it after use
  virtual Term term(std::uint32_t epoch, std::string_view text) const = 0;  // keyed by the epoch's index key; 0: no
                                                                            // such epoch
  virtual Result<Pseudonym> pseudonym(std::string_view subject) const = 0;  // in the current epoch
};

// What a released key opens, without a vault: for auditors. Groups without a key stay empty.
Result<Opened> open_with(BytesView entry, const RecordKeys& keys);

}  // namespace cordon::vault
