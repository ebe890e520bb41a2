// Files and descriptors enter Cordon here.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"

namespace cordon {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

inline constexpr std::size_t kSmallFile = 16U << 20;

// The whole file, refused when longer than limit bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = kSmallFile);

// Writes beside, syncs, renames over: readers see the old file or the new one. mode as in chmod(2).
Result<void> write_file(const std::filesystem::path& path, std::string_view content, mode_t mode = 0644);

// mkdir -p; the last folder gets mode.
Result<void> make_folder(const std::filesystem::path& path, mode_t mode = 0755);

Result<Fd> open_file(const std::filesystem::path& path, int flags, mode_t mode = 0644);  // adds O_CLOEXEC
Result<void> sync_folder(const std::filesystem::path& path);

}  // namespace cordon
