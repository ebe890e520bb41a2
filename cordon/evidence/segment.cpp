#include "cordon/evidence/segment.h"

#include <algorithm>
#include <charconv>

#include "cordon/evidence/record_json.h"

namespace cordon::evidence {

namespace {

constexpr std::string_view kBegin = "log-";
constexpr std::string_view kEnd = ".jsonl";
constexpr std::size_t kChunk = 256U << 10;

std::optional<Segment> segment_of(std::string_view name) {
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd) || name.size() <= kBegin.size() + kEnd.size()) return {};
  const auto digits = name.substr(kBegin.size(), name.size() - kBegin.size() - kEnd.size());
  Segment segment;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), segment.first);
  if (parsed.ec != std::errc{} || segment.name() != name) return {};
  return segment;
}

}  // namespace

std::string Segment::name() const { return std::format("{}{:012}{}", kBegin, first, kEnd); }

Result<std::vector<Segment>> list_segments(Disk& disk) {
  const auto names = disk.list();
  if (!names) return std::unexpected(names.error());
  std::vector<Segment> segments;
  for (const auto& name : *names) {
    if (auto segment = segment_of(name)) segments.push_back(*segment);
  }
  std::ranges::sort(segments, {}, &Segment::first);
  return segments;
}

Result<void> Lines::fill() {
  buffer_.erase(0, used_);
  used_ = 0;
  auto more = file_.read(read_, kChunk);
  if (!more) return std::unexpected(more.error());
  finished_ = more->size() < kChunk;
  read_ += more->size();
  buffer_ += *more;
  return {};
}

Result<std::optional<Line>> Lines::next() {
  auto newline = buffer_.find('\n', used_);
  while (newline == buffer_.npos && !finished_ && buffer_.size() - used_ <= kLineLimit) {
    if (auto filled = fill(); !filled) return std::unexpected(filled.error());
    newline = buffer_.find('\n', used_);
  }
  if (used_ == buffer_.size()) return std::nullopt;
  const auto length = std::min(newline, buffer_.size()) - used_;
  Line line{std::string_view(buffer_).substr(used_, std::min(length, kLineLimit)), read_ - (buffer_.size() - used_),
            ++number_, newline == buffer_.npos ? LineEnd::end_of_file : LineEnd::newline};
  if (length >= kLineLimit) line.end = LineEnd::too_long;
  const bool last = line.end != LineEnd::newline;
  used_ = last ? buffer_.size() : newline + 1;
  finished_ = finished_ || last;
  return line;
}

}  // namespace cordon::evidence
