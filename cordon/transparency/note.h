// Signed notes (C2SP signed-note), the keys that sign them, and checkpoints and cosignatures on them (C2SP
// tlog-checkpoint, tlog-cosignature).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/crypto/key.h"
#include "cordon/transparency/merkle.h"

namespace cordon::transparency {

enum class SignatureType : std::uint8_t {
  ed25519 = 0x01,              // over the note's text
  ed25519_cosignature = 0x04,  // "cosignature/v1\ntime T\n" and the note's text; time in the signature
  ml_dsa_44 = 0x06,            // over the binary cosigned_message; time in the signature
};

// "name+hex(key id)+base64(type || public key)"
struct VerifierKey {
  std::string name;
  SignatureType type = SignatureType::ed25519;
  std::uint32_t id = 0;
  crypto::PublicKey key;

  static Result<VerifierKey> of(std::string name, SignatureType type, const crypto::PublicKey& key);
  static Result<VerifierKey> parse(std::string_view vkey);
  std::string text() const;
};

struct NoteSignature {
  std::string name;
  std::uint32_t id = 0;
  Bytes signature;           // what follows the key id: for 0x04 and 0x06 the time comes first
  std::string line() const;  // "— name base64\n"
};

struct Note {
  std::string text;  // ends with a line end, without the blank line
  std::vector<NoteSignature> signatures;
  std::string whole() const;  // text, blank line, signature lines
};
// At most 64 KiB and 64 signatures; strict about line ends and control characters.
Result<Note> parse_note(std::string_view whole);

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
  std::string text() const;
  bool operator==(const Checkpoint&) const = default;
};
Result<Checkpoint> parse_checkpoint(std::string_view note_text);  // extension lines are refused

// Whether that signature of the note is by that key and holds; for cosignatures: when it was made.
struct Verified {
  std::optional<std::int64_t> time;  // seconds since 1970; nothing for 0x01
};
Result<Verified> verify_signature(const Note& note, const VerifierKey& key);  // not_found: no line of that key

class NoteSigner {
 public:
  static Result<NoteSigner> of(std::string name, SignatureType type, crypto::PrivateKey key);
  const VerifierKey& verifier() const { return verifier_; }
  // time plays no part for 0x01. For 0x06 the text must be a checkpoint.
  Result<NoteSignature> sign(std::string_view note_text, WallTime time) const;

 private:
  VerifierKey verifier_;
  crypto::PrivateKey key_;
};

// A log's own signatures: Ed25519 (0x01, today's tools) and ML-DSA-44 (0x06), both under the origin's name.
struct LogSigner {
  NoteSigner classic;
  NoteSigner post_quantum;
  Result<Note> sign(const Checkpoint& checkpoint, WallTime time) const;
};

}  // namespace cordon::transparency
