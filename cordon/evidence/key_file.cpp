#include "cordon/evidence/key_file.h"

#include <sys/stat.h>

#include <cerrno>

#include "cordon/base/file.h"

namespace cordon::evidence {

namespace {
constexpr std::size_t kKeyFileLimit = 64U << 10;
constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kOthers = 077;
}  // namespace

Result<std::string> secret_file(const std::filesystem::path& path, const std::function<Result<std::string>()>& make) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    if ((status.st_mode & kOthers) != 0) {
      return fail(ErrorKind::permission,
                  std::format("{}: others than its owner may use it (mode {:03o}): run chmod 600 on it, and consider "
                              "whether the key is still secret",
                              path.string(), status.st_mode & 0777U));
    }
    return read_file(path, kKeyFileLimit);
  }
  if (errno != ENOENT) return fail_errno("stat " + path.string(), errno);
  auto content = make();
  if (!content) return content;
  if (auto written = write_file(path, *content, kOwnerOnly); !written) return std::unexpected(written.error());
  return content;
}

}  // namespace cordon::evidence
