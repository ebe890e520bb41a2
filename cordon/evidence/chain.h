// The hash chain: every line names its sequence and the SHA-256 of the line before it.
//   {"seq":7,"prev":"<64 hexadecimal digits>","time":...}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cordon/crypto/digest.h"
#include "cordon/evidence/record.h"

namespace cordon::evidence {

// How far a log goes: the number of records and the hash of the last line (zeros before the first).
struct Head {
  std::uint64_t size = 0;
  crypto::Sha256Digest hash{};
  bool operator==(const Head&) const = default;
};

// The line of the record that comes next, without its line end. record.sequence plays no part.
std::string chain_line(const Head& head, const Record& record);

enum class LinkFault {
  malformed,       // the line does not begin and end as a line of the log does
  wrong_sequence,  // it is not the record that should stand here
  wrong_previous,  // the line before is not the one this line was written after
};

// Follows a chain line by line.
class Chain {
 public:
  // Expects record `first` next. The line before record 0 has the hash zero; before any other it is unknown, and the
  // first line's word is taken for it.
  explicit Chain(std::uint64_t first = 0) : head_{first, {}}, anchored_(first == 0) {}
  explicit Chain(const Head& head) : head_(head) {}

  // Goes on after a fault as if the line had been right, so that each fault is told once.
  std::optional<LinkFault> accept(std::string_view line);

  const Head& head() const { return head_; }
  bool anchored() const { return anchored_; }  // whether head().hash is known

 private:
  Head head_;
  bool anchored_ = true;
};

}  // namespace cordon::evidence
