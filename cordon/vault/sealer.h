// Sealing: the hot path. After its first records it allocates nothing for subjects it knows.
#pragma once

#include <vector>

#include "cordon/crypto/committing_aead.h"
#include "cordon/vault/key_ring.h"
#include "cordon/vault/record_key.h"

namespace cordon::vault {

Pseudonym pseudonym_under(const crypto::HmacKey& key, std::string_view subject);
Term term_of(const crypto::HmacKey& index, std::string_view text);

// The terms of one epoch that were made last, found by their text: callers and rules come again and again.
class RecentTerms {
 public:
  Term of(std::uint32_t epoch, const crypto::HmacKey& index, std::string_view text);

 private:
  struct Made {
    std::string text;  // "": none
    Term term = 0;
  };
  std::vector<Made> made_;
  std::uint32_t epoch_ = 0;
};

class Sealer {
 public:
  Sealer();
  // Appends the entry, or leaves it as it was.
  Result<void> seal(KeyRing& ring, const Clear& clear, std::string& entry);
  void forget_keys();  // of subjects: wiped

 private:
  // The subjects' keys used last, found by the pseudonym's first bits: what is not there is read from the table.
  struct Recent {
    Pseudonym pseudonym{};
    bool taken = false;
    crypto::HmacKey key;
  };
  Result<const crypto::HmacKey*> subject_key(KeyRing& ring, const Pseudonym& pseudonym);
  Result<void> put(KeyRing& ring, const Clear& clear, std::string& entry);
  Result<void> put_personal(KeyRing& ring, const Clear& clear, std::string& entry);
  Result<void> put_text(const crypto::HmacKey& group, const Label& label, std::string_view text, std::string& entry);
  void next_nonce();

  crypto::CommittingAead aead_;
  EntryNonce nonce_{};
  std::uint32_t count_ = 0;
  RecentTerms recent_terms_;
  std::vector<Term> terms_;  // of the entry at hand; reused
  std::vector<Recent> recent_;
  std::uint32_t recent_epoch_ = 0;
  std::string associated_;  // reused: what stands in clear in the entry at hand
};

}  // namespace cordon::vault
