#include "lab/multipart.h"

#include <array>
#include <format>

#include "cordon/base/bytes.h"
#include "cordon/base/random.h"
#include "cordon/base/text.h"

namespace cordon::lab {

namespace {

constexpr std::string_view kLine = "\r\n";

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::unexpected<Error> broken(std::string_view what) {
  return fail(ErrorKind::invalid_input, std::format("multipart body: {}", what));
}

// RFC 2046 5.1.1: at most 70 characters, quoted or not.
Result<std::string> boundary_of(std::string_view content_type) {
  const auto at = lower(content_type).find("boundary=");
  if (at == std::string::npos) return broken("no boundary in content-type");
  auto value = content_type.substr(at + 9);
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    value = value.substr(0, value.find('"'));
  } else {
    value = value.substr(0, value.find_first_of("; "));
  }
  if (value.empty() || value.size() > 70) return broken("a boundary has 1 to 70 characters");
  return std::string(value);
}

void take_header(Part& part, std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const auto name = lower(trim(line.substr(0, colon)));
  const auto value = std::string(trim(line.substr(colon + 1)));
  if (name == "content-id") part.content_id = value;
  if (name == "content-type") part.content_type = value;
}

Result<Part> parse_part(std::string_view text) {
  Part part;
  while (!text.starts_with(kLine)) {
    const auto end = text.find(kLine);
    if (end == std::string_view::npos) return broken("a part without an empty line after its headers");
    take_header(part, text.substr(0, end));
    text.remove_prefix(end + kLine.size());
  }
  part.body = text.substr(kLine.size());
  return part;
}

}  // namespace

bool is_multipart(std::string_view content_type) { return lower(content_type).starts_with("multipart/"); }

Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body) {
  const auto boundary = boundary_of(content_type);
  if (!boundary) return std::unexpected(boundary.error());
  const std::string opening = "--" + *boundary;
  const std::string separator = "\r\n" + opening;
  if (!body.starts_with(opening)) return broken("does not begin with its boundary");
  body.remove_prefix(opening.size());
  std::vector<Part> parts;
  while (!body.starts_with("--")) {
    if (!body.starts_with(kLine)) return broken("a boundary that is not followed by a line end");
    if (parts.size() == kMaxParts) return broken("too many parts");
    body.remove_prefix(kLine.size());
    const auto end = body.find(separator);
    if (end == std::string_view::npos) return broken("the closing boundary is missing");
    auto part = parse_part(body.substr(0, end));
    if (!part) return std::unexpected(part.error());
    parts.push_back(std::move(*part));
    body.remove_prefix(end + separator.size());
  }
  return parts;
}

std::string new_boundary() {
  std::array<std::uint8_t, 16> bytes{};
  fill_random(bytes);
  return "=-" + to_base64(bytes);
}

std::string multipart_type(std::string_view boundary) {
  return std::format("multipart/related; boundary=\"{}\"", boundary);
}

std::string write_multipart(const std::vector<Part>& parts, std::string_view boundary) {
  std::string out;
  for (const auto& part : parts) {
    out += std::format("--{}\r\n", boundary);
    if (!part.content_id.empty()) out += std::format("Content-Id: {}\r\n", part.content_id);
    out += std::format("Content-Type: {}\r\n\r\n", part.content_type);
    out += part.body;
    out += kLine;
  }
  return out + std::format("--{}--\r\n", boundary);
}

}  // namespace cordon::lab
