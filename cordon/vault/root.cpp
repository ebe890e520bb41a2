#include "cordon/vault/root.h"

#include <sys/stat.h>

#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/crypto/pkcs11.h"
#include "cordon/vault/wrap.h"
#include "cordon/wire/json.h"

namespace cordon::vault {

namespace {

constexpr int kFormat = 1;
constexpr std::size_t kKeySize = 32;
constexpr std::string_view kPurpose = "cordon vault 1 root";
constexpr std::string_view kKeyFileKind = "key-file";
constexpr std::string_view kPassphraseKind = "passphrase";
constexpr std::string_view kTokenKind = "token";

std::string_view kind_of(const RootKey& key) {
  if (std::holds_alternative<KeyFile>(key)) return kKeyFileKind;
  return std::holds_alternative<Passphrase>(key) ? kPassphraseKind : kTokenKind;
}

Result<void> others_may_not_use(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return fail_errno("stat " + file.string(), errno);
  if ((status.st_mode & 077) == 0) return {};
  return fail(ErrorKind::permission,
              std::format("{}: others than its owner may use it (mode {:03o}): run chmod 600 on it, and consider "
                          "whether the key is still secret",
                          file.string(), status.st_mode & 0777U));
}

Result<crypto::Secret> read_key_file(const std::filesystem::path& file) {
  if (auto good = others_may_not_use(file); !good) return std::unexpected(good.error());
  auto text = read_file(file, 4096);
  if (!text) return std::unexpected(text.error());
  auto key = from_hex(trim(*text));
  crypto::wipe_text(*text);
  if (key && key->size() == kKeySize) return crypto::Secret(std::move(*key));
  return fail(ErrorKind::invalid_input,
              std::format("{}: a root key is {} hexadecimal digits on one line; restore it from a copy",
                          file.string(), 2 * kKeySize));
}

Result<crypto::Secret> make_key_file(const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) return read_key_file(file);
  if (auto folder = make_folder(file.parent_path(), 0700); !folder && file.has_parent_path()) {
    return std::unexpected(folder.error());
  }
  auto key = crypto::Secret::random(kKeySize);
  auto text = to_hex(key.view()) + "\n";
  const auto written = write_file(file, text, 0600);
  crypto::wipe_text(text);
  if (!written) return std::unexpected(written.error());
  return key;
}

// The key the KEK is wrapped under, for the two kinds that give one away.
Result<crypto::Secret> wrapping_key(const RootKey& key, const Root& root) {
  if (const auto* file = std::get_if<KeyFile>(&key)) return read_key_file(file->file);
  return crypto::key_from_passphrase(std::get<Passphrase>(key).text, root.salt, root.parameters);
}

Error wrong_key(const Root& root) {
  if (root.kind == kPassphraseKind) return {ErrorKind::permission, "the passphrase is not this vault's"};
  return {ErrorKind::permission, std::format("the {} is not this vault's", root.kind)};
}

Result<Bytes> wrapped_by_token(const Token& token, BytesView kek) {
  auto key = crypto::TokenKey::open(token.module, token.label, token.pin, crypto::TokenKey::Missing::make);
  if (!key) return std::unexpected(key.error());
  return key->encrypt(kek, as_bytes(kPurpose));
}

Result<crypto::Secret> unwrapped_by_token(const Token& token, const Root& root) {
  auto key = crypto::TokenKey::open(token.module, token.label, token.pin, crypto::TokenKey::Missing::refuse);
  if (!key) return std::unexpected(key.error());
  return key->decrypt(root.wrapped, as_bytes(kPurpose));
}

Result<std::uint32_t> number(const wire::Json& json, std::string_view member) {
  const auto* value = json.find(member);
  const auto integer = value == nullptr ? fail(ErrorKind::invalid_input, "missing") : value->integer();
  if (integer && *integer >= 0 && *integer <= UINT32_MAX) return static_cast<std::uint32_t>(*integer);
  return fail(ErrorKind::corrupt, std::format("root.json: '{}' is no number", member));
}

Result<Bytes> base64_of(const wire::Json& json, std::string_view member) {
  const auto* value = json.find(member);
  auto bytes = from_base64(value == nullptr ? std::string_view("?") : value->text("?"));
  if (!bytes) return fail(ErrorKind::corrupt, std::format("root.json: '{}' is no base64", member));
  return bytes;
}

Result<void> read_passphrase_part(const wire::Json& json, Root& root) {
  auto salt = base64_of(json, "salt");
  const auto memory = number(json, "memoryKib");
  const auto passes = number(json, "passes");
  const auto lanes = number(json, "lanes");
  if (!salt || !memory || !passes || !lanes) {
    return fail(ErrorKind::corrupt, "root.json: salt and parameters of Argon2id are incomplete");
  }
  root.salt = std::move(*salt);
  root.parameters = {.memory_kib = *memory, .passes = *passes, .lanes = *lanes};
  return {};
}

}  // namespace

