// Has a file changed since it was last read?
#pragma once

#include <cstdint>
#include <filesystem>

namespace cordon {

// What the system says of a file. A file that was replaced by renaming another over it has another stamp, even within
// the same tick of the clock; one rewritten in place has, once a tick (4 ms) lies between.
struct FileStamp {
  std::uint64_t inode = 0;
  std::int64_t size = -1;
  std::int64_t changed = 0;  // nanoseconds since 1970 (st_ctim)
  bool operator==(const FileStamp&) const = default;
};

// All files that are not there have the same stamp.
FileStamp stamp_of(const std::filesystem::path& file);

}  // namespace cordon
