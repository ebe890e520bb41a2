#include "cordon/journal/recover.h"

#include <algorithm>
#include <format>
#include <optional>

namespace cordon::journal {

namespace {

constexpr std::string_view kRemedy =
    "the log does not start: keep a copy for inspection, then restore it or move it aside";

std::unexpected<Error> refuse(const std::string& place, const std::string& what) {
  return fail(ErrorKind::corrupt, std::format("{}: {}; {}", place, what, kRemedy));
}

// Follows the batches of one segment after the other.
class Scan {
 public:
  Scan(const Disk& disk, std::uint64_t first, std::uint64_t published) : disk_(disk), published_(published) {
    chain_.next = first;
    if (first == 0) known_ = true;
  }

  // The bytes behind the segment's whole batches; only the last segment may have any.
  Result<std::uint64_t> read(const Segment& segment, DiskFile& file, bool last) {
    if (segment.first != chain_.next) return refuse(place(segment, 0), gap(segment));
    SegmentReader reader(file);
    for (;;) {
      const auto at = reader.offset();
      const auto batch = reader.next();
      if (!batch) return std::unexpected(batch.error());
      if (!*batch) break;
      if (auto accepted = accept(**batch, place(segment, at)); !accepted) return std::unexpected(accepted.error());
    }
    chain_.length = reader.offset();
    return behind(segment, file, reader, last);
  }

  const Chain& chain() const { return chain_; }

 private:
  std::string place(const Segment& segment, std::uint64_t offset) const {
    return std::format("{}/{}, byte {}", disk_.name(), segment.name(), offset);
  }

  std::string gap(const Segment& segment) const {
    if (segment.first < chain_.next) return std::format("altered: entry {} begins it twice", segment.first);
    return std::format("entries {} to {} are missing before it", chain_.next, segment.first - 1);
  }

  Result<void> accept(const SegmentReader::Batch& batch, const std::string& at) {
    if (batch.header.first != chain_.next) {
      return refuse(
          at, std::format("altered: entry {} should stand here, but entry {} does", chain_.next, batch.header.first));
    }
    if (known_ && batch.header.previous != chain_.previous) {
      return refuse(at, "altered: this is not the batch that was written after the one before it");
    }
    if (!split_payload(batch.payload, batch.header.count)) return refuse(at, "altered: the entries are malformed");
    chain_.next += batch.header.count;
    chain_.previous = batch.header.digest();
    known_ = true;
    return {};
  }

  Result<std::uint64_t> behind(const Segment& segment, DiskFile& file, SegmentReader& reader, bool last) const {
    const auto size = file.size();
    if (!size || *size == reader.offset()) return size.transform([](auto) { return std::uint64_t{0}; });
    const auto at = place(segment, reader.offset());
    if (!last) return refuse(at, "altered: the batch is broken, but others were written after it");
    const auto later = reader.batch_behind(chain_.next);
    if (!later) return std::unexpected(later.error());
    if (*later)
      return refuse(at, std::format("altered: the batch is broken, but byte {} begins a whole one", **later));
    if (chain_.next < published_) {
      return refuse(at,
                    std::format("altered: the batch is broken, but its entry {} was published once", chain_.next));
    }
    return *size - reader.offset();
  }

  const Disk& disk_;
  std::uint64_t published_;
  Chain chain_;
  bool known_ = false;  // whether chain_.previous is: before the first batch read it need not be
};

// The segment in which reading begins: it holds the first entry that is not published, or would.
Result<std::size_t> first_to_read(const Disk& disk, const std::vector<Segment>& segments, std::uint64_t published) {
  const auto after = std::ranges::upper_bound(segments, published, {}, &Segment::first);
  if (after != segments.begin()) return static_cast<std::size_t>(after - segments.begin()) - 1;
  return refuse(std::format("{}/{}", disk.name(), kWalFolder),
                std::format("entries {} to {} are missing", published, segments.front().first - 1));
}

}  // namespace

Result<Recovered> recover(Disk& disk, std::uint64_t published) {
  const auto segments = list_segments(disk);
  if (!segments) return std::unexpected(segments.error());
  if (segments->empty() && published == 0) return Recovered{};
  if (segments->empty()) {
    return fail(ErrorKind::corrupt,
                std::format("{0}/{1}: its files are gone, the newest of which is never removed; find out who did it. "
                            "After restoring a backup, begin anew with an empty file {2}",
                            disk.name(), kWalFolder, Segment{published}.name()));
  }
  const auto begin = first_to_read(disk, *segments, published);
  if (!begin) return std::unexpected(begin.error());
  Scan scan(disk, (*segments)[*begin].first, published);
  Recovered out;
  for (auto i = *begin; i < segments->size(); ++i) {
    const bool last = i + 1 == segments->size();
    auto file = disk.open((*segments)[i].name(), last ? OpenMode::write : OpenMode::read);
    if (!file) return std::unexpected(file.error());
    const auto torn = scan.read((*segments)[i], **file, last);
    if (!torn) return std::unexpected(torn.error());
    out.torn = *torn;
    out.file = std::move(*file);
  }
  if (scan.chain().next < published) {
    return refuse(std::format("{}/{}", disk.name(), kWalFolder),
                  std::format("it ends before entry {}, but {} are published", scan.chain().next, published));
  }
  out.chain = scan.chain();
  out.segments = *segments;
  return out;
}

}  // namespace cordon::journal
