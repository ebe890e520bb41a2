// The keys of signed notes: how they are written, what exactly each type signs, and how that is verified.
#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include "cordon/base/text.h"
#include "cordon/transparency/key_name.h"
#include "cordon/transparency/lines.h"
#include "cordon/transparency/note.h"

namespace cordon::transparency {

namespace {

constexpr std::size_t kLongestVkey = 4U << 10;  // ML-DSA-44: 1,752 characters and the name
constexpr std::size_t kLongestName = 255;       // of cosigners and origins in a cosigned_message
constexpr std::size_t kTimeSize = 8;

std::unexpected<Error> refuse(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

bool is_timed(SignatureType type) { return type != SignatureType::ed25519; }

Result<crypto::KeyKind> kind_for(std::uint8_t type) {
  switch (static_cast<SignatureType>(type)) {
    case SignatureType::ed25519:
    case SignatureType::ed25519_cosignature:
      return crypto::KeyKind::ed25519;
    case SignatureType::ml_dsa_44:
      return crypto::KeyKind::ml_dsa_44;
  }
  return refuse(std::format("signature type 0x{:02x} is not known: use 0x01, 0x04 or 0x06", type));
}

// C2SP signed-note: SHA-256(name || 0x0A || type || public key)[:4]
std::uint32_t key_id(std::string_view name, SignatureType type, BytesView raw) {
  const std::array<std::uint8_t, 2> between = {0x0a, static_cast<std::uint8_t>(type)};
  const auto digest = crypto::sha256_joined({as_bytes(name), between, raw});
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) id = id << 8U | digest.at(i);
  return id;
}

void append_64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> shift)));
}

void append_short(std::string& out, std::string_view text) {
  out.push_back(static_cast<char>(static_cast<std::uint8_t>(text.size())));
  out += text;
}

// C2SP tlog-cosignature, cosigned_message.
Result<std::string> cosigned_message(std::string_view name, std::int64_t time, std::string_view note_text) {
  const auto checkpoint = parse_checkpoint(note_text);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  if (name.size() > kLongestName || checkpoint->origin.size() > kLongestName) {
    return refuse("a cosigner's name and an origin have at most 255 octets");
  }
  std::string message("subtree/v1\n\0", 12);
  append_short(message, name);
  append_64(message, static_cast<std::uint64_t>(time));
  append_short(message, checkpoint->origin);
  append_64(message, 0);  // start: a checkpoint is the subtree from the first leaf
  append_64(message, checkpoint->size);
  message += as_text(checkpoint->root);
  return message;
}

Result<std::string> signed_message(const VerifierKey& key, std::int64_t time, std::string_view note_text) {
  switch (key.type) {
    case SignatureType::ed25519:
      break;
    case SignatureType::ed25519_cosignature:
      return std::format("cosignature/v1\ntime {}\n{}", time, note_text);
    case SignatureType::ml_dsa_44:
      return cosigned_message(key.name, time, note_text);
  }
  return std::string(note_text);
}

std::unexpected<Error> false_signature(const VerifierKey& key) {
  return fail(ErrorKind::corrupt, std::format("the signature of {} does not verify", printable(key.name)));
}

Result<Verified> verify_one(std::string_view note_text, const VerifierKey& key, BytesView signature) {
  Verified verified;
  if (is_timed(key.type)) {
    if (signature.size() < kTimeSize) return false_signature(key);
    std::uint64_t time = 0;
    for (const auto byte : signature.first(kTimeSize)) time = time << 8U | byte;
    // C2SP tlog-cosignature: "It MUST NOT exceed 2^63 - 1"
    if (time > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return false_signature(key);
    verified.time = static_cast<std::int64_t>(time);
    signature = signature.subspan(kTimeSize);
  }
  const auto message = signed_message(key, verified.time.value_or(0), note_text);
  if (!message) return std::unexpected(message.error());
  if (!key.key.verify(as_bytes(*message), signature)) return false_signature(key);
  return verified;
}

}  // namespace

// === VerifierKey

Result<VerifierKey> VerifierKey::of(std::string name, SignatureType type, const crypto::PublicKey& key) {
  if (!is_key_name(name)) {
    return refuse(std::format("'{}' cannot name a key: use 1 to 255 octets without spaces and '+'", printable(name)));
  }
  const auto wanted = kind_for(static_cast<std::uint8_t>(type));
  if (!wanted) return std::unexpected(wanted.error());
  const auto kind = key.kind();
  if (!kind) return std::unexpected(kind.error());
  if (*kind != *wanted) {
    return refuse(std::format("signature type 0x{:02x} needs a key of the kind {}, and this is {}",
                              static_cast<std::uint8_t>(type), name_of(*wanted), name_of(*kind)));
  }
  const auto raw = key.raw();
  if (!raw) return std::unexpected(raw.error());
  const auto id = key_id(name, type, *raw);
  return VerifierKey{std::move(name), type, id, key};
}

