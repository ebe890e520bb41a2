#include "cordon/evidence/spool_positions.h"

#include <algorithm>
#include <charconv>
#include <format>
#include <optional>

namespace cordon::evidence {

namespace {

// "4711 99 edge1/7f": sequence, record, source.
std::string line_of(const SpoolPositions::Position& position) {
  return std::format("{} {} {}", position.sequence, position.record, position.source);
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr == text.data() + text.size() || *parsed.ptr != ' ') return {};
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()) + 1);
  return number;
}

std::optional<SpoolPositions::Position> position_of(std::string_view line) {
  const auto sequence = take_number(line);
  const auto record = sequence ? take_number(line) : std::nullopt;
  if (!record || line.empty()) return {};
  return SpoolPositions::Position{std::string(line), *sequence, *record};
}

}  // namespace

const SpoolPositions::Position* SpoolPositions::find(std::string_view source) const {
  const auto found = std::ranges::find(positions_, source, &Position::source);
  return found == positions_.end() ? nullptr : &*found;
}

void SpoolPositions::advance(const SpoolMark& mark, std::uint64_t record) {
  const auto found = std::ranges::find(positions_, mark.source, &Position::source);
  if (found != positions_.end()) {
    std::rotate(found, found + 1, positions_.end());  // heard of last
    positions_.back().sequence = mark.sequence;
    positions_.back().record = record;
    return;
  }
  if (positions_.size() == kMostSources) positions_.erase(positions_.begin());
  positions_.push_back({mark.source, mark.sequence, record});
}

Record SpoolPositions::listed() const {
  Record record;
  record.kind = kPositionsKind;
  record.reason = std::format("how far the log has come with {} spools: sequence, record, source", positions_.size());
  for (const auto& position : positions_) record.details.push_back(line_of(position));
  return record;
}

bool SpoolPositions::recall(const Record& record) {
  const auto recall_one = [this](Position position) {
    if (positions_.size() < kMostSources && !find(position.source))
      positions_.insert(positions_.begin(), std::move(position));
  };
  if (record.spool) recall_one({record.spool->source, record.spool->sequence, record.sequence});
  if (record.kind != kPositionsKind) return positions_.size() < kMostSources;
  for (auto line = record.details.rbegin(); line != record.details.rend(); ++line) {
    if (auto position = position_of(*line)) recall_one(std::move(*position));
  }
  return false;
}

}  // namespace cordon::evidence
