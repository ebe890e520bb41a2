#include "cordon/wire/sbi/media_type.h"

#include <algorithm>
#include <format>

#include "cordon/base/text.h"

namespace cordon::wire::sbi {

namespace {

constexpr std::size_t kMaxMediaType = 512;
constexpr std::size_t kMaxBoundary = 70;  // RFC 2046 5.1.1
constexpr std::size_t kMaxPartHeaders = 4'096;
constexpr std::string_view kLineEnd = "\r\n";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool is_token_character(char c) {  // RFC 9110 5.6.2
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const char small = lower(c);
  return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || kMarks.find(c) != kMarks.npos;
}

std::string_view take_token(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_token_character);
  const auto token = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(token.size());
  return token;
}

bool take(std::string_view& text, std::string_view wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(wanted.size());
  return true;
}

void skip_spaces(std::string_view& text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
}

// RFC 9110 5.6.4, without escapes: nothing in these values needs one.
std::optional<std::string> take_value(std::string_view& text) {
  if (!take(text, "\"")) {
    const auto token = take_token(text);
    return token.empty() ? std::nullopt : std::optional(std::string(token));
  }
  const auto end = text.find('"');
  if (end == text.npos) return std::nullopt;
  const auto value = text.substr(0, end);
  if (std::ranges::any_of(value, [](char c) { return c == '\\' || c < 0x20 || c > 0x7e; })) return std::nullopt;
  text.remove_prefix(end + 1);
  return std::string(value);
}

std::unexpected<Error> wrong(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

std::unexpected<Error> no_media_type(std::string_view text) {
  return wrong(std::format("content-type '{}' is not a media type", printable(text, 60)));
}

bool take_parameter(std::string_view& text, MediaType& type) {
  if (!take(text, ";")) return false;
  skip_spaces(text);
  auto name = lowered(take_token(text));
  if (name.empty() || type.parameter(name) || !take(text, "=")) return false;
  auto value = take_value(text);
  if (!value) return false;
  type.parameters.emplace_back(std::move(name), std::move(*value));
  skip_spaces(text);
  return true;
}

// Header lines of a part up to the empty line, which is taken too.
Result<std::string_view> take_headers(std::string_view& text, std::size_t number) {
  if (take(text, kLineEnd)) return std::string_view{};
  const auto end = text.substr(0, kMaxPartHeaders).find("\r\n\r\n");
  if (end == text.npos) {
    return wrong(
        std::format("multipart: the headers of part {} do not end within {} bytes", number, kMaxPartHeaders));
  }
  const auto headers = text.substr(0, end);
  text.remove_prefix(end + 4);
  return headers;
}

Result<std::string> header_of(std::string_view headers, std::string_view wanted, std::size_t number) {
  std::string found;
  while (!headers.empty()) {
    const auto line = headers.substr(0, headers.find(kLineEnd));
    headers.remove_prefix(std::min(headers.size(), line.size() + kLineEnd.size()));
    auto rest = line;
    const auto name = lowered(take_token(rest));
    if (name.empty() || !take(rest, ":")) {
      return wrong(std::format("multipart: '{}' in part {} is no header line", printable(line, 40), number));
    }
    if (name != wanted) continue;
    if (!found.empty()) {
      const auto what = wanted == "content-type" ? "types" : "ids";
      return wrong(std::format("multipart: part {} has two content {}", number, what));
    }
    found = trim(rest);
  }
  return found;
}

// A part and the delimiter behind it; text starts after the line end of the delimiter before it.
Result<Part> take_part(std::string_view& text, std::string_view delimiter, std::size_t number) {
  const auto headers = take_headers(text, number);
  if (!headers) return std::unexpected(headers.error());
  auto type = header_of(*headers, "content-type", number);
  if (!type) return std::unexpected(type.error());
  auto id = header_of(*headers, "content-id", number);
  if (!id) return std::unexpected(id.error());
  if (id->size() > 2 && id->front() == '<' && id->back() == '>') id = id->substr(1, id->size() - 2);
  const auto end = text.find(delimiter);
  if (end == text.npos) return wrong(std::format("multipart: part {} is not closed by its boundary", number));
  Part part{std::move(*type), std::move(*id), text.substr(0, end)};
  text.remove_prefix(end + delimiter.size());
  return part;
}

}  // namespace

std::optional<std::string_view> MediaType::parameter(std::string_view wanted) const {
  const auto found =
      std::ranges::find(parameters, wanted, [](const auto& each) -> std::string_view { return each.first; });
  if (found == parameters.end()) return std::nullopt;
  return found->second;
}

Result<MediaType> parse_media_type(std::string_view text) {
  if (text.size() > kMaxMediaType) return no_media_type(text);
  auto rest = trim(text);
  const auto type = lowered(take_token(rest));
  const bool slash = take(rest, "/");
  const auto subtype = lowered(take_token(rest));
  if (type.empty() || !slash || subtype.empty()) return no_media_type(text);
  MediaType result{type + "/" + subtype, {}};
  skip_spaces(rest);
  while (!rest.empty()) {
    if (!take_parameter(rest, result)) return no_media_type(text);
  }
  return result;
}

Result<std::vector<Part>> parse_multipart(std::string_view body, std::string_view boundary) {
  if (boundary.empty() || boundary.size() > kMaxBoundary) {
    return wrong(
        std::format("multipart: a boundary of {} bytes, 1 to {} are allowed", boundary.size(), kMaxBoundary));
  }
  const std::string delimiter = std::format("\r\n--{}", boundary);
  if (!take(body, std::string_view(delimiter).substr(kLineEnd.size()))) {
    return wrong("multipart: the body does not start with its boundary");
  }
  std::vector<Part> parts;
  while (take(body, kLineEnd)) {
    if (parts.size() == kMaxParts) return wrong(std::format("multipart: more than {} parts", kMaxParts));
    auto part = take_part(body, delimiter, parts.size() + 1);
    if (!part) return std::unexpected(part.error());
    parts.push_back(std::move(*part));
  }
  if (!take(body, "--")) return wrong("multipart: a boundary is followed by neither a line end nor '--'");
  take(body, kLineEnd);
  if (!body.empty()) return wrong("multipart: bytes after the closing boundary");
  if (parts.empty()) return wrong("multipart: no parts");
  return parts;
}

}  // namespace cordon::wire::sbi
