// The only way this room touches its files, so that tests can stop the world at every write, sync, rename and
// truncate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"

namespace cordon::journal {

// One open file. Errors of kind no_space mean: the disk, the quota or the size limit of the process is used up.
class DiskFile {
 public:
  virtual ~DiskFile() = default;
  virtual Result<std::string> read(std::uint64_t offset, std::size_t length) = 0;  // shorter only at the end
  virtual Result<void> write(std::uint64_t offset, std::string_view bytes) = 0;  // an error may leave a part written
  virtual Result<void> sync() = 0;                                               // fdatasync: content and length
  // What was written may go to the disk from now on, so that a later sync waits less. Promises nothing.
  virtual void begin_writeback() {}
  virtual Result<void> truncate(std::uint64_t length) = 0;
  virtual Result<std::uint64_t> size() = 0;
  virtual bool still_named() = 0;  // false once the name is gone or leads to another file
};

enum class OpenMode {
  read,
  write,
  create,   // must not exist yet
  replace,  // begins empty, whether it existed or not
};

// The files below one folder. Names are relative to it: "lock", "public/tile/0/000"; "" is the folder itself.
class Disk {
 public:
  virtual ~Disk() = default;
  virtual std::string name() const = 0;  // of the folder, for messages
  virtual Result<std::unique_ptr<DiskFile>> open(const std::string& name, OpenMode mode) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;  // files and folders; missing: none
  virtual Result<void> make_folder(
      const std::string& folder) = 0;  // with those above it; durable, even if it was there
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& name) = 0;         // a file or an empty folder; missing: no error
  virtual Result<void> sync_folder(const std::string& folder) = 0;  // makes the names in it durable
  virtual Result<void> sync_all() = 0;  // everything written and named so far is durable; dear, but one call for many
  virtual Result<void> lock() = 0;      // until this Disk goes, again is no error; unavailable: somebody else has it
};

// The real one. The folder must exist.
Result<std::shared_ptr<Disk>> open_disk(const std::filesystem::path& folder);

std::string folder_of(const std::string& name);  // "public/tile/0" of "public/tile/0/000"; "" at the top

Result<std::string> read_all(Disk& disk, const std::string& name, std::size_t limit);
// Writes beside, syncs, renames over, syncs the folder: the old content or the new, nothing else.
Result<void> replace_file(Disk& disk, const std::string& name, std::string_view content);

}  // namespace cordon::journal
