// The key of one record and group: HMAC-SHA-256 of the record's nonce and the group's label, under the group's key of
// the epoch or the subject. It opens that ciphertext and nothing else, so it can be given away.
#pragma once

#include "cordon/crypto/committing_aead.h"
#include "cordon/crypto/hmac_key.h"
#include "cordon/vault/sealed_entry.h"
#include "cordon/vault/vault.h"

namespace cordon::vault {

// Stands in the derivation and in the associated data. The place of a subject in its record is part of it: one
// subject may stand there twice.
class Label {
 public:
  static Label header() { return Label("header"); }
  static Label analyst() { return Label("analyst"); }
  static Label personal(std::size_t place, const Pseudonym& pseudonym);
  BytesView view() const { return BytesView(bytes_).first(size_); }

 private:
  explicit Label(std::string_view name);
  std::array<std::uint8_t, 24> bytes_{};
  std::size_t size_ = 0;
};

class RecordKey {
 public:
  RecordKey(const crypto::HmacKey& group, const EntryNonce& nonce, const Label& label)
      : key_(group.of({nonce, label.view()})) {}
  RecordKey(const RecordKey&) = delete;
  RecordKey& operator=(const RecordKey&) = delete;
  ~RecordKey() { wipe(key_); }
  BytesView view() const { return key_; }
  Bytes bytes() const { return {key_.begin(), key_.end()}; }

 private:
  crypto::Sha256Digest key_;
};

Result<std::string> open_group(crypto::CommittingAead& aead, BytesView key, const SealedEntry& entry,
                               const Label& label, BytesView sealed);

}  // namespace cordon::vault
