#include "cordon/vault/document.h"

namespace cordon::vault::document {

namespace {

std::unexpected<Error> missing(std::string_view member, std::string_view what) {
  return fail(ErrorKind::corrupt, std::format("'{}' is no {}", member, what));
}

}  // namespace

Result<std::uint64_t> number(const wire::Json& json, std::string_view member) {
  const auto* value = json.find(member);
  if (value == nullptr) return missing(member, "number");
  const auto integer = value->integer();
  if (!integer || *integer < 0) return missing(member, "number");
  return static_cast<std::uint64_t>(*integer);
}

Result<Bytes> base64(const wire::Json& json, std::string_view member) {
  const auto* value = json.find(member);
  auto bytes = from_base64(value == nullptr ? "?" : value->text("?"));
  if (!bytes) return missing(member, "base64");
  return bytes;
}

Result<Bytes> hex(const wire::Json& json, std::string_view member, std::size_t size) {
  const auto* value = json.find(member);
  auto bytes = from_hex(value == nullptr ? "?" : value->text("?"));
  if (!bytes || bytes->size() != size) return missing(member, std::format("hexadecimal of {} bytes", size));
  return bytes;
}

std::string text(const wire::Json& json, std::string_view member) {
  const auto* value = json.find(member);
  return value == nullptr ? std::string() : std::string(value->text());
}

const wire::JsonArray& array(const wire::Json& json, std::string_view member) {
  static const wire::JsonArray kEmpty;
  const auto* value = json.find(member);
  return value == nullptr ? kEmpty : value->array();
}

}  // namespace cordon::vault::document
