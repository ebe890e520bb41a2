// What is wrong with a log, line by line: the writer asks when it starts, the reader when it verifies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cordon/evidence/chain.h"
#include "cordon/evidence/checkpoint.h"
#include "cordon/evidence/segment.h"

namespace cordon::evidence {

struct Fault {
  std::string file;
  std::uint64_t line = 0;  // 0: the file as a whole
  std::string what;
  std::string text() const;  // "evidence/log-000000000000.jsonl:17: altered: ..."
};

// Fed with the segments of a log in order and their whole lines. Each call returns what it found wrong.
class Inspector {
 public:
  Inspector(std::string folder, Segment first, std::optional<Checkpoint> checkpoint);

  std::vector<Fault> begin(const Segment& segment);
  std::vector<Fault> accept(const Line& line);
  std::vector<Fault> finish() const;

  const Head& head() const { return chain_.head(); }
  // Whether the log as far as seen holds what the checkpoint signed.
  bool checkpoint_met() const { return checkpoint_met_; }
  bool before_checkpoint() const { return checkpoint_ && chain_.head().size < checkpoint_->head.size; }
  Fault here(std::uint64_t line, std::string what) const;

 private:
  struct Place {
    std::string file;
    std::uint64_t line = 0;
  };
  Fault link_fault(LinkFault fault, std::uint64_t line) const;

  std::string folder_;
  Chain chain_;
  std::optional<Checkpoint> checkpoint_;
  bool checkpoint_met_;
  std::string file_;  // now being read
  Place previous_;    // of the line before
};

}  // namespace cordon::evidence
