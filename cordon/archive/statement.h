// What a log states about itself, signed with its own keys: that it is closed, from what it goes on, that its keys
// changed. Signed as the checkpoint of a log of one entry, so that both signature kinds of a checkpoint fit
// (ML-DSA-44 cosignatures sign nothing else) and everybody's tools verify it. The text is:
//   cordon statement v1
//   closed|opened|keys
//   origin NAME
//   size N
//   root BASE64
//   time RFC 3339
//   [other NAME]
//   old VKEY...
//   new VKEY...
// then a blank line and the note: origin "NAME/closed", size 1, root the leaf hash of the text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/transparency/note.h"

namespace cordon::archive {

enum class StatementKind { closed, opened, keys };
std::string_view name_of(StatementKind kind);

struct Statement {
  StatementKind kind = StatementKind::closed;
  std::string origin;         // of the log that states it
  std::uint64_t size = 0;     // closed, keys: of this log; opened: of the log before
  transparency::Hash root{};  // the same
  WallTime time{};            // whole microseconds
  std::string other;          // closed: the next shard's origin; opened: that of the log before; keys: empty
  std::vector<transparency::VerifierKey> old_keys;  // keys: until now
  std::vector<transparency::VerifierKey> new_keys;  // keys: from now on; closed: the next shard's
  std::string text() const;
};

struct SignedStatement {
  Statement statement;
  transparency::Note note;
  std::string whole() const;
};
// At most 64 KiB, 16 keys; exactly as text() writes it.
Result<SignedStatement> parse_statement(std::string_view whole);

Result<SignedStatement> sign_statement(Statement statement, const transparency::LogSigner& signer);
// corrupt: the note is not about this text, or one of the keys did not sign it.
Result<void> verify_statement(const SignedStatement& statement, std::span<const transparency::VerifierKey> keys);

// The same for any bytes: a note that names what they are for ("retention", "export").
Result<transparency::Note> sign_bytes(const transparency::LogSigner& signer, std::string_view purpose,
                                      std::string_view bytes, WallTime time);
Result<void> verify_bytes(const transparency::Note& note, std::string_view origin, std::string_view purpose,
                          std::string_view bytes, std::span<const transparency::VerifierKey> keys);

bool same_keys(std::span<const transparency::VerifierKey> one, std::span<const transparency::VerifierKey> other);

}  // namespace cordon::archive
