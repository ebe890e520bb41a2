#include "cordon/base/ids.h"

#include "cordon/base/bytes.h"
#include "cordon/base/random.h"

namespace cordon {

namespace {
constexpr bool dash_at(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }
}  // namespace

Result<Uuid> Uuid::parse(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorKind::invalid_input, std::format("'{}' is not a UUID (8-4-4-4-12 hexadecimal digits)", text));
  };
  if (text.size() != 36) return refuse();
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (dash_at(i) != (text[i] == '-')) return refuse();
    if (!dash_at(i)) digits += text[i];
  }
  const auto bytes = from_hex(digits);
  if (!bytes) return refuse();
  Uuid uuid;
  std::copy(bytes->begin(), bytes->end(), uuid.bytes_.begin());
  return uuid;
}

Uuid Uuid::random() {
  Uuid uuid;
  fill_random(uuid.bytes_);
  uuid.bytes_[6] = static_cast<std::uint8_t>((uuid.bytes_[6] & 0x0f) | 0x40);  // RFC 9562 5.4: version 4
  uuid.bytes_[8] = static_cast<std::uint8_t>((uuid.bytes_[8] & 0x3f) | 0x80);  // RFC 9562 4.1: variant 10
  return uuid;
}

std::string Uuid::text() const {
  std::string out = to_hex(bytes_);
  for (const std::size_t at : {8UZ, 13UZ, 18UZ, 23UZ}) out.insert(at, 1, '-');
  return out;
}

}  // namespace cordon
