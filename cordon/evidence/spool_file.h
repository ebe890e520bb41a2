// A file of sealed records that wait for the log: what an enforcement point still has when its process dies.
//   "cordon-spool-1\n", 16 bytes of salt, 16-bit length and name of the source; then frames:
//   32-bit length, 64-bit sequence (both little-endian), AES-256-GCM of the record
// The key of a file is derived from the source's key and the salt. Each frame authenticates the frames before it, so
// none can be taken out, exchanged or added without the key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/base/file.h"
#include "cordon/base/result.h"

namespace cordon::evidence {

inline constexpr std::size_t kLongestSpooled = 96U << 10;  // bytes of one record

class SpoolFile {
 public:
  // Must not exist yet. Mode 0600.
  static Result<std::unique_ptr<SpoolFile>> create(const std::filesystem::path& path, BytesView key,
                                                   std::string_view source);
  SpoolFile(std::filesystem::path path, Fd file, Bytes key, std::string header);  // use create()
  ~SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  // With the kernel on return, which survives this process but not the loss of power. An error leaves nothing of the
  // record behind, or says that it could not be removed and takes no more.
  Result<void> put(std::uint64_t sequence, BytesView record);
  std::uint64_t size() const { return size_; }  // bytes
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Fd file_;
  Bytes key_;
  Bytes before_;  // what the next frame authenticates beside itself: the header, then the tag of the frame before
  std::uint64_t size_ = 0;
  bool broken_ = false;
};

struct SpooledRecord {
  std::uint64_t sequence = 0;
  Bytes record;
};

struct SpoolContents {
  std::string source;
  std::vector<SpooledRecord> records;
  std::uint64_t torn = 0;  // bytes of an unfinished frame at the end: its request never took effect
  std::string damage;      // what is wrong, with the place; empty: nothing. Records stand before it
};
// corrupt: no file of this kind, or another key's from its first frame on.
Result<SpoolContents> read_spool_file(const std::filesystem::path& path, BytesView key);

}  // namespace cordon::evidence
