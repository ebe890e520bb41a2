#include "cordon/journal/disk.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "cordon/base/file.h"

namespace cordon::journal {

namespace {

// Anybody may read what is in here, entries are sealed; who gets at the log at all is for its folder's mode to say.
constexpr mode_t kFileMode = 0644;
constexpr mode_t kFolderMode = 0755;

class RealFile final : public DiskFile {
 public:
  RealFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::string> read(std::uint64_t offset, std::size_t length) override {
    std::string out(length, '\0');
    std::size_t have = 0;
    while (have < length) {
      const auto got = ::pread(fd_.get(), out.data() + have, length - have, static_cast<off_t>(offset + have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno("read " + path_, errno);
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    out.resize(have);
    return out;
  }

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto put = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return fail_errno("write " + path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(put));
      offset += static_cast<std::uint64_t>(put);
    }
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(fd_.get()) != 0) return fail_errno("fdatasync " + path_, errno);
    return {};
  }

  // Without its waiting flags the call takes no error away from the sync that follows.
  void begin_writeback() override { (void)::sync_file_range(fd_.get(), 0, 0, SYNC_FILE_RANGE_WRITE); }

  Result<void> truncate(std::uint64_t length) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(length)) != 0) return fail_errno("truncate " + path_, errno);
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat status{};
    if (::fstat(fd_.get(), &status) != 0) return fail_errno("stat " + path_, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  bool still_named() override {
    struct stat ours{};
    struct stat named{};
    return ::fstat(fd_.get(), &ours) == 0 && ours.st_nlink > 0 && ::stat(path_.c_str(), &named) == 0 &&
           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
  }

 private:
  Fd fd_;
  std::string path_;
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read:
      return O_RDONLY | O_NOFOLLOW;
    case OpenMode::write:
      return O_RDWR | O_NOFOLLOW;
    case OpenMode::create:
      return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::replace:
      return O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW;
  }
  std::unreachable();
}

class RealDisk final : public Disk {
 public:
  RealDisk(std::filesystem::path folder, Fd whole) : folder_(std::move(folder)), whole_(std::move(whole)) {}

  std::string name() const override { return folder_.string(); }

  Result<std::unique_ptr<DiskFile>> open(const std::string& name, OpenMode mode) override {
    auto fd = open_file(folder_ / name, flags_of(mode), kFileMode);
    if (!fd) return std::unexpected(fd.error());
    return std::make_unique<RealFile>(std::move(*fd), (folder_ / name).string());
  }

  Result<std::vector<std::string>> list(const std::string& folder) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(folder_ / folder, error);
    if (error == std::errc::no_such_file_or_directory) return names;
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    if (error) return fail_errno("list " + (folder_ / folder).string(), error.value());
    return names;
  }

  Result<void> make_folder(const std::string& folder) override {
    if (auto made = cordon::make_folder(folder_ / folder, kFolderMode); !made) return made;
    for (auto below = folder; !below.empty(); below = folder_of(below)) {
      if (auto synced = sync_folder(folder_of(below)); !synced) return synced;
    }
    return {};
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename((folder_ / from).c_str(), (folder_ / to).c_str()) == 0) return {};
    return fail_errno("rename " + (folder_ / from).string(), errno);
  }

  Result<void> remove(const std::string& name) override {
    const auto path = folder_ / name;
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    if (errno == EISDIR && ::rmdir(path.c_str()) == 0) return {};
    return fail_errno("remove " + path.string(), errno);
  }

  Result<void> sync_folder(const std::string& folder) override { return cordon::sync_folder(folder_ / folder); }

  // syncfs(2) tells of failed writes since Linux 5.8: of those since the folder was opened, so it stays open. One
  // that was opened only now would not learn of a write that failed before and was told to another process.
  Result<void> sync_all() override {
    if (::syncfs(whole_.get()) != 0) return fail_errno("syncfs " + folder_.string(), errno);
    return {};
  }

  Result<void> lock() override {
    if (lock_) return {};
    auto fd = open_file(folder_ / "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!fd) return std::unexpected(fd.error());
    if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return fail_errno("lock " + (folder_ / "lock").string(), errno);
      return fail(ErrorKind::unavailable,
                  std::format("{}: another writer holds this log; stop it first", folder_.string()));
    }
    lock_ = std::move(*fd);
    return {};
  }

 private:
  std::filesystem::path folder_;
  Fd whole_;  // the folder
  Fd lock_;   // flock(2): goes with the process, however it ends
};

}  // namespace

Result<std::shared_ptr<Disk>> open_disk(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return fail(ErrorKind::not_found,
                std::format("{}: no such folder; it should hold an evidence log", folder.string()));
  }
  auto whole = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!whole) return std::unexpected(whole.error());
  return std::make_shared<RealDisk>(folder, std::move(*whole));
}

std::string folder_of(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

Result<std::string> read_all(Disk& disk, const std::string& name, std::size_t limit) {
  auto file = disk.open(name, OpenMode::read);
  if (!file) return std::unexpected(file.error());
  auto content = (*file)->read(0, limit + 1);
  if (content && content->size() > limit) {
    return fail(ErrorKind::corrupt, std::format("{}/{} is longer than {} bytes", disk.name(), name, limit));
  }
  return content;
}

Result<void> replace_file(Disk& disk, const std::string& name, std::string_view content) {
  const auto beside = name + ".new";
  auto file = disk.open(beside, OpenMode::replace);  // one may have been left by a crash
  if (!file) return std::unexpected(file.error());
  auto done = (*file)->write(0, content);
  if (done) done = (*file)->sync();
  if (done) done = disk.rename(beside, name);
  if (done) return disk.sync_folder(folder_of(name));
  if (auto removed = disk.remove(beside); !removed) return removed;
  return done;
}

}  // namespace cordon::journal
