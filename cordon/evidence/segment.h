// Segments: the files log-<first sequence>.jsonl of a log, and the lines in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/evidence/disk.h"

namespace cordon::evidence {

struct Segment {
  std::uint64_t first = 0;   // the sequence of its first record
  std::string name() const;  // log-000000000000.jsonl: at least 12 digits, so that names sort as numbers do
};

Result<std::vector<Segment>> list_segments(Disk& disk);  // ascending; other files of the folder are passed over

enum class LineEnd { newline, end_of_file, too_long };

struct Line {
  std::string_view text;     // without its line end; valid until the next call
  std::uint64_t offset = 0;  // of its first byte
  std::uint64_t number = 0;  // from 1, as editors count
  LineEnd end = LineEnd::newline;
};

// Reads a segment line by line. A line over the limit is given in part and ends the reading.
class Lines {
 public:
  explicit Lines(DiskFile& file) : file_(file) {}
  Result<std::optional<Line>> next();  // nothing at the end

 private:
  Result<void> fill();

  DiskFile& file_;
  std::string buffer_;
  std::size_t used_ = 0;    // of buffer_, by lines already given
  std::uint64_t read_ = 0;  // bytes taken from the file
  std::uint64_t number_ = 0;
  bool finished_ = false;
};

}  // namespace cordon::evidence
