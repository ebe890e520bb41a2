#include "cordon/evidence/reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "cordon/base/file.h"
#include "cordon/evidence/sealing.h"
#include "cordon/journal/batch.h"
#include "cordon/transparency/note.h"
#include "cordon/transparency/tile.h"
#include "cordon/wire/json.h"

namespace cordon::evidence {

namespace {

using transparency::kTileWidth;

constexpr std::size_t kMostBundleBytes = kTileWidth * (transparency::kMostEntryBytes + 2);
constexpr std::size_t kMostNoteBytes = 64U << 10;
constexpr std::size_t kMostRetentionBytes = 256U << 10;

// How many entries the tiles hold: what the checkpoint says. Before the first one: none.
Result<std::uint64_t> published_size(const journal::LogFolder& folder) {
  const auto path = folder.open_part() / "checkpoint";
  const auto text = read_file(path, kMostNoteBytes);
  if (!text && text.error().kind == ErrorKind::not_found) return 0;
  if (!text) return std::unexpected(text.error());
  const auto note = transparency::parse_note(*text);
  const auto checkpoint = note ? transparency::parse_checkpoint(note->text)
                               : Result<transparency::Checkpoint>(std::unexpected(note.error()));
  if (!checkpoint) return std::unexpected(within(path.string(), checkpoint.error()));
  return checkpoint->size;
}

// The first entry that retention has left there (public/retention.json); nothing declared: 0.
std::uint64_t first_kept(const journal::LogFolder& folder) {
  const auto text = read_file(folder.open_part() / "retention.json", kMostRetentionBytes);
  const auto json = text ? wire::parse_json(*text) : Result<wire::Json>(std::unexpected(text.error()));
  const auto* minimum = json ? json->at("policy/minimum") : nullptr;
  const auto number = minimum ? minimum->integer() : Result<std::int64_t>(0);
  return number && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

// One walk along a log.
class Walk {
 public:
  Walk(const journal::LogFolder& folder, std::uint64_t from, const Records::VisitEntry& visit)
      : folder_(folder), next_(from), visit_(visit) {}

  Result<void> run();
  std::uint64_t next() const { return next_; }

 private:
  struct Bundle {
    std::string bytes;
    unsigned width = 0;
  };

  Result<void> tiles();
  Result<Bundle> bundle(std::uint64_t size) const;
  Result<void> tail();
  Result<void> segment(journal::Disk& disk, const journal::Segment& segment);
  Result<void> visit_all(std::uint64_t first, const std::vector<BytesView>& entries);

  const journal::LogFolder& folder_;
  std::uint64_t next_;
  const Records::VisitEntry& visit_;
  bool stopped_ = false;
  bool behind_ = false;  // the journal's files begin beyond next_: the tiles have grown meanwhile
};

Result<void> Walk::visit_all(std::uint64_t first, const std::vector<BytesView>& entries) {
  for (std::size_t i = 0; i < entries.size() && !stopped_; ++i) {
    if (first + i != next_) continue;  // before the one we want
    stopped_ = !visit_(next_, entries[i]);
    ++next_;
  }
  return {};
}

Result<Walk::Bundle> Walk::bundle(std::uint64_t size) const {
  const auto index = next_ / kTileWidth;
  transparency::Tile tile{.index = index, .entries = true};
  const auto whole = read_file(folder_.open_part() / tile.path(), kMostBundleBytes);
  if (whole) return Bundle{*whole, tile.width};
  tile.width = static_cast<unsigned>(std::min(size - index * kTileWidth, kTileWidth));
  auto part = read_file(folder_.open_part() / tile.path(), kMostBundleBytes);
  if (!part) return std::unexpected(part.error());
  return Bundle{std::move(*part), tile.width};
}

Result<void> Walk::tiles() {
  const auto size = published_size(folder_);
  if (!size) return std::unexpected(size.error());
  while (next_ < *size && !stopped_) {
    const auto read = bundle(*size);
    if (!read) return std::unexpected(read.error());
    const auto entries = transparency::split_bundle(read->bytes, read->width);
    const auto first = next_ / kTileWidth * kTileWidth;
    if (!entries)
      return fail(ErrorKind::corrupt,
                  std::format("{}: entries from {} on: {}", folder_.root.string(), first, entries.error().message));
    if (auto visited = visit_all(first, *entries); !visited) return visited;
  }
  return {};
}

Result<void> Walk::segment(journal::Disk& disk, const journal::Segment& segment) {
  const auto file = disk.open(segment.name(), journal::OpenMode::read);
  if (!file) return std::unexpected(file.error());
  journal::SegmentReader reader(**file);
  while (!stopped_) {
    const auto batch = reader.next();
    if (!batch) return std::unexpected(batch.error());
    if (!*batch) return {};  // its end, or a batch that is being written
    const auto texts = journal::split_payload((*batch)->payload, (*batch)->header.count);
    if (!texts) {
      return fail(ErrorKind::corrupt,
                  std::format("{}/{}: altered near byte {}", disk.name(), segment.name(), reader.offset()));
    }
    std::vector<BytesView> entries;
    for (const auto text : *texts) entries.push_back(as_bytes(text));
    if (auto visited = visit_all((*batch)->header.first, entries); !visited) return visited;
  }
  return {};
}

// What is durable but not in tiles yet.
Result<void> Walk::tail() {
  behind_ = false;
  auto disk = journal::open_disk(folder_.root);
  if (!disk) return std::unexpected(disk.error());
  const auto segments = journal::list_segments(**disk);
  if (!segments) return std::unexpected(segments.error());
  if (segments->empty()) return {};
  auto at = std::ranges::upper_bound(*segments, next_, {}, &journal::Segment::first);
  behind_ = at == segments->begin();
  if (behind_) return {};
  for (--at; at != segments->end() && !stopped_; ++at) {
    if (auto read = segment(**disk, *at); !read) return read;
  }
  return {};
}

Result<void> Walk::run() {
  // A live log moves entries from the journal to tiles while we read: what is in neither now is in the tiles next
  // time.
  constexpr int kTries = 16;
  Result<void> read;
  for (int tries = 0; tries < kTries; ++tries) {
    const auto before = next_;
    read = tiles();
    if (read && !stopped_) read = tail();
    if (stopped_ || (read && !behind_)) return read;
    if (!read && read.error().kind != ErrorKind::not_found) return read;
    if (next_ != before) tries = 0;
  }
  if (!read) return read;
  return fail(ErrorKind::corrupt,
              std::format("{}: entry {} is neither in the tiles nor in the journal", folder_.root.string(), next_));
}

}  // namespace

Result<void> Records::each_entry(std::uint64_t from, const VisitEntry& visit) const {
  return Walk(folder_, std::max(from, first_kept(folder_)), visit).run();
}

Result<Record> Records::read(std::uint64_t index, BytesView entry) const {
  auto record = vault_ ? unseal(entry, *vault_, groups_) : record_of(entry, {});
  if (!record)
    return std::unexpected(within(std::format("{}: record {}", folder_.root.string(), index), record.error()));
  record->sequence = index;
  return record;
}

Result<void> Records::each(std::uint64_t from, const Visit& visit) const {
  Result<void> good;
  const auto walked = each_entry(from, [&](std::uint64_t index, BytesView entry) {
    const auto record = read(index, entry);
    if (!record) good = std::unexpected(record.error());
    return record && visit(index, *record, entry);
  });
  return good ? walked : good;
}

Result<Record> Records::find(std::uint64_t index) const {
  std::optional<Record> found;
  const auto walked = each(index, [&](std::uint64_t at, const Record& record, BytesView) {
    if (at == index) found = record;
    return false;
  });
  if (!walked) return std::unexpected(walked.error());
  if (found) return std::move(*found);
  const auto kept = first_kept(folder_);
  return fail(ErrorKind::not_found, index < kept
                                        ? std::format("{}: record {} was pruned; {} is the first that is kept",
                                                      folder_.root.string(), index, kept)
                                        : std::format("{}: there is no record {}", folder_.root.string(), index));
}

Result<std::uint64_t> Records::size() const {
  const auto published = published_size(folder_);
  if (!published) return published;
  const VisitEntry all = [](std::uint64_t, BytesView) { return true; };
  Walk walk(folder_, *published, all);
  if (auto walked = walk.run(); !walked) return std::unexpected(walked.error());
  return walk.next();
}

Result<bool> Records::recall(SpoolPositions& positions, std::uint64_t from, std::uint64_t to) const {
  std::vector<Record> records;
  Result<void> good;
  const auto walked = each_entry(from, [&](std::uint64_t index, BytesView entry) {
    if (index >= to) return false;
    const auto sealed = vault::parse_entry(entry);
    // Lists of positions stand in the analyst group, marks in the header.
    const bool list = sealed && sealed->kind == vault::EntryKind::spool;
    auto record = unseal(entry, *vault_, {.header = true, .analyst = list, .personal = false});
    if (!record) {
      good = std::unexpected(within(std::format("record {}", index), record.error()));
      return false;
    }
    record->sequence = index;
    if (record->spool || list) records.push_back(std::move(*record));
    return true;
  });
  if (!good) return std::unexpected(good.error());
  if (!walked) return std::unexpected(walked.error());
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    if (!positions.recall(*record)) return false;
  }
  return true;
}

Result<SpoolPositions> Records::spool_positions() const {
  SpoolPositions positions;
  auto end = size();
  if (!end) return std::unexpected(end.error());
  const auto first = first_kept(folder_);
  while (vault_ && *end > first) {
    const auto begin = std::max(first, (*end - 1) / kTileWidth * kTileWidth);
    const auto more = recall(positions, begin, *end);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    *end = begin;
  }
  return positions;
}

}  // namespace cordon::evidence
