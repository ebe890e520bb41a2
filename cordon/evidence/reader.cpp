#include "cordon/evidence/reader.h"

#include <algorithm>

namespace cordon::evidence {

namespace {

constexpr std::size_t kMostFaults = 1000;
constexpr std::uint64_t kProgressEvery = 1U << 16;

// One pass over the whole log.
class Verification {
 public:
  Verification(Disk& disk, const std::function<void(std::uint64_t)>& progress) : disk_(disk), progress_(progress) {}
  Result<VerifyReport> run(const crypto::PublicKey& key);

 private:
  void add(std::vector<Fault> faults);
  Result<void> load(const crypto::PublicKey& key);
  Result<void> read(const Segment& segment, bool last, Inspector& inspector);
  void take(const Line& line, bool last, Inspector& inspector);

  Disk& disk_;
  const std::function<void(std::uint64_t)>& progress_;
  VerifyReport report_;
};

void Verification::add(std::vector<Fault> faults) {
  report_.fault_count += faults.size();
  for (auto& fault : faults) {
    if (report_.faults.size() < kMostFaults) report_.faults.push_back(std::move(fault));
  }
}

Result<void> Verification::load(const crypto::PublicKey& key) {
  auto checkpoint = load_checkpoint(disk_, key);
  if (checkpoint) {
    report_.checkpoint = *checkpoint;
    if (!*checkpoint) add({{disk_.name(), 0, "the checkpoint is missing: a cut-off end could not be noticed"}});
    return {};
  }
  if (checkpoint.error().kind != ErrorKind::corrupt) return std::unexpected(checkpoint.error());
  add({{disk_.name(), 0, checkpoint.error().message}});
  return {};
}

void Verification::take(const Line& line, bool last, Inspector& inspector) {
  if (line.end == LineEnd::end_of_file && last) {
    report_.unfinished = line.text.size();
  } else if (line.end != LineEnd::newline) {
    add({inspector.here(line.number, line.end == LineEnd::too_long ? "altered: the line is too long"
                                                                   : "altered: the segment ends within a line")});
  } else {
    add(inspector.accept(line));
    if (++report_.records % kProgressEvery == 0 && progress_) progress_(report_.records);
  }
}

Result<void> Verification::read(const Segment& segment, bool last, Inspector& inspector) {
  add(inspector.begin(segment));
  auto file = disk_.open(segment.name(), OpenMode::read);
  if (!file) return std::unexpected(file.error());
  Lines lines(**file);
  for (;;) {
    const auto line = lines.next();
    if (!line) return std::unexpected(line.error());
    if (!*line) return {};
    take(**line, last, inspector);
  }
}

Result<VerifyReport> Verification::run(const crypto::PublicKey& key) {
  // The checkpoint first: a running writer may add records meanwhile, never take any away.
  if (auto loaded = load(key); !loaded) return std::unexpected(loaded.error());
  const auto segments = list_segments(disk_);
  if (!segments) return std::unexpected(segments.error());
  report_.first = segments->empty() ? 0 : segments->front().first;
  if (report_.first > 0) add({{disk_.name(), 0, std::format("records 0 to {} are missing", report_.first - 1)}});
  Inspector inspector(disk_.name(), Segment{report_.first}, report_.checkpoint);
  for (const auto& segment : *segments) {
    if (auto done = read(segment, &segment == &segments->back(), inspector); !done)
      return std::unexpected(done.error());
  }
  add(inspector.finish());
  report_.head = inspector.head();
  report_.checkpoint_ok = inspector.checkpoint_met();
  return std::move(report_);
}

}  // namespace

Result<Reader> Reader::open(const std::filesystem::path& folder) {
  auto disk = open_disk(folder);
  if (!disk) return std::unexpected(disk.error());
  return Reader(std::move(*disk));
}

Result<void> Reader::each(std::uint64_t from, const std::function<bool(const Entry&)>& visit) const {
  const auto segments = list_segments(*disk_);
  if (!segments) return std::unexpected(segments.error());
  const auto after = std::ranges::upper_bound(*segments, from, {}, &Segment::first);
  for (auto segment = after == segments->begin() ? after : after - 1; segment != segments->end(); ++segment) {
    auto file = disk_->open(segment->name(), OpenMode::read);
    if (!file) return std::unexpected(file.error());
    Lines lines(**file);
    for (auto line = lines.next();; line = lines.next()) {
      if (!line) return std::unexpected(line.error());
      if (!*line || (*line)->end == LineEnd::end_of_file) break;
      if (segment->first + (*line)->number <= from) continue;  // record n of a segment stands in its line n + 1
      auto place = std::format("{}/{}:{}", disk_->name(), segment->name(), (*line)->number);
      auto record = decode((*line)->text);
      if (!record) return fail(ErrorKind::corrupt, std::format("{}: {}", place, record.error().message));
      if (!visit({std::move(*record), (*line)->text, std::move(place)})) return {};
    }
  }
  return {};
}

Result<Record> Reader::find(std::uint64_t sequence) const {
  std::optional<Record> found;
  const auto read = each(sequence, [&](const Entry& entry) {
    if (entry.record.sequence == sequence) found = entry.record;
    return false;
  });
  if (!read) return std::unexpected(read.error());
  if (found) return *found;
  return fail(ErrorKind::not_found, std::format("{}: there is no record {}", disk_->name(), sequence));
}

Result<VerifyReport> Reader::verify(const crypto::PublicKey& key,
                                    const std::function<void(std::uint64_t records)>& progress) const {
  return Verification(*disk_, progress).run(key);
}

}  // namespace cordon::evidence
