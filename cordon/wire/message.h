// HTTP messages as Cordon handles them: whole, bounded, header names in lower case.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::wire {

struct Header {
  std::string name;  // lower case, never starting with ':'
  std::string value;
  bool operator==(const Header&) const = default;
};

using Headers = std::vector<Header>;

inline std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &Header::name);
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

struct Request {
  std::string method;
  std::string scheme = "https";
  std::string authority;
  std::string path;  // with the query
  Headers headers;   // in the order received; never contains connection-specific fields
  std::string body;
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;
};

// TS 29.501 6.2: a JSON body is at most 2,000,000 bytes; multipart bodies are held to the same.
inline constexpr std::size_t kMaxBody = 2'000'000;

}  // namespace cordon::wire
