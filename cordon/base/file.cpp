#include "cordon/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cordon {

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Fd> open_file(const std::filesystem::path& path, int flags, mode_t mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) return fail_errno("open " + path.string(), errno);
  return fd;
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd) return std::unexpected(fd.error());
  std::string content;
  char chunk[16384];
  for (;;) {
    const auto got = ::read(fd->get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read " + path.string(), errno);
    if (got == 0) return content;
    content.append(chunk, static_cast<std::size_t>(got));
    if (content.size() > limit) {
      return fail(ErrorKind::invalid_input, std::format("{} is longer than {} bytes", path.string(), limit));
    }
  }
}

namespace {
Result<void> write_all(int fd, std::string_view content, const std::string& name) {
  while (!content.empty()) {
    const auto put = ::write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno("write " + name, errno);
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}
}  // namespace

namespace {
Result<void> fill_and_rename(int fd, const std::filesystem::path& beside, const std::filesystem::path& path,
                             std::string_view content, mode_t mode) {
  if (auto written = write_all(fd, content, beside.string()); !written) return written;
  if (::fchmod(fd, mode) != 0) return fail_errno("chmod " + beside.string(), errno);
  if (::fsync(fd) != 0) return fail_errno("fsync " + beside.string(), errno);
  if (::rename(beside.c_str(), path.c_str()) != 0) return fail_errno("rename " + beside.string(), errno);
  return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}
}  // namespace

Result<void> write_file(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  const std::filesystem::path beside = path.string() + ".new";
  ::unlink(beside.c_str());  // left by a run that was interrupted
  auto fd = open_file(beside, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!fd) return std::unexpected(fd.error());
  auto done = fill_and_rename(fd->get(), beside, path, content, mode);
  if (!done) ::unlink(beside.c_str());
  return done;
}

Result<void> make_folder(const std::filesystem::path& path, mode_t mode) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error) return fail_errno("mkdir " + path.string(), error.value());
  if (made && ::chmod(path.c_str(), mode) != 0) return fail_errno("chmod " + path.string(), errno);
  return {};
}

Result<void> sync_folder(const std::filesystem::path& path) {
  auto fd = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!fd) return std::unexpected(fd.error());
  if (::fsync(fd->get()) != 0) return fail_errno("fsync " + path.string(), errno);
  return {};
}

}  // namespace cordon
