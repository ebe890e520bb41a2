#include <algorithm>

#include "cordon/archive/retention.h"
#include "cordon/archive/shards.h"
#include "cordon/base/file.h"
#include "cordon/journal/disk.h"

namespace cordon::archive {

namespace fs = std::filesystem;
using transparency::LogSigner;
using transparency::Note;
using transparency::SignatureType;

namespace {

constexpr std::string_view kClassicFile = "ed25519.pem";
constexpr std::string_view kPostQuantumFile = "mldsa44.pem";

std::vector<transparency::VerifierKey> keys_of(const LogSigner& signer) {
  return {signer.classic.verifier(), signer.post_quantum.verifier()};
}

Result<crypto::PrivateKey> new_key(crypto::KeyKind kind, const fs::path& file) {
  auto key = crypto::PrivateKey::generate(kind);
  if (!key) return key;
  auto pem = key->pem();
  const auto kept = write_file(file, pem, 0600);
  wipe({reinterpret_cast<std::uint8_t*>(pem.data()), pem.size()});
  if (!kept) return std::unexpected(kept.error());
  return key;
}

Result<LogSigner> new_signer(const std::string& origin, const fs::path& folder) {
  if (auto made = make_folder(folder, 0700); !made) return std::unexpected(made.error());
  auto classic = new_key(crypto::KeyKind::ed25519, folder / kClassicFile).and_then([&](crypto::PrivateKey key) {
    return transparency::NoteSigner::of(origin, SignatureType::ed25519, std::move(key));
  });
  if (!classic) return std::unexpected(classic.error());
  auto post_quantum =
      new_key(crypto::KeyKind::ml_dsa_44, folder / kPostQuantumFile).and_then([&](crypto::PrivateKey key) {
        return transparency::NoteSigner::of(origin, SignatureType::ml_dsa_44, std::move(key));
      });
  if (!post_quantum) return std::unexpected(post_quantum.error());
  return LogSigner{std::move(*classic), std::move(*post_quantum)};
}

Result<SignedStatement> state_change(const LogReader& log, const LogSigner& old_signer, const LogSigner& new_signer,
                                     WallTime now) {
  Statement change{.kind = StatementKind::keys,
                   .origin = log.checkpoint().origin,
                   .size = log.size(),
                   .root = log.checkpoint().root,
                   .time = now,
                   .other = "",
                   .old_keys = keys_of(old_signer),
                   .new_keys = keys_of(new_signer)};
  auto statement = sign_statement(std::move(change), old_signer);
  if (!statement) return statement;
  const auto by_new = sign_statement(statement->statement, new_signer);
  if (!by_new) return by_new;
  auto& signatures = statement->note.signatures;
  signatures.insert(signatures.end(), by_new->note.signatures.begin(), by_new->note.signatures.end());
  return statement;
}

// The same checkpoint and retention under the new keys; what others signed stays.
Result<void> sign_again(const journal::LogFolder& log, const LogSigner& signer, WallTime now) {
  const auto reader = LogReader::open_folder(log.open_part());
  if (!reader) return std::unexpected(reader.error());
  const auto chain = key_chain(reader->resources(), reader->checkpoint().origin, std::nullopt);
  if (!chain) return std::unexpected(chain.error());
  if (auto retention = sign_retention_again(*reader, *chain, signer); !retention) return retention;
  auto note = signer.sign(reader->checkpoint(), now);
  if (!note) return std::unexpected(note.error());
  for (const auto& signature : reader->note().signatures) {
    if (signature.name != reader->checkpoint().origin) note->signatures.push_back(signature);
  }
  return write_file(log.open_part() / "checkpoint", note->whole());
}

// The change is stated: the new keys take their place.
Result<void> take_over(const journal::LogFolder& log, const SignerOf& signer_of, const Statement& change,
                       WallTime now) {
  for (const auto file : {kClassicFile, kPostQuantumFile}) {
    std::error_code error;
    const auto from = log.keys() / "next" / file;
    if (!fs::exists(from, error)) continue;  // moved before the interruption
    fs::rename(from, log.keys() / file, error);
    if (error) return fail_errno("rename " + from.string(), error.value());
  }
  if (auto synced = sync_folder(log.keys()); !synced) return synced;
  if (auto kept = write_file(log.open_part() / kKeysFile, vkeys_text(change.new_keys)); !kept) return kept;
  const auto signer = signer_of(change.origin);
  if (!signer) return std::unexpected(signer.error());
  if (auto again = sign_again(log, *signer, now); !again) return again;
  std::error_code error;
  fs::remove(log.keys() / "next", error);
  if (error) return fail_errno("remove " + (log.keys() / "next").string(), error.value());
  return {};
}

}  // namespace

Result<KeysChanged> rotate_keys(const journal::LogFolder& log, const SignerOf& signer_of, const Clock& clock) {
  const auto disk = journal::open_disk(log.root);
  if (!disk) return std::unexpected(disk.error());
  if (auto lock = (*disk)->lock(); !lock) return std::unexpected(lock.error());
  if (auto may = writable(log); !may) return std::unexpected(may.error());
  const auto reader = LogReader::open_folder(log.open_part());
  if (!reader) return std::unexpected(reader.error());
  const auto& origin = reader->checkpoint().origin;
  const auto before = read_rotations(reader->resources(), origin);
  if (!before) return std::unexpected(before.error());
  const auto old_signer = signer_of(origin);
  if (!old_signer) return std::unexpected(old_signer.error());
  const auto signer = new_signer(origin, log.keys() / "next");
  if (!signer) return std::unexpected(signer.error());
  const auto statement = state_change(*reader, *old_signer, *signer, clock.now());
  if (!statement) return std::unexpected(statement.error());
  if (auto made = make_folder(log.open_part() / "rotation"); !made) return std::unexpected(made.error());
  const auto file = log.open_part() / rotation_file(before->size() + 1);
  if (auto stated = write_file(file, statement->whole()); !stated) return std::unexpected(stated.error());
  if (auto done = take_over(log, signer_of, statement->statement, clock.now()); !done) {
    return std::unexpected(done.error());
  }
  return KeysChanged{before->size() + 1, keys_of(*signer)};
}

namespace {

// Whether a new key's file holds one that the statement names; so does one that took its place already.
Result<bool> stated(const fs::path& file, SignatureType type, const Statement& change) {
  if (!fs::exists(file)) return true;
  auto pem = read_file(file);
  if (!pem) return std::unexpected(pem.error());
  const auto key = crypto::PrivateKey::from_pem(*pem);
  wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  if (!key) return std::unexpected(within(file.string(), key.error()));
  const auto name = transparency::VerifierKey::of(change.origin, type, key->public_key());
  if (!name) return std::unexpected(within(file.string(), name.error()));
  return std::ranges::any_of(change.new_keys, [&](const auto& each) { return each.text() == name->text(); });
}

}  // namespace

Result<bool> settle_keys(const journal::LogFolder& log, const SignerOf& signer_of, const Clock& clock) {
  const auto next = log.keys() / "next";
  if (!fs::exists(next)) return false;
  const auto reader = LogReader::open_folder(log.open_part());
  if (!reader) return std::unexpected(reader.error());
  const auto changes = read_rotations(reader->resources(), reader->checkpoint().origin);
  if (!changes) return std::unexpected(changes.error());
  if (!changes->empty()) {
    const auto& last = changes->back().statement;
    const auto classic = stated(next / kClassicFile, SignatureType::ed25519, last);
    if (!classic) return classic;
    const auto post_quantum = stated(next / kPostQuantumFile, SignatureType::ml_dsa_44, last);
    if (!post_quantum) return post_quantum;
    if (*classic && *post_quantum) {
      if (auto done = take_over(log, signer_of, last, clock.now()); !done) return std::unexpected(done.error());
      return true;
    }
  }
  std::error_code error;
  fs::remove_all(next, error);  // never stated, so never used
  if (error) return fail_errno("remove " + next.string(), error.value());
  return true;
}

}  // namespace cordon::archive
