#include "cordon/wire/sbi/body.h"

#include <algorithm>
#include <array>
#include <format>

#include "cordon/wire/message.h"

namespace cordon::wire::sbi {

namespace {

std::unexpected<Error> wrong(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

bool is_json(std::string_view type) { return type == "application/json" || type.ends_with("+json"); }

BodyKind kind_of_json(std::string_view media) {
  if (media == "application/json-patch+json") return BodyKind::json_patch;
  return media == "application/merge-patch+json" ? BodyKind::merge_patch : BodyKind::json;
}

Result<void> read_json(Body& body, const MediaType& type, std::string_view bytes) {
  constexpr std::array<std::string_view, 4> kUtf8 = {"utf-8", "UTF-8", "utf8", "UTF8"};
  if (std::ranges::find(kUtf8, type.parameter("charset").value_or("utf-8")) == kUtf8.end()) {
    return wrong("JSON is UTF-8 (RFC 8259 8.1)");
  }
  if (auto read = body.json.read(bytes); !read) return std::unexpected(within("body", read.error()));
  body.has_json = true;
  body.json_kind = kind_of_json(type.name);
  return {};
}

// TS 29.500 6.2: the root, and only the root, is JSON; the others carry N1 and N2 messages.
Result<void> read_multipart(Body& body, const MediaType& type) {
  body.kind = BodyKind::multipart;
  if (body.bytes.size() > kMaxBody) {
    return wrong(std::format("multipart: {} bytes, {} are allowed", body.bytes.size(), kMaxBody));
  }
  auto parts = parse_multipart(body.bytes, type.parameter("boundary").value_or(""));
  if (!parts) return std::unexpected(parts.error());
  body.parts = std::move(*parts);
  for (const auto& part : body.parts) {
    if (part.content_type.empty()) continue;
    const auto part_type = parse_media_type(part.content_type);
    if (!part_type) return std::unexpected(within("multipart", part_type.error()));
    if (!is_json(part_type->name)) continue;
    if (body.has_json) return wrong("multipart: two JSON parts, readers differ in which of them they take");
    body.json_part = static_cast<std::size_t>(&part - body.parts.data());
    if (auto read = read_json(body, *part_type, part.body); !read) return read;
  }
  return {};
}

}  // namespace

Result<void> read_body(Body& body, const Operation& operation, std::string_view content_type,
                       std::string_view bytes) {
  body.kind = BodyKind::none;
  body.media.clear();
  body.bytes = bytes;
  body.has_json = false;
  body.parts.clear();
  body.json.clear();
  if (bytes.empty()) return {};
  if (content_type.empty()) return wrong("a body without content-type; say what it is");
  if (content_type == "application/json") {  // nearly always
    body.kind = BodyKind::json;
    body.media = content_type;
    return read_json(body, {}, bytes);
  }
  const auto type = parse_media_type(content_type);
  if (!type) return std::unexpected(type.error());
  body.media = type->name;
  if (is_json(type->name)) {
    const auto read = read_json(body, *type, bytes);
    body.kind = body.json_kind;
    return read;
  }
  if (type->name == "multipart/related") return read_multipart(body, *type);
  const bool token_request = operation.service == "nnrf-oauth2";
  body.kind = token_request && type->name == "application/x-www-form-urlencoded" ? BodyKind::form : BodyKind::other;
  return {};
}

}  // namespace cordon::wire::sbi