Result<VerifierKey> VerifierKey::parse(std::string_view vkey) {
  const auto malformed = [&](std::string_view why) {
    return refuse(std::format("'{}' is not a verifier key (NAME+ID+KEY): {}", printable(vkey, 60), why));
  };
  if (vkey.size() > kLongestVkey) return malformed("more than 4 KiB");
  const auto first = vkey.find('+');
  const auto second = first == std::string_view::npos ? first : vkey.find('+', first + 1);
  if (second == std::string_view::npos) return malformed("fewer than three parts");
  const auto bytes = from_base64(vkey.substr(second + 1));
  if (!bytes || bytes->empty()) return malformed("the key is not base64");
  const auto kind = kind_for(bytes->front());
  if (!kind) return malformed(kind.error().message);
  const auto key = crypto::PublicKey::from_raw(*kind, BytesView(*bytes).subspan(1));
  if (!key) return malformed(key.error().message);
  auto result = of(std::string(vkey.substr(0, first)), static_cast<SignatureType>(bytes->front()), *key);
  if (!result) return malformed(result.error().message);
  if (vkey.substr(first + 1, second - first - 1) != std::format("{:08x}", result->id)) {
    return malformed(std::format("the ID is not {:08x}, the one of this name and key", result->id));
  }
  return result;
}

std::string VerifierKey::text() const {
  Bytes bytes = {static_cast<std::uint8_t>(type)};
  const auto raw = key.raw().value_or(Bytes());  // of(): a key without a raw form does not get here
  bytes.insert(bytes.end(), raw.begin(), raw.end());
  return std::format("{}+{:08x}+{}", name, id, to_base64(bytes));
}

// C2SP signed-note: "If the key name and ID match a known key, verifiers MUST verify the signature", so one false
// line of a key spoils all of its lines.
Result<Verified> verify_signature(const Note& note, const VerifierKey& key) {
  std::optional<Verified> latest;
  for (const auto& signature : note.signatures) {
    if (signature.name != key.name || signature.id != key.id) continue;
    const auto verified = verify_one(note.text, key, signature.signature);
    if (!verified) return verified;
    if (!latest || verified->time > latest->time) latest = *verified;
  }
  if (latest) return *latest;
  return fail(ErrorKind::not_found,
              std::format("no signature of {} with key ID {:08x}", printable(key.name), key.id));
}

// === Signers

Result<NoteSigner> NoteSigner::of(std::string name, SignatureType type, crypto::PrivateKey key) {
  auto verifier = VerifierKey::of(std::move(name), type, key.public_key());
  if (!verifier) return std::unexpected(verifier.error());
  NoteSigner signer;
  signer.verifier_ = std::move(*verifier);
  signer.key_ = std::move(key);
  return signer;
}

Result<NoteSignature> NoteSigner::sign(std::string_view note_text, WallTime time) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  if (seconds < 0) return refuse("a signature cannot be older than 1970: set the clock");
  const auto message = signed_message(verifier_, seconds, note_text);
  if (!message) return std::unexpected(message.error());
  const auto made = key_.sign(as_bytes(*message));
  if (!made) return std::unexpected(made.error());
  std::string bytes;
  if (is_timed(verifier_.type)) append_64(bytes, static_cast<std::uint64_t>(seconds));
  bytes += as_text(*made);
  return NoteSignature{verifier_.name, verifier_.id, to_bytes(bytes)};
}

Result<Note> LogSigner::sign(const Checkpoint& checkpoint, WallTime time) const {
  Note note{.text = checkpoint.text(), .signatures = {}};
  for (const auto* signer : {&classic, &post_quantum}) {
    // Readers find the log's keys by its origin (C2SP tlog-checkpoint, Signatures).
    if (signer->verifier().name != checkpoint.origin) {
      return refuse(std::format("the log key {} does not sign for the origin {}", printable(signer->verifier().name),
                                printable(checkpoint.origin)));
    }
    auto signature = signer->sign(note.text, time);
    if (!signature) return std::unexpected(signature.error());
    note.signatures.push_back(std::move(*signature));
  }
  return note;
}

}  // namespace cordon::transparency
