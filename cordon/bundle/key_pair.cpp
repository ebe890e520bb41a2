#include "cordon/bundle/key_pair.h"

#include <array>

#include "cordon/base/text.h"
#include "cordon/bundle/manifest.h"
#include "cordon/crypto/digest.h"

namespace cordon::bundle {

namespace {

using crypto::KeyKind;

constexpr std::size_t kLongestFile = 64U << 10;
constexpr std::size_t kIdBytes = 16;

// What the words of a file of keys are, private or public.
struct Words {
  std::string_view label;  // of the PEM blocks
  std::string_view title;
  std::string_view what;
};
constexpr Words kSecret{"PRIVATE KEY", "cordon bundle signing key: ", "signing key"};
constexpr Words kPublic{"PUBLIC KEY", "cordon bundle public key: ", "public key"};

struct Blocks {
  std::string name;
  std::string_view ed25519;
  std::string_view ml_dsa_65;
};

std::unexpected<Error> wrong(const Words& words, std::string_view message) {
  return fail(ErrorKind::invalid_input, std::format("{}: {}", words.what, message));
}

// Takes one block from the front of text; empty when there is none.
std::string_view take_block(std::string_view& text, std::string_view label) {
  const auto begin = std::format("-----BEGIN {}-----", label);
  const auto end = std::format("-----END {}-----", label);
  text = trim(text);
  const auto stop = text.starts_with(begin) ? text.find(end) : text.npos;
  if (stop == text.npos) return {};
  const auto block = text.substr(0, stop + end.size());
  text.remove_prefix(block.size());
  return block;
}

// Never names what it found: the text may be secret.
Result<Blocks> read_blocks(std::string_view text, std::string_view fallback_name, const Words& words) {
  if (text.size() > kLongestFile) return wrong(words, "more than 64 KiB");
  Blocks blocks{.name = std::string(fallback_name), .ed25519 = {}, .ml_dsa_65 = {}};
  if (text.starts_with(words.title)) {
    const auto line = text.substr(0, text.find('\n'));
    blocks.name = trim(line.substr(words.title.size()));
    text.remove_prefix(line.size());
  }
  if (auto named = check_bundle_name(blocks.name); !named) return wrong(words, named.error().message);
  blocks.ed25519 = take_block(text, words.label);
  blocks.ml_dsa_65 = take_block(text, words.label);
  if (blocks.ed25519.empty() || blocks.ml_dsa_65.empty() || !trim(text).empty()) {
    return wrong(words, std::format("expected two PEM blocks '{}', Ed25519 and then ML-DSA-65, and nothing else; "
                                    "'cordon policy bundle keygen' makes such files",
                                    words.label));
  }
  return blocks;
}

template <class Key>
Result<Key> read_key(std::string_view block, KeyKind kind, const Words& words) {
  auto key = Key::from_pem(block);
  if (!key) return wrong(words, std::format("the {} key cannot be read: {}", name_of(kind), key.error().message));
  if (key->kind() != kind) return wrong(words, std::format("expected a key of kind {}", name_of(kind)));
  return key;
}

// Signed is never the manifest alone: what these keys sign elsewhere, if ever, cannot pass for it. The NUL ends the
// context, which holds none.
Bytes in_context(std::string_view manifest) {
  using std::string_view_literals::operator""sv;
  constexpr auto kContext = "cordon policy bundle manifest 1, ed25519 and ml-dsa-65\0"sv;
  Bytes out = to_bytes(kContext);
  out.insert(out.end(), manifest.begin(), manifest.end());
  return out;
}

void wipe_text(std::string& text) { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }

}  // namespace

// === PublicPair

PublicPair::PublicPair(std::string name, crypto::PublicKey ed25519, crypto::PublicKey ml_dsa_65)
    : name_(std::move(name)), ed25519_(std::move(ed25519)), ml_dsa_65_(std::move(ml_dsa_65)) {}

Result<PublicPair> PublicPair::parse(std::string_view pem, std::string_view fallback_name) {
  if (pem.contains("PRIVATE KEY")) {
    return wrong(kPublic, "this is a private key: keep it where bundles are signed, and name its .pub file here");
  }
  const auto blocks = read_blocks(pem, fallback_name, kPublic);
  if (!blocks) return std::unexpected(blocks.error());
  auto ed25519 = read_key<crypto::PublicKey>(blocks->ed25519, KeyKind::ed25519, kPublic);
  if (!ed25519) return std::unexpected(ed25519.error());
  auto ml_dsa_65 = read_key<crypto::PublicKey>(blocks->ml_dsa_65, KeyKind::ml_dsa_65, kPublic);
  if (!ml_dsa_65) return std::unexpected(ml_dsa_65.error());
  return PublicPair(blocks->name, std::move(*ed25519), std::move(*ml_dsa_65));
}

std::string PublicPair::id() const {
  const auto digest = crypto::Sha256().add(ed25519_.der()).add(ml_dsa_65_.der()).finish();
  return to_hex(BytesView(digest).first(kIdBytes));
}

std::string PublicPair::pem() const {
  return std::format("{}{}\n{}{}", kPublic.title, name_, ed25519_.pem(), ml_dsa_65_.pem());
}

bool PublicPair::verify(std::string_view manifest, const PairSignature& signature) const {
  const auto message = in_context(manifest);
  return ed25519_.verify(message, signature.ed25519) && ml_dsa_65_.verify(message, signature.ml_dsa_65);
}

bool PublicPair::shares_a_key_with(const PublicPair& other) const {
  return ed25519_.der() == other.ed25519_.der() || ml_dsa_65_.der() == other.ml_dsa_65_.der();
}

// === SigningPair

SigningPair::SigningPair(std::string name, crypto::PrivateKey ed25519, crypto::PrivateKey ml_dsa_65)
    : name_(std::move(name)), ed25519_(std::move(ed25519)), ml_dsa_65_(std::move(ml_dsa_65)) {}

Result<SigningPair> SigningPair::generate(std::string name) {
  if (auto named = check_bundle_name(name); !named) return wrong(kSecret, named.error().message);
  auto ed25519 = crypto::PrivateKey::generate(KeyKind::ed25519);
  if (!ed25519) return std::unexpected(ed25519.error());
  auto ml_dsa_65 = crypto::PrivateKey::generate(KeyKind::ml_dsa_65);
  if (!ml_dsa_65) return std::unexpected(ml_dsa_65.error());
  return SigningPair(std::move(name), std::move(*ed25519), std::move(*ml_dsa_65));
}

Result<SigningPair> SigningPair::parse(std::string_view pem, std::string_view fallback_name) {
  const auto blocks = read_blocks(pem, fallback_name, kSecret);
  if (!blocks) return std::unexpected(blocks.error());
  auto ed25519 = read_key<crypto::PrivateKey>(blocks->ed25519, KeyKind::ed25519, kSecret);
  if (!ed25519) return std::unexpected(ed25519.error());
  auto ml_dsa_65 = read_key<crypto::PrivateKey>(blocks->ml_dsa_65, KeyKind::ml_dsa_65, kSecret);
  if (!ml_dsa_65) return std::unexpected(ml_dsa_65.error());
  return SigningPair(blocks->name, std::move(*ed25519), std::move(*ml_dsa_65));
}

std::string SigningPair::pem() const {
  auto ed25519 = ed25519_.pem();
  auto ml_dsa_65 = ml_dsa_65_.pem();
  auto out = std::format("{}{}\n{}{}", kSecret.title, name_, ed25519, ml_dsa_65);
  wipe_text(ed25519);
  wipe_text(ml_dsa_65);
  return out;
}

PublicPair SigningPair::public_pair() const { return {name_, ed25519_.public_key(), ml_dsa_65_.public_key()}; }

Result<PairSignature> SigningPair::sign(std::string_view manifest) const {
  const auto message = in_context(manifest);
  auto ed25519 = ed25519_.sign(message);
  if (!ed25519) return std::unexpected(ed25519.error());
  auto ml_dsa_65 = ml_dsa_65_.sign(message);
  if (!ml_dsa_65) return std::unexpected(ml_dsa_65.error());
  return PairSignature{std::move(*ed25519), std::move(*ml_dsa_65)};
}

}  // namespace cordon::bundle
