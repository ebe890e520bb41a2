#include "cordon/witness/signing_keys.h"

#include <sys/stat.h>

#include <cerrno>

#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/transparency/key_name.h"

namespace cordon::witness {

using transparency::NoteSigner;
using transparency::SignatureType;

namespace {

constexpr std::string_view kVkeys = "vkeys";
constexpr mode_t kOthers = 077;

struct KeyFile {
  std::string_view file;
  SignatureType type;
  crypto::KeyKind kind;
};
constexpr KeyFile kKeys[] = {{"ed25519.pem", SignatureType::ed25519_cosignature, crypto::KeyKind::ed25519},
                             {"mldsa44.pem", SignatureType::ml_dsa_44, crypto::KeyKind::ml_dsa_44}};

// Wipes a secret on every way out.
struct Secret {
  std::string text;
  ~Secret() { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }  // char may alias any object
};

Result<void> check_name(std::string_view name) {
  if (transparency::is_key_name(name)) return {};
  return fail(ErrorKind::invalid_input,
              std::format("'{}' is no name for a cosigner: use something like witness.example/w1", printable(name)));
}

// The name of before, which must be the one asked for; on the first start it is written.
Result<std::string> settle_name(const std::filesystem::path& folder, std::string_view name) {
  std::error_code error;
  if (!std::filesystem::exists(folder / "name", error)) {
    if (auto checked = check_name(name); !checked) return std::unexpected(checked.error());
    if (auto written = write_file(folder / "name", std::format("{}\n", name)); !written) {
      return std::unexpected(written.error());
    }
    return std::string(name);
  }
  const auto content = read_file(folder / "name", 1024);
  if (!content) return content;
  const std::string kept(trim(*content));
  if (auto checked = check_name(kept); !checked) return std::unexpected(checked.error());
  if (!name.empty() && name != kept) {
    return fail(ErrorKind::invalid_input, std::format("{}: these are the keys of {}, not of {}; give each cosigner a "
                                                      "folder of its own",
                                                      folder.string(), kept, printable(name)));
  }
  return kept;
}

Result<Secret> read_secret(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return fail_errno("stat " + path.string(), errno);
  if ((status.st_mode & kOthers) != 0) {
    return fail(
        ErrorKind::permission,
        std::format("{}: others than its owner may use it: run chmod 600 on it, and consider whether the key is "
                    "still secret",
                    path.string()));
  }
  auto text = read_file(path, 64U << 10);
  if (!text) return std::unexpected(text.error());
  return Secret{std::move(*text)};
}

Result<crypto::PrivateKey> key_of(const std::filesystem::path& path, crypto::KeyKind kind, bool make) {
  std::error_code error;
  if (make && !std::filesystem::exists(path, error)) {
    auto key = crypto::PrivateKey::generate(kind);
    if (!key) return key;
    const Secret pem{key->pem()};
    if (auto written = write_file(path, pem.text, 0600); !written) return std::unexpected(written.error());
    return key;
  }
  const auto pem = read_secret(path);
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::PrivateKey::from_pem(pem->text);
  if (!key) return std::unexpected(within(path.string(), key.error()));
  return key;
}

std::string vkeys_text(const std::vector<NoteSigner>& signers) {
  std::string out;
  for (const auto& signer : signers) out += signer.verifier().text() + "\n";
  return out;
}

Result<void> settle_vkeys(const std::filesystem::path& folder, const std::vector<NoteSigner>& signers, bool make) {
  const auto text = vkeys_text(signers);
  if (make) return write_file(folder / kVkeys, text);
  const auto kept = read_file(folder / kVkeys);
  if (!kept) return std::unexpected(kept.error());
  if (*kept == text) return {};
  return fail(ErrorKind::corrupt,
              std::format("{}: the keys beside it are others; restore them, or make a new cosigner in another folder",
                          (folder / kVkeys).string()));
}

}  // namespace

bool has_signing_keys(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::exists(folder / kVkeys, error);
}

Result<std::vector<NoteSigner>> signing_keys(const std::filesystem::path& folder, std::string_view name) {
  if (auto made = make_folder(folder, 0700); !made) return std::unexpected(made.error());
  const bool make = !has_signing_keys(folder);
  const auto kept = settle_name(folder, name);
  if (!kept) return std::unexpected(kept.error());
  std::vector<NoteSigner> out;
  for (const auto& each : kKeys) {
    auto key = key_of(folder / each.file, each.kind, make);
    if (!key) return std::unexpected(key.error());
    auto signer = NoteSigner::of(*kept, each.type, std::move(*key));
    if (!signer) return std::unexpected(within((folder / each.file).string(), signer.error()));
    out.push_back(std::move(*signer));
  }
  if (auto settled = settle_vkeys(folder, out, make); !settled) return std::unexpected(settled.error());
  return out;
}

std::string trust_lines(const std::vector<NoteSigner>& signers, std::string_view url) {
  std::string out;
  for (const auto& signer : signers) {
    // A name of a trust policy stands once, and a witness with two keys is two lines.
    const bool classic = signer.verifier().type == SignatureType::ed25519_cosignature;
    out += std::format("witness {}{} {}{}{}\n", signer.verifier().name, classic ? ".ed25519" : ".mldsa44",
                       signer.verifier().text(), url.empty() ? "" : " ", url);
  }
  return out;
}

}  // namespace cordon::witness