std::string Root::text() const {
  wire::Json json{wire::JsonObject{}};
  json.set("format", kFormat).set("kind", kind).set("kek", to_base64(wrapped));
  if (kind == kPassphraseKind) {
    json.set("salt", to_base64(salt))
        .set("memoryKib", std::uint64_t{parameters.memory_kib})
        .set("passes", std::uint64_t{parameters.passes})
        .set("lanes", std::uint64_t{parameters.lanes});
  }
  return json.pretty() + "\n";
}

Result<Root> parse_root(std::string_view text) {
  const auto json = wire::parse_json(text, {.bytes = 16'384, .depth = 4, .leaves = 64});
  if (!json || !json->is_object()) return fail(ErrorKind::corrupt, "root.json is no JSON object");
  const auto format = number(*json, "format");
  if (!format || *format != kFormat) {
    return fail(ErrorKind::corrupt, std::format("root.json: format is not {}; a newer Cordon may read it", kFormat));
  }
  Root root;
  const auto* kind = json->find("kind");
  root.kind = kind == nullptr ? "" : kind->text();
  if (root.kind != kKeyFileKind && root.kind != kPassphraseKind && root.kind != kTokenKind) {
    return fail(ErrorKind::corrupt, "root.json: kind is none of key-file, passphrase, token");
  }
  auto wrapped = base64_of(*json, "kek");
  if (!wrapped) return std::unexpected(wrapped.error());
  root.wrapped = std::move(*wrapped);
  if (root.kind == kPassphraseKind) {
    if (auto part = read_passphrase_part(*json, root); !part) return std::unexpected(part.error());
  }
  return root;
}

Result<Root> wrap_root(const RootKey& key, BytesView kek) {
  Root root;
  root.kind = kind_of(key);
  if (const auto* token = std::get_if<Token>(&key)) {
    auto wrapped = wrapped_by_token(*token, kek);
    if (!wrapped) return std::unexpected(wrapped.error());
    root.wrapped = std::move(*wrapped);
    return root;
  }
  if (const auto* passphrase = std::get_if<Passphrase>(&key)) {
    root.salt.resize(crypto::kSaltSize);
    fill_random(root.salt);
    root.parameters = passphrase->parameters;
  }
  const auto* file = std::get_if<KeyFile>(&key);
  auto under = file != nullptr ? make_key_file(file->file) : wrapping_key(key, root);
  if (!under) return std::unexpected(under.error());
  auto wrapped = wrap(under->view(), kek, kPurpose);
  if (!wrapped) return std::unexpected(wrapped.error());
  root.wrapped = std::move(*wrapped);
  return root;
}

Result<NewRoot> make_root(const RootKey& key) {
  auto kek = crypto::Secret::random(kKeySize);
  auto root = wrap_root(key, kek.view());
  if (!root) return std::unexpected(root.error());
  return NewRoot{std::move(*root), std::move(kek)};
}

Result<crypto::Secret> unlock_root(const Root& root, const RootKey& key) {
  if (root.kind != kind_of(key)) {
    return fail(ErrorKind::invalid_input,
                std::format("this vault's root key is a {}, not a {}", root.kind, kind_of(key)));
  }
  if (const auto* token = std::get_if<Token>(&key)) return unwrapped_by_token(*token, root);
  const auto under = wrapping_key(key, root);
  if (!under) return std::unexpected(under.error());
  auto kek = unwrap(under->view(), root.wrapped, kPurpose);
  if (!kek || kek->size() != kKeySize) return std::unexpected(wrong_key(root));
  return kek;
}

}  // namespace cordon::vault
