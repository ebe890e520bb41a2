// AES-256-GCM that commits to its key: 32 zero octets are encrypted before the text and must come out again (the
// padding fix of Albertini et al., "How to Abuse and Fix Authenticated Encryption Without Key Commitment", 2020/1456,
// 5). Plain GCM can be made to open to two texts under two keys; a record of evidence must not.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>

#include "cordon/crypto/aead.h"

namespace cordon::crypto {

inline constexpr std::size_t kCommitmentSize = 32;
inline constexpr std::size_t kCommittingOverhead = kCommitmentSize + kAeadTagSize;

// Keeps OpenSSL's contexts, so that sealing does not allocate. One thread at a time.
class CommittingAead {
 public:
  CommittingAead();
  CommittingAead(CommittingAead&&) noexcept;
  CommittingAead& operator=(CommittingAead&&) noexcept;
  ~CommittingAead();

  // Appends commitment, ciphertext and tag: kCommittingOverhead bytes more than plain. Key and nonce as in aead.h;
  // the parts are authenticated one after the other and must be told apart by their content. Neither plain nor parts
  // may lie in out.
  Result<void> seal(BytesView key, BytesView nonce, std::initializer_list<BytesView> associated, BytesView plain,
                    std::string& out);

  // The plain text, or corrupt: another key, nonce or associated data, altered, or made for another key as well.
  Result<std::string> open(BytesView key, BytesView nonce, std::initializer_list<BytesView> associated,
                           BytesView sealed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cordon::crypto
