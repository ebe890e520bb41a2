// Whether files have changed, asked twice a second: a bundle may have 64 MiB, so a file that was left alone is not
// read again.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cordon::administrator {

class SourceWatch {
 public:
  explicit SourceWatch(const std::vector<std::filesystem::path>& files);

  // Differs when the content of a file does, or what hinders its reading.
  std::string fingerprint();

 private:
  // What the system says of a file. The same stamp means the same content, once the file's last change is so long ago
  // that another one would have got another time.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed = 0;  // nanoseconds
    bool operator==(const Stamp&) const = default;
  };
  struct File {
    std::filesystem::path path;
    Stamp stamp;
    std::string seen;  // its digest, or why it has none; empty: look
  };

  static void look(File& file);
  std::vector<File> files_;
};

}  // namespace cordon::administrator
