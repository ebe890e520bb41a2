#include "cordon/base/file_stamp.h"

#include <sys/stat.h>

namespace cordon {

FileStamp stamp_of(const std::filesystem::path& file) {
  struct stat seen{};
  if (file.empty() || ::stat(file.c_str(), &seen) != 0) return {};
  return {seen.st_ino, seen.st_size, seen.st_ctim.tv_sec * 1'000'000'000 + seen.st_ctim.tv_nsec};
}

}  // namespace cordon
