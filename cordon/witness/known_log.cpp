#include "cordon/witness/known_log.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/crypto/digest.h"

namespace cordon::witness {

using transparency::Note;
using transparency::NoteSignature;
using transparency::VerifierKey;

std::vector<KnownLog> known_logs(const transparency::TrustPolicy& policy) {
  std::vector<KnownLog> out;
  for (const auto& key : policy.logs) {
    auto found = std::ranges::find(out, key.name, &KnownLog::origin);
    if (found == out.end()) found = out.insert(out.end(), KnownLog{key.name, {}});
    found->keys.push_back(key);
  }
  return out;
}

Result<KnownLog> known_log(const transparency::TrustPolicy& policy, std::string_view origin) {
  auto logs = known_logs(policy);
  if (origin.empty() && logs.size() == 1) return std::move(logs.front());
  if (origin.empty()) {
    return fail(ErrorKind::invalid_input,
                std::format("the trust file names {} logs: say which with --origin", logs.size()));
  }
  const auto found = std::ranges::find(logs, origin, &KnownLog::origin);
  if (found != logs.end()) return std::move(*found);
  return fail(ErrorKind::not_found, std::format("the trust file has no line 'log' for {}", printable(origin)));
}

Result<std::vector<NoteSignature>> signatures_of(const Note& note, std::span<const VerifierKey> keys) {
  std::vector<NoteSignature> out;
  for (const auto& key : keys) {
    bool taken = false;
    for (const auto& line : note.signatures) {
      if (line.name != key.name || line.id != key.id) continue;
      if (!transparency::verify_signature({note.text, {line}}, key)) {
        return fail(ErrorKind::permission, std::format("the signature of {} does not hold", printable(key.name)));
      }
      if (!std::exchange(taken, true)) out.push_back(line);
    }
  }
  if (out.empty()) return fail(ErrorKind::permission, "no signature by a trusted key of this log");
  return out;
}

Result<transparency::Checkpoint> checkpoint_of(const Note& note, const KnownLog& log) {
  auto checkpoint = transparency::parse_checkpoint(note.text);
  if (!checkpoint) return checkpoint;
  if (checkpoint->origin != log.origin) {
    return fail(ErrorKind::corrupt,
                std::format("a checkpoint of '{}', not of {}", printable(checkpoint->origin), log.origin));
  }
  if (auto held = signatures_of(note, log.keys); !held) return fail(ErrorKind::corrupt, held.error().message);
  return checkpoint;
}

std::string origin_hash(std::string_view origin) { return to_hex(crypto::sha256(as_bytes(origin))); }

}  // namespace cordon::witness
