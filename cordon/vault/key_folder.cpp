#include "cordon/vault/key_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "cordon/vault/epochs.h"
#include "cordon/vault/erasure.h"
#include "cordon/vault/root.h"
#include "cordon/vault/wrap.h"

namespace cordon::vault {

namespace {

constexpr std::size_t kMostDocument = 256U << 20;
constexpr std::size_t kMostLeaves = 16U << 20;
constexpr std::size_t kMacDigits = 64;
constexpr mode_t kOwnerOnly = 0600;

Result<void> overwrite(int fd, const std::filesystem::path& path) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return fail_errno("stat " + path.string(), errno);
  const std::string zeros(static_cast<std::size_t>(status.st_size), '\0');
  if (::pwrite(fd, zeros.data(), zeros.size(), 0) != status.st_size) {
    return fail_errno("overwrite " + path.string(), errno == 0 ? EIO : errno);
  }
  if (::fdatasync(fd) != 0) return fail_errno("fdatasync " + path.string(), errno);
  return {};
}

Result<Root> read_root(const std::filesystem::path& folder) {
  const auto text = read_file(folder / "root.json", 64U << 10);
  if (!text && text.error().kind == ErrorKind::not_found) {
    return fail(ErrorKind::not_found,
                std::format("{} holds no vault: make one with cordon log keys init", folder.string()));
  }
  if (!text) return std::unexpected(text.error());
  auto root = parse_root(*text);
  if (!root) return std::unexpected(within(folder.string(), root.error()));
  return root;
}

}  // namespace

Result<void> replace_secret_file(const std::filesystem::path& path, std::string_view content) {
  const Fd old(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));  // missing at first
  if (auto written = write_file(path, content, kOwnerOnly); !written || !old) return written;
  return overwrite(old.get(), path);
}

KeyFolder::KeyFolder(Ours, std::filesystem::path folder, crypto::Secret kek)
    : folder_(std::move(folder)), kek_(std::move(kek)) {}

KeyFolder::~KeyFolder() {
  if (generation_ != nullptr) ::munmap(generation_, sizeof(std::uint64_t));
}

Result<std::shared_ptr<KeyFolder>> KeyFolder::create(const std::filesystem::path& folder, const RootKey& root,
                                                     const Clock& clock) {
  if (auto made = make_folder(folder, 0700); !made) return std::unexpected(made.error());
  if (std::filesystem::exists(folder / "root.json")) {
    return fail(ErrorKind::invalid_input, std::format("{} holds a vault already", folder.string()));
  }
  auto made = make_root(root);
  if (!made) return std::unexpected(made.error());
  auto keys = with(folder, std::move(made->kek));
  if (!keys) return keys;
  if (auto first = first_epoch(**keys, clock); !first) return std::unexpected(first.error());
  // Last: a folder without it is no vault, and what an interrupted creation left is written anew.
  if (auto written = write_file(folder / "root.json", made->root.text(), kOwnerOnly); !written) {
    return std::unexpected(written.error());
  }
  return keys;
}

Result<std::shared_ptr<KeyFolder>> KeyFolder::open(const std::filesystem::path& folder, const RootKey& root) {
  const auto stored = read_root(folder);
  if (!stored) return std::unexpected(stored.error());
  auto kek = unlock_root(*stored, root);
  if (!kek) return std::unexpected(within(folder.string(), kek.error()));
  auto keys = with(folder, std::move(*kek));
  if (!keys) return keys;
  if (auto finished = finish_erasure(**keys); !finished) return std::unexpected(finished.error());
  return keys;
}

Result<std::shared_ptr<KeyFolder>> KeyFolder::with(const std::filesystem::path& folder, crypto::Secret kek) {
  auto document_key = derive(kek.view(), "cordon vault 1 documents");
  if (!document_key) return std::unexpected(document_key.error());
  auto keys = std::make_shared<KeyFolder>(Ours(), folder, std::move(kek));
  keys->document_key_ = crypto::HmacKey(document_key->view());
  if (auto mapped = keys->map_generation(); !mapped) return std::unexpected(mapped.error());
  return keys;
}

Result<wire::Json> KeyFolder::read_document(std::string_view name) const {
  const auto path = folder_ / name;
  const auto whole = read_file(path, kMostDocument);
  if (!whole) return std::unexpected(whole.error());
  const auto altered = fail(ErrorKind::corrupt,
                            std::format("{} is not what this vault wrote: restore it from a backup", path.string()));
  if (whole->size() < kMacDigits + 2 || !whole->ends_with('\n')) return altered;
  const auto text = std::string_view(*whole).substr(0, whole->size() - kMacDigits - 1);
  const auto mac = from_hex(std::string_view(*whole).substr(text.size(), kMacDigits));
  const auto expected = document_key_.of({as_bytes(name), as_bytes("\n"), as_bytes(text)});
  if (!mac || !crypto::constant_time_equal(*mac, expected)) return altered;
  auto json = wire::parse_json(text, {.bytes = kMostDocument, .depth = 8, .leaves = kMostLeaves});
  if (!json) return std::unexpected(within(path.string(), json.error()));
  return json;
}

Result<void> KeyFolder::write_document(std::string_view name, const wire::Json& content) {
  auto text = content.dump() + "\n";
  const auto mac = document_key_.of({as_bytes(name), as_bytes("\n"), as_bytes(text)});
  text += to_hex(mac) + "\n";
  return replace_secret_file(folder_ / name, text);
}

Result<Fd> KeyFolder::lock(Access access) const {
  auto fd = open_file(folder_ / "lock", O_RDWR | O_CREAT, kOwnerOnly);
  if (!fd) return fd;
  while (::flock(fd->get(), access == Access::shared ? LOCK_SH : LOCK_EX) != 0) {
    if (errno != EINTR) return fail_errno("lock " + folder_.string(), errno);
  }
  return fd;
}

Result<Fd> KeyFolder::writer_lock() const {
  auto fd = open_file(folder_ / "writer", O_RDWR | O_CREAT, kOwnerOnly);
  if (!fd) return fd;
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) return fail_errno("lock " + folder_.string(), errno);
  return fail(
      ErrorKind::unavailable,
      std::format("{}: another process seals records with this vault; one writer at a time", folder_.string()));
}

Result<void> KeyFolder::map_generation() {
  const auto path = folder_ / "generation";
  const auto fd = open_file(path, O_RDWR | O_CREAT, kOwnerOnly);
  if (!fd) return std::unexpected(fd.error());
  if (::ftruncate(fd->get(), sizeof(std::uint64_t)) != 0) return fail_errno("ftruncate " + path.string(), errno);
  void* const mapped = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd->get(), 0);
  if (mapped == MAP_FAILED) return fail_errno("mmap " + path.string(), errno);
  generation_ = mapped;
  return {};
}

std::uint64_t KeyFolder::generation() const {
  return std::atomic_ref(*static_cast<std::uint64_t*>(generation_)).load(std::memory_order_acquire);
}

void KeyFolder::changed() {
  std::atomic_ref(*static_cast<std::uint64_t*>(generation_)).fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace cordon::vault
