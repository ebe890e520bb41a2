#include "cordon/tokens/authority_keys.h"

#include <sys/stat.h>

#include "cordon/base/file.h"
#include "cordon/crypto/secret.h"

namespace cordon::tokens {

namespace {

constexpr std::size_t kKept = 2;  // the key that signs, and the one before it
constexpr std::string_view kBegin = "-----BEGIN ";

Result<void> check_mode(const std::filesystem::path& file) {
  struct stat seen{};
  if (::stat(file.c_str(), &seen) != 0) return fail_errno("open " + file.string(), errno);
  if ((seen.st_mode & 077) == 0) return {};
  return fail(ErrorKind::permission,
              std::format("{}: others may read the key: chmod 600 {}", file.string(), file.string()));
}

Result<AuthorityKey> key_from(std::string_view pem) {
  auto key = crypto::PrivateKey::from_pem(pem);
  if (!key) return std::unexpected(key.error());
  const auto shown = key->public_key();
  const auto algorithm = crypto::jws_algorithm_for(shown);
  if (!algorithm) return std::unexpected(algorithm.error());
  auto id = key_id_of(shown);
  if (!id) return std::unexpected(id.error());
  return AuthorityKey{std::move(*key), {std::move(*id), shown, *algorithm}};
}

Result<void> write_keys(const std::filesystem::path& file, const std::vector<const crypto::PrivateKey*>& keys) {
  std::string text;
  for (const auto* key : keys) {
    auto pem = key->pem();
    text.reserve(text.size() + pem.size());
    text += pem;
    crypto::wipe_text(pem);
  }
  auto written = write_file(file, text, 0600);
  crypto::wipe_text(text);
  return written;
}

Result<std::vector<AuthorityKey>> keys_in(std::string_view text) {
  std::vector<AuthorityKey> keys;
  while (true) {
    const auto start = text.find(kBegin);
    if (start == std::string_view::npos) return keys;
    text.remove_prefix(start);
    const auto next = std::min(text.find(kBegin, kBegin.size()), text.size());
    if (keys.size() == kMostKeys) return fail(ErrorKind::invalid_input, "more than 16 keys");
    auto key = key_from(text.substr(0, next));
    if (!key) return std::unexpected(key.error());
    keys.push_back(std::move(*key));
    text.remove_prefix(next);
  }
}

}  // namespace

Result<std::vector<AuthorityKey>> read_authority_keys(const std::filesystem::path& file) {
  if (auto good = check_mode(file); !good) {
    return std::unexpected(within("key of the token authority (cordon token keys make)", good.error()));
  }
  auto text = read_file(file, 256U << 10);
  if (!text) return std::unexpected(text.error());
  auto keys = keys_in(*text);
  crypto::wipe_text(*text);
  if (!keys) return std::unexpected(within(file.string(), keys.error()));
  if (keys->empty()) return fail(ErrorKind::invalid_input, file.string() + ": no private key in PEM (PKCS#8)");
  return keys;
}

Result<void> make_authority_key(const std::filesystem::path& file, crypto::KeyKind kind) {
  if (std::filesystem::exists(file)) {
    return fail(ErrorKind::invalid_input, file.string() + " exists already and is left as it is");
  }
  const auto key = crypto::PrivateKey::generate(kind);
  if (!key) return std::unexpected(key.error());
  if (auto good = key_id_of(key->public_key()); !good) return std::unexpected(good.error());
  return write_keys(file, {&*key});
}

Result<void> rotate_authority_key(const std::filesystem::path& file, crypto::KeyKind kind) {
  const auto old = read_authority_keys(file);
  if (!old) return std::unexpected(old.error());
  const auto key = crypto::PrivateKey::generate(kind);
  if (!key) return std::unexpected(key.error());
  if (auto good = key_id_of(key->public_key()); !good) return std::unexpected(good.error());
  std::vector<const crypto::PrivateKey*> keys{&*key};
  for (std::size_t i = 0; i < old->size() && keys.size() < kKept; ++i) keys.push_back(&(*old)[i].key);
  return write_keys(file, keys);
}

Result<std::string> jwks_of(const std::vector<AuthorityKey>& keys) {
  std::vector<VerifyKey> shown;
  for (const auto& key : keys) shown.push_back(key.shown);
  return to_jwks(shown);
}

}  // namespace cordon::tokens
