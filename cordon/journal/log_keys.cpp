// The log's keys: made when both they and the log are new.
#include <sys/stat.h>

#include <cerrno>
#include <format>

#include "cordon/base/file.h"
#include "cordon/journal/publisher.h"
#include "cordon/journal/tile_files.h"

namespace cordon::journal {

namespace {

constexpr std::size_t kMostKeyBytes = 64U << 10;
constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kOthers = 077;

void wipe_text(std::string& text) { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }

// Whether anything was ever written: then a new key would make all of it look forged.
bool used(const LogFolder& folder) {
  std::error_code ignored;
  return std::filesystem::exists(folder.root / kCheckpointFile, ignored) ||
         (std::filesystem::exists(folder.wal(), ignored) && !std::filesystem::is_empty(folder.wal(), ignored));
}

Result<crypto::PrivateKey> read_key(const std::filesystem::path& path, mode_t mode) {
  if ((mode & kOthers) != 0) {
    return fail(ErrorKind::permission,
                std::format("{}: others than its owner may use it (mode {:03o}): run chmod 600 on it, and consider "
                            "whether the key is still secret",
                            path.string(), mode & 0777U));
  }
  auto pem = read_file(path, kMostKeyBytes);
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::PrivateKey::from_pem(*pem);
  wipe_text(*pem);
  if (!key) return std::unexpected(within(path.string(), key.error()));
  return key;
}

Result<crypto::PrivateKey> make_key(const std::filesystem::path& path, crypto::KeyKind kind) {
  if (auto made = make_folder(path.parent_path(), kFolderMode); !made) return std::unexpected(made.error());
  auto key = crypto::PrivateKey::generate(kind);
  if (!key) return key;
  auto pem = key->pem();
  const auto written = write_file(path, pem, kOwnerOnly);
  wipe_text(pem);
  if (!written) return std::unexpected(written.error());
  return key;
}

Result<crypto::PrivateKey> log_key(const LogFolder& folder, const char* name, crypto::KeyKind kind) {
  const auto path = folder.keys() / name;
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return read_key(path, status.st_mode);
  if (errno != ENOENT) return fail_errno("stat " + path.string(), errno);
  if (!used(folder)) return make_key(path, kind);
  return fail(ErrorKind::corrupt,
              std::format("{} is missing although the log has entries: restore it from a backup", path.string()));
}

}  // namespace

Result<transparency::LogSigner> log_signer(const LogFolder& folder, const std::string& origin) {
  using transparency::NoteSigner;
  using transparency::SignatureType;
  auto classic = log_key(folder, "ed25519.pem", crypto::KeyKind::ed25519);
  if (!classic) return std::unexpected(classic.error());
  auto post_quantum = log_key(folder, "mldsa44.pem", crypto::KeyKind::ml_dsa_44);
  if (!post_quantum) return std::unexpected(post_quantum.error());
  auto one = NoteSigner::of(origin, SignatureType::ed25519, std::move(*classic));
  if (!one) return std::unexpected(within((folder.keys() / "ed25519.pem").string(), one.error()));
  auto other = NoteSigner::of(origin, SignatureType::ml_dsa_44, std::move(*post_quantum));
  if (!other) return std::unexpected(within((folder.keys() / "mldsa44.pem").string(), other.error()));
  return transparency::LogSigner{std::move(*one), std::move(*other)};
}

}  // namespace cordon::journal
