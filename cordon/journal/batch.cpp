#include "cordon/journal/batch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <format>

#include "cordon/journal/crc32c.h"

namespace cordon::journal {

namespace {

constexpr std::string_view kMagic = "cordonW1";
constexpr std::string_view kSegmentPrefix = "wal-";
constexpr std::size_t kSumAt = kBatchHeaderBytes - 4;
constexpr std::size_t kLengthBytes = 2;  // before each entry
constexpr std::size_t kWindow = 1U << 20;

template <class Number>
void put(char* at, Number number) {
  for (std::size_t i = sizeof number; i-- > 0; number = static_cast<Number>(number >> 8)) {
    at[i] = static_cast<char>(number & 0xFFU);
  }
}

template <class Number>
Number get(std::string_view text, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number = static_cast<Number>((number << 8) | static_cast<std::uint8_t>(text[at + i]));
  }
  return number;
}

}  // namespace

void BatchHeader::write(std::span<char, kBatchHeaderBytes> out) const {
  std::ranges::copy(kMagic, out.begin());
  put(&out[8], first);
  put(&out[16], count);
  put(&out[20], bytes);
  put(&out[24], payload_sum);
  std::ranges::copy(as_text(previous), out.begin() + 28);
  put(&out[kSumAt], crc32c({out.data(), kSumAt}));
}

std::optional<BatchHeader> BatchHeader::read(std::string_view text) {
  if (text.size() < kBatchHeaderBytes || !text.starts_with(kMagic)) return std::nullopt;
  if (get<std::uint32_t>(text, kSumAt) != crc32c(text.substr(0, kSumAt))) return std::nullopt;
  BatchHeader header{.first = get<std::uint64_t>(text, 8),
                     .count = get<std::uint32_t>(text, 16),
                     .bytes = get<std::uint32_t>(text, 20),
                     .payload_sum = get<std::uint32_t>(text, 24)};
  std::ranges::copy(as_bytes(text.substr(28, sizeof header.previous)), header.previous.begin());
  // No entry is empty, so that a header cannot promise more entries than its payload could hold.
  if (header.count == 0 || header.bytes > kMostBatchBytes || header.count > header.bytes / (kLengthBytes + 1)) {
    return std::nullopt;
  }
  return header;
}

crypto::Sha256Digest BatchHeader::digest() const {
  std::array<char, kBatchHeaderBytes> text{};
  write(text);
  return crypto::sha256(as_bytes({text.data(), text.size()}));
}

std::optional<std::vector<std::string_view>> split_payload(std::string_view payload, std::uint32_t count) {
  std::vector<std::string_view> entries;
  entries.reserve(std::min<std::size_t>(count, payload.size() / (kLengthBytes + 1)));
  while (payload.size() > kLengthBytes) {
    const auto length = get<std::uint16_t>(payload, 0);
    payload.remove_prefix(kLengthBytes);
    if (length == 0 || length > payload.size()) return std::nullopt;
    entries.push_back(payload.substr(0, length));
    payload.remove_prefix(length);
  }
  if (!payload.empty() || entries.size() != count) return std::nullopt;
  return entries;
}

std::string Segment::name() const { return std::format("{}/{}{:012}", kWalFolder, kSegmentPrefix, first); }

Result<std::vector<Segment>> list_segments(Disk& disk) {
  const auto names = disk.list(std::string(kWalFolder));
  if (!names) return std::unexpected(names.error());
  std::vector<Segment> segments;
  for (const std::string_view name : *names) {
    if (!name.starts_with(kSegmentPrefix)) continue;
    Segment segment;
    const auto digits = name.substr(kSegmentPrefix.size());
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), segment.first);
    if (read.ec == std::errc() && segment.name().ends_with(std::format("/{}", name))) segments.push_back(segment);
  }
  std::ranges::sort(segments, {}, &Segment::first);
  return segments;
}

Result<std::optional<SegmentReader::Batch>> SegmentReader::at(std::uint64_t offset) {
  const auto head = file_.read(offset, kBatchHeaderBytes);
  if (!head) return std::unexpected(head.error());
  const auto header = BatchHeader::read(*head);
  if (!header) return std::nullopt;
  const auto size = file_.size();
  if (!size) return std::unexpected(size.error());
  if (*size - offset - kBatchHeaderBytes < header->bytes) return std::nullopt;  // before memory is asked for
  auto payload = file_.read(offset + kBatchHeaderBytes, header->bytes);
  if (!payload) return std::unexpected(payload.error());
  payload_ = std::move(*payload);
  if (payload_.size() != header->bytes || crc32c(payload_) != header->payload_sum) return std::nullopt;
  return Batch{*header, payload_};
}

Result<std::optional<SegmentReader::Batch>> SegmentReader::next() {
  auto batch = at(offset_);
  if (batch && *batch) offset_ += kBatchHeaderBytes + (*batch)->header.bytes;
  return batch;
}

Result<std::optional<std::uint64_t>> SegmentReader::batch_behind(std::uint64_t at_least_index) {
  std::string window;
  for (auto begin = offset_;; begin += window.size() - kMagic.size() + 1) {
    auto text = file_.read(begin, kWindow);
    if (!text) return std::unexpected(text.error());
    window = std::move(*text);
    for (auto found = window.find(kMagic); found != std::string::npos; found = window.find(kMagic, found + 1)) {
      const auto batch = at(begin + found);
      if (!batch) return std::unexpected(batch.error());
      if (*batch && (*batch)->header.first >= at_least_index) return begin + found;
    }
    if (window.size() < kWindow) return std::nullopt;
  }
}

}  // namespace cordon::journal
