// A file of sealed records that wait for the log: what an enforcement point still has when its process dies.
//   "cordon-spool-1\n", 16 bytes of salt, 16-bit length and name of the source; then frames:
//   32-bit length, 64-bit sequence (both little-endian), AES-256-GCM of the record
// and zeros up to the end when the process died: the file is made at its full length and mapped, so that a record is
// copied into it and no more. Its length is written last: a frame without one never counted.
// The key of a file is derived from the source's key and the salt. Each frame authenticates the frames before it, so
// none can be taken out, exchanged or added without the key.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/base/file.h"
#include "cordon/base/result.h"
#include "cordon/crypto/aead.h"

namespace cordon::evidence {

inline constexpr std::size_t kLongestSpooled = 96U << 10;  // bytes of one record

class SpoolFile {
 public:
  // Must not exist yet. Mode 0600. All its room is the disk's from now on; no_space: there is none.
  static Result<std::unique_ptr<SpoolFile>> create(const std::filesystem::path& path, BytesView key,
                                                   std::string_view source, std::size_t room);
  ~SpoolFile();  // cut to what is in it
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  bool fits(std::size_t record) const { return record <= room_.size() - std::min(room_.size(), size_ + kFrameBytes); }
  // With the kernel on return, which survives this process but not the loss of power. An error leaves nothing of the
  // record behind. no_space: it does not fit.
  Result<void> put(std::uint64_t sequence, BytesView record);
  std::uint64_t size() const { return size_; }  // bytes
  const std::filesystem::path& path() const { return path_; }

  static constexpr std::size_t kFrameBytes = 12 + crypto::kAeadTagSize;  // beside the record

 private:
  SpoolFile(std::filesystem::path path, Fd file, std::span<std::uint8_t> room, BytesView key,
            std::string_view header);

  std::filesystem::path path_;
  Fd file_;
  std::span<std::uint8_t> room_;  // the mapped file
  crypto::Sealer sealer_;
  Bytes before_;  // what the next frame authenticates beside itself: the header, then the tag of the frame before
  std::size_t size_ = 0;
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
