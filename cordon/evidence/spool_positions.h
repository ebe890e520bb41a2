// How far the log has come with each spool: what is missing or comes twice is told by the numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/evidence/record.h"

namespace cordon::evidence {

inline constexpr std::size_t kMostSources = 200;  // of spools remembered; the one silent the longest goes first
inline constexpr std::string_view kPositionsKind = "spool-positions";

class SpoolPositions {
 public:
  struct Position {
    std::string source;
    std::uint64_t sequence = 0;  // the newest the log has
    std::uint64_t record = 0;    // where
    bool operator==(const Position&) const = default;
  };

  const Position* find(std::string_view source) const;
  void advance(const SpoolMark& mark, std::uint64_t record);
  const std::vector<Position>& all() const { return positions_; }  // the longest silent first

  // A record of kind "spool-positions" lists all, so that a start need not read further back than the last of them.
  Record listed() const;
  // Takes over what an older record says, where nothing newer is known. Records are given newest first; false once no
  // older one can matter.
  bool recall(const Record& record);

 private:
  std::vector<Position> positions_;
};

}  // namespace cordon::evidence
