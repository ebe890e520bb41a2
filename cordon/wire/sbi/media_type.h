// The Content-Type header and multipart bodies, as far as Cordon must see into them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/base/result.h"

namespace cordon::wire::sbi {

struct MediaType {
  std::string name;                                             // lower case: "application/json"
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, each once

  std::optional<std::string_view> parameter(std::string_view name) const;
};

Result<MediaType> parse_media_type(std::string_view text);  // RFC 9110 8.3.1

struct Part {
  std::string content_type;  // as written; empty when the part has none
  std::string content_id;    // as written, without < and > (RFC 2045 7); empty when the part has none
  std::string_view body;     // a view into the whole
};

inline constexpr std::size_t kMaxParts = 16;

// RFC 2046 5.1.1, in its plainest form: no preamble, no epilogue, no folded lines. Other readers differ in what they
// skip; what has nothing to skip, all read alike.
Result<std::vector<Part>> parse_multipart(std::string_view body, std::string_view boundary);

}  // namespace cordon::wire::sbi
