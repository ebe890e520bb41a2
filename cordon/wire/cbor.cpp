#include "cordon/wire/cbor.h"

#include <algorithm>
#include <limits>

#include "cordon/base/text.h"

namespace cordon::wire {

namespace {

// RFC 8949 3.1: the major types.
constexpr std::uint8_t kUnsigned = 0;
constexpr std::uint8_t kNegative = 1;
constexpr std::uint8_t kBytes = 2;
constexpr std::uint8_t kText = 3;
constexpr std::uint8_t kArray = 4;
constexpr std::uint8_t kMap = 5;
constexpr std::uint8_t kTag = 6;
constexpr std::uint8_t kSimple = 7;

// RFC 8949 3.3: the simple values that exist here.
constexpr std::uint8_t kFalse = 20;
constexpr std::uint8_t kTrue = 21;
constexpr std::uint8_t kNull = 22;

constexpr std::uint8_t kOneByteFollows = 24;
constexpr std::uint8_t kEightBytesFollow = 27;
constexpr std::uint8_t kIndefinite = 31;

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
}

// RFC 8949 4.2.1: the shortest head that holds the argument.
std::size_t needed(std::uint64_t argument) {
  if (argument < kOneByteFollows) return 0;
  if (argument <= 0xff) return 1;
  if (argument <= 0xffff) return 2;
  return argument <= 0xffff'ffff ? 4 : 8;
}

}  // namespace

// === CborWriter

void CborWriter::head(std::uint8_t major, std::uint64_t argument) {
  const auto following = needed(argument);
  const auto kind = static_cast<std::uint8_t>(major << 5U);
  std::array<char, 9> bytes{};
  if (following == 0) {
    bytes[0] = static_cast<char>(kind | argument);
  } else {
    const auto width = following == 1 ? 0U : following == 2 ? 1U : following == 4 ? 2U : 3U;
    bytes[0] = static_cast<char>(kind | (kOneByteFollows + width));
    for (std::size_t i = 0; i < following; ++i) {
      bytes[following - i] = static_cast<char>(static_cast<std::uint8_t>(argument >> (8 * i)));
    }
  }
  out_.append(bytes.data(), following + 1);
}

CborWriter& CborWriter::unsigned_integer(std::uint64_t value) {
  head(kUnsigned, value);
  return *this;
}

CborWriter& CborWriter::integer(std::int64_t value) {
  if (value >= 0) return unsigned_integer(static_cast<std::uint64_t>(value));
  head(kNegative, ~static_cast<std::uint64_t>(value));  // RFC 8949 3.1: -1 minus the value
  return *this;
}

CborWriter& CborWriter::bytes(BytesView value) {
  head(kBytes, value.size());
  out_.append(as_text(value));
  return *this;
}

CborWriter& CborWriter::text(std::string_view value) {
  head(kText, value.size());
  out_.append(value);
  return *this;
}

CborWriter& CborWriter::array(std::uint64_t items) {
  head(kArray, items);
  return *this;
}

CborWriter& CborWriter::map(std::uint64_t pairs) {
  head(kMap, pairs);
  return *this;
}

CborWriter& CborWriter::tag(std::uint64_t number) {
  head(kTag, number);
  return *this;
}

CborWriter& CborWriter::boolean(bool value) {
  head(kSimple, value ? kTrue : kFalse);
  return *this;
}

CborWriter& CborWriter::null() {
  head(kSimple, kNull);
  return *this;
}

// === CborReader

std::unexpected<Error> CborReader::refuse(std::string_view what) const {
  return fail(ErrorKind::invalid_input, std::format("CBOR: byte {}: {}", at_, what));
}

Result<CborReader::Head> CborReader::head() const {
  if (at_end()) return refuse("the input ends where an item should be");
  const std::uint8_t first = bytes_[at_];
  const auto major = static_cast<std::uint8_t>(first >> 5U);
  const auto low = static_cast<std::uint8_t>(first & 0x1fU);
  if (major == kSimple && low != kFalse && low != kTrue && low != kNull) {
    return refuse("neither a float, an undefined nor another simple value may stand here");
  }
  if (low < kOneByteFollows) return Head{major, low, 1};
  if (low == kIndefinite) return refuse("a length must be definite");
  if (low > kEightBytesFollow) return refuse("a reserved head");
  const std::size_t following = 1UZ << (low - kOneByteFollows);
  if (bytes_.size() - at_ - 1 < following) return refuse("the input ends within a head");
  std::uint64_t argument = 0;
  for (const auto byte : bytes_.subspan(at_ + 1, following)) argument = argument << 8U | byte;
  if (needed(argument) != following) return refuse("a head longer than its number needs");
  return Head{major, argument, 1 + following};
}

