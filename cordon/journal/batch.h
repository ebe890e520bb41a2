// What stands in the write-ahead files. One batch is what one append() wrote:
//   header, 64 bytes, numbers big-endian:
//     "cordonW1"  first index (8)  entries (4)  payload bytes (4)  CRC-32C of the payload (4)
//     SHA-256 of the header of the batch before (32; zeros where there is none)  CRC-32C of the header so far (4)
//   payload: the entries as in a bundle of tlog-tiles: length (2), bytes
// A header and a payload that fit their sums were written as they stand; that they are the ones which belong here is
// told by the index and by the chain through the headers.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/crypto/digest.h"
#include "cordon/journal/disk.h"

namespace cordon::journal {

inline constexpr std::size_t kBatchHeaderBytes = 64;
inline constexpr std::size_t kMostBatchBytes = 64U << 20;  // of a payload

struct BatchHeader {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t bytes = 0;
  std::uint32_t payload_sum = 0;
  crypto::Sha256Digest previous{};

  void write(std::span<char, kBatchHeaderBytes> out) const;
  static std::optional<BatchHeader> read(std::string_view text);  // nothing: not a header, or not as it was written
  crypto::Sha256Digest digest() const;                            // what the next batch names as `previous`
};

// Where writing goes on: the index of the next entry and the digest of the last batch's header.
struct Chain {
  std::uint64_t next = 0;
  crypto::Sha256Digest previous{};
  std::uint64_t length = 0;  // of the segment up to here
};

// The entries of a payload whose sum fits; nothing when it is no run of `count` entries.
std::optional<std::vector<std::string_view>> split_payload(std::string_view payload, std::uint32_t count);

struct Segment {
  std::uint64_t first = 0;   // index of its first entry
  std::string name() const;  // "wal/wal-000000000000": at least 12 digits, so that names sort as numbers do
};
inline constexpr std::string_view kWalFolder = "wal";
Result<std::vector<Segment>> list_segments(Disk& disk);  // ascending; other files are passed over

// Reads a segment batch by batch. Stops for good at the first that is not whole.
class SegmentReader {
 public:
  explicit SegmentReader(DiskFile& file) : file_(file) {}

  struct Batch {
    BatchHeader header;
    std::string_view payload;  // valid until the next call
  };
  Result<std::optional<Batch>> next();              // nothing: the end, or bytes that are no whole batch
  std::uint64_t offset() const { return offset_; }  // behind the last whole batch

  // Whether a whole batch stands anywhere behind offset(): then a crash cannot be what broke the one before it.
  Result<std::optional<std::uint64_t>> batch_behind(std::uint64_t at_least_index);

 private:
  Result<std::optional<Batch>> at(std::uint64_t offset);

  DiskFile& file_;
  std::uint64_t offset_ = 0;
  std::string payload_;
};

}  // namespace cordon::journal
