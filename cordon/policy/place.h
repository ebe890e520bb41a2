// Places in policy text, and errors that show them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"
#include "cordon/policy/token.h"

namespace cordon::policy {

// Byte offsets to lines and columns, both from 1; columns count characters, not bytes.
class Lines {
 public:
  Lines(std::string_view text, std::string_view file);  // the text must outlive this
  Place place(std::size_t offset) const;
  std::string_view line(std::size_t number) const;  // without its line break

 private:
  std::size_t characters_before(std::size_t offset) const;

  std::string_view text_;
  std::string file_;
  std::vector<std::size_t> starts_;  // of lines
  std::vector<std::size_t> counts_;  // characters before each block of text: a line may be as long as the text
};

std::string to_string(const Place& place);  // "sbi.cedar:3:14"

// "sbi.cedar:3:14: message; hint", then the line, then a caret under the place.
Error locate(const Complaint& complaint, const Lines& lines);

}  // namespace cordon::policy
