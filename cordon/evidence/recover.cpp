#include "cordon/evidence/recover.h"

#include <algorithm>

#include "cordon/evidence/inspect.h"

namespace cordon::evidence {

namespace {

std::unexpected<Error> refuse(const Fault& fault) {
  return fail(
      ErrorKind::corrupt,
      fault.text() + "; the log does not start: keep a copy for inspection, then restore it or move it aside");
}

// What a kill or a power cut leaves of lines that were not synced: no line end, or blocks that were never written
// (zeros).
bool looks_torn(const Line& line) { return line.end == LineEnd::end_of_file || line.text.contains('\0'); }

struct Scan {
  std::uint64_t length = 0;  // of whole lines
  bool torn = false;
};

Result<Scan> scan(DiskFile& file, Inspector& inspector, bool last) {
  Lines lines(file);
  Scan out;
  for (;;) {
    const auto line = lines.next();
    if (!line) return std::unexpected(line.error());
    if (!*line) return out;
    if (looks_torn(**line)) {
      if (last && !inspector.before_checkpoint()) return Scan{out.length, true};
      return refuse(
          inspector.here((*line)->number, "altered: the line is torn, but records after it were once complete"));
    }
    if ((*line)->end == LineEnd::too_long)
      return refuse(inspector.here((*line)->number, "altered: the line is too long"));
    if (const auto faults = inspector.accept(**line); !faults.empty()) return refuse(faults.front());
    out.length = (*line)->offset + (*line)->text.size() + 1;
  }
}

// The segment in which reading begins: it holds the last record that the checkpoint signed.
std::size_t first_to_read(const std::vector<Segment>& segments, const std::optional<Checkpoint>& checkpoint) {
  if (!checkpoint || checkpoint->head.size == 0) return 0;
  const auto after = std::ranges::upper_bound(segments, checkpoint->head.size - 1, {}, &Segment::first);
  return static_cast<std::size_t>(after - segments.begin()) - 1;  // segments begin with record 0
}

Result<void> check_start(const Disk& disk, const std::vector<Segment>& segments,
                         const std::optional<Checkpoint>& checkpoint) {
  if (segments.empty()) return {};
  if (segments.front().first != 0) {
    return refuse({disk.name(), 0, std::format("records 0 to {} are missing", segments.front().first - 1)});
  }
  if (!checkpoint) return refuse({disk.name(), 0, "the checkpoint is missing although the log has segments"});
  return {};
}

// What stands behind the whole lines.
Result<std::uint64_t> torn_bytes(DiskFile& file, const Scan& scan) {
  if (!scan.torn) return 0;
  return file.size().transform([&](std::uint64_t size) { return size - scan.length; });
}

}  // namespace

Result<Recovered> recover(Disk& disk, const std::optional<Checkpoint>& checkpoint) {
  const auto segments = list_segments(disk);
  if (!segments) return std::unexpected(segments.error());
  if (auto start = check_start(disk, *segments, checkpoint); !start) return std::unexpected(start.error());
  const auto begin = segments->empty() ? 0 : first_to_read(*segments, checkpoint);
  Inspector inspector(disk.name(), segments->empty() ? Segment{} : (*segments)[begin], checkpoint);
  Recovered out;
  Scan end;
  for (auto i = begin; i < segments->size(); ++i) {
    const auto& segment = (*segments)[i];
    const bool last = i + 1 == segments->size();
    if (const auto faults = inspector.begin(segment); !faults.empty()) return refuse(faults.front());
    auto file = disk.open(segment.name(), last ? OpenMode::write : OpenMode::read);
    if (!file) return std::unexpected(file.error());
    const auto scanned = scan(**file, inspector, last);
    if (!scanned) return std::unexpected(scanned.error());
    end = *scanned;
    out.file = std::move(*file);
    out.segment = segment.name();
  }
  if (const auto faults = inspector.finish(); !faults.empty()) return refuse(faults.front());
  out.head = inspector.head();
  out.length = end.length;
  const auto torn = out.file ? torn_bytes(*out.file, end) : 0;
  if (!torn) return std::unexpected(torn.error());
  out.torn = *torn;
  return out;
}

}  // namespace cordon::evidence
