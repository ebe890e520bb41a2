// Keys of chosen records for one auditor: wrapped to the auditor's X25519MLKEM768 key, so that the file may travel
// openly. CBOR array, version 1:
//   [1, "cordon key release", SHA-256 of the public key, purpose, KEM ciphertext, sealed]
// and, sealed with AES-256-GCM under HKDF-SHA-256 of the shared secret, bound to all before it:
//   [[index, leaf hash, header key or null, analyst key or null, [subject's key or null...]]...]
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cordon/crypto/digest.h"
#include "cordon/crypto/kem.h"
#include "cordon/vault/vault.h"

namespace cordon::vault {

struct ReleasedKeys {
  std::uint64_t index = 0;      // in the log
  crypto::Sha256Digest leaf{};  // the record's leaf hash: keys open that entry only
  RecordKeys keys;
};

struct Release {
  std::string purpose;  // readable by everybody who has the file; nothing personal
  std::vector<ReleasedKeys> records;
};

inline constexpr std::size_t kMostReleased = 65'536;  // records in one file

Result<std::string> release_keys(const Release& release, const crypto::KemPublicKey& auditor);
// permission: made for another auditor's key; corrupt: altered.
Result<Release> open_release(BytesView file, const crypto::KemPrivateKey& auditor);

// An auditor's key pair: FILE (private, mode 0600) and FILE.pub.
Result<void> make_auditor_key(const std::filesystem::path& file);
Result<crypto::KemPrivateKey> read_auditor_key(const std::filesystem::path& file);
Result<crypto::KemPublicKey> read_auditor_public_key(const std::filesystem::path& file);

}  // namespace cordon::vault
