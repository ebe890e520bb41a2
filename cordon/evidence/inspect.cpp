#include "cordon/evidence/inspect.h"

namespace cordon::evidence {

std::string Fault::text() const {
  return line == 0 ? std::format("{}: {}", file, what) : std::format("{}:{}: {}", file, line, what);
}

Inspector::Inspector(std::string folder, Segment first, std::optional<Checkpoint> checkpoint)
    : folder_(std::move(folder)),
      chain_(first.first),
      checkpoint_(std::move(checkpoint)),
      checkpoint_met_(checkpoint_ && checkpoint_->head == Head{}) {}

Fault Inspector::here(std::uint64_t line, std::string what) const { return {file_, line, std::move(what)}; }

std::vector<Fault> Inspector::begin(const Segment& segment) {
  file_ = std::format("{}/{}", folder_, segment.name());
  if (segment.first == chain_.head().size) return {};
  auto fault =
      here(0, std::format("begins with record {}, but the segment before ends with {}: a segment is missing, or the "
                          "one before was cut",
                          segment.first, static_cast<std::int64_t>(chain_.head().size) - 1));
  chain_ = Chain(segment.first);
  return {fault};
}

Fault Inspector::link_fault(LinkFault fault, std::uint64_t line) const {
  const auto expected = chain_.head().size;
  switch (fault) {
    case LinkFault::malformed:
      return here(line, std::format("altered: this is no line of the log (record {} expected)", expected));
    case LinkFault::wrong_sequence:
      return here(line, std::format("altered: this is not record {}: lines were removed, added or moved", expected));
    case LinkFault::wrong_previous:
      break;
  }
  return {previous_.file, previous_.line,
          std::format("altered: this is not the record {} that record {} was written after", expected - 1, expected)};
}

std::vector<Fault> Inspector::accept(const Line& line) {
  std::vector<Fault> faults;
  auto next = chain_;
  if (const auto fault = next.accept(line.text)) faults.push_back(link_fault(*fault, line.number));
  chain_ = next;
  previous_ = {file_, line.number};
  if (checkpoint_ && chain_.head().size == checkpoint_->head.size) {
    checkpoint_met_ = chain_.head() == checkpoint_->head;
    if (!checkpoint_met_)
      faults.push_back(here(line.number, "altered: this is not the line that the checkpoint signed"));
  }
  return faults;
}

std::vector<Fault> Inspector::finish() const {
  if (!before_checkpoint()) return {};
  return {{file_.empty() ? folder_ : file_, 0,
           std::format(
               "the log is shorter than its checkpoint: {} records are here, {} were signed: the end was cut off; "
               "restore it from a copy",
               chain_.head().size, checkpoint_->head.size)}};
}

}  // namespace cordon::evidence
