// multipart/related bodies (RFC 2387, TS 29.500 5.2.2): a JSON part and binary NAS or NGAP parts beside it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"

namespace cordon::lab {

struct Part {
  std::string content_id;    // empty: none
  std::string content_type;  // "application/vnd.3gpp.ngap"
  std::string body;
  bool operator==(const Part&) const = default;
};

inline constexpr std::size_t kMaxParts = 16;

bool is_multipart(std::string_view content_type);
// content_type is the message's header, with the boundary in it.
Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body);

std::string new_boundary();
std::string multipart_type(std::string_view boundary);
std::string write_multipart(const std::vector<Part>& parts, std::string_view boundary);

}  // namespace cordon::lab