Result<CborReader::Head> CborReader::head_of(std::uint8_t major, std::string_view name) const {
  auto found = head();
  if (found && found->major != major) return refuse(std::format("not {}", name));
  return found;
}

// Counts an item against the array or map that holds it; those already complete are closed only now, so that depth
// counts a container that is its holder's last item as well.
void CborReader::enter_item() {
  while (depth_ > 0 && left_[depth_ - 1] == 0) --depth_;
  if (depth_ > 0) --left_[depth_ - 1];
}

Result<CborType> CborReader::peek() const {
  const auto found = head();
  if (!found) return std::unexpected(found.error());
  if (found->major == kSimple) return found->argument == kNull ? CborType::null : CborType::boolean;
  constexpr std::array kTypes = {CborType::unsigned_integer,
                                 CborType::negative_integer,
                                 CborType::bytes,
                                 CborType::text,
                                 CborType::array,
                                 CborType::map,
                                 CborType::tag};
  return kTypes.at(found->major);
}

Result<std::uint64_t> CborReader::unsigned_integer() {
  const auto found = head_of(kUnsigned, "an unsigned integer");
  if (!found) return std::unexpected(found.error());
  enter_item();
  at_ += found->size;
  return found->argument;
}

Result<std::int64_t> CborReader::integer() {
  const auto found = head();
  if (!found) return std::unexpected(found.error());
  if (found->major > kNegative) return refuse("not an integer");
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (found->argument > kMost) return refuse("an integer beyond 63 bits");
  enter_item();
  at_ += found->size;
  const auto magnitude = static_cast<std::int64_t>(found->argument);
  return found->major == kUnsigned ? magnitude : -1 - magnitude;
}

Result<BytesView> CborReader::string_of(std::uint8_t major, std::string_view name) {
  const auto found = head_of(major, name);
  if (!found) return std::unexpected(found.error());
  if (found->argument > bytes_.size() - at_ - found->size) return refuse("a string longer than the input");
  const auto content = bytes_.subspan(at_ + found->size, found->argument);
  if (major == kText && !is_ascii(as_text(content)) && !is_utf8(as_text(content))) return refuse("text is not UTF-8");
  enter_item();
  at_ += found->size + content.size();
  return content;
}

Result<BytesView> CborReader::bytes() { return string_of(kBytes, "a byte string"); }

Result<std::string_view> CborReader::text() {
  return string_of(kText, "a text").transform([](BytesView content) { return as_text(content); });
}

Result<std::uint64_t> CborReader::open(std::uint8_t major, std::uint64_t items_each, std::string_view name) {
  const auto found = head_of(major, name);
  if (!found) return std::unexpected(found.error());
  const auto bytes_left = bytes_.size() - at_ - found->size;
  if (found->argument > bytes_left / items_each) return refuse("more items than the input has bytes");
  enter_item();
  if (depth_ == kDeepest) return refuse("more than 32 levels");
  left_[depth_++] = found->argument * items_each;
  at_ += found->size;
  return found->argument;
}

Result<std::uint64_t> CborReader::array() { return open(kArray, 1, "an array"); }
Result<std::uint64_t> CborReader::map() { return open(kMap, 2, "a map"); }

Result<std::uint64_t> CborReader::tag() {
  const auto found = head_of(kTag, "a tag");
  if (!found) return std::unexpected(found.error());
  at_ += found->size;  // not an item by itself: what it marks is
  return found->argument;
}

Result<bool> CborReader::boolean() {
  const auto found = head_of(kSimple, "a boolean");
  if (!found) return std::unexpected(found.error());
  if (found->argument == kNull) return refuse("not a boolean");
  enter_item();
  at_ += found->size;
  return found->argument == kTrue;
}

Result<void> CborReader::null() {
  const auto found = head_of(kSimple, "a null");
  if (!found) return std::unexpected(found.error());
  if (found->argument != kNull) return refuse("not a null");
  enter_item();
  at_ += found->size;
  return {};
}

Result<void> CborReader::skip() {
  std::uint64_t wanted = 1;
  while (wanted > 0) {
    const auto found = head();
    if (!found) return std::unexpected(found.error());
    Result<std::uint64_t> more = 0;
    switch (found->major) {
      case kBytes:
      case kText:
        more = string_of(found->major, "a string").transform([](BytesView) { return std::uint64_t{0}; });
        break;
      case kArray:
        more = array();
        break;
      case kMap:
        more = map().transform([](std::uint64_t pairs) { return 2 * pairs; });
        break;
      case kTag:
        more = tag().transform([](std::uint64_t) { return std::uint64_t{1}; });
        break;
      default:
        enter_item();
        at_ += found->size;
    }
    if (!more) return std::unexpected(more.error());
    wanted += *more - 1;
  }
  return {};
}

}  // namespace cordon::wire
