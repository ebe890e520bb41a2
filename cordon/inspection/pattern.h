// The patterns of the 3GPP schemas: a small part of regular expressions, compiled to a table that reads each byte
// once.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"

namespace cordon::inspection {

// Characters, '.', classes, \d \w \s, groups, '|', '*', '+', '?', {m,n}, '^' and '$'. No back-references, no
// look-around. Searches like ECMA-262: without anchors any part may match. ASCII only; other characters match '.' and
// [^...] byte by byte.
class Pattern {
 public:
  static Result<Pattern> compile(std::string_view expression);
  bool matches(std::string_view text) const;
  std::size_t states() const { return ends_.size(); }

 private:
  friend class PatternTable;
  enum End : std::uint8_t { kNo, kAtEnd, kAlready };  // does the text match in this state?

  std::array<std::uint8_t, 256> class_of_{};  // bytes that no part of the expression tells apart share a class
  std::size_t classes_ = 0;
  std::vector<std::uint16_t> next_;  // state * classes_ + class
  std::vector<End> ends_;
};

}  // namespace cordon::inspection
