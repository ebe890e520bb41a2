// A strict reader: recursive, its depth bounded, one pass over the bytes, no look-back.
#include <algorithm>
#include <format>
#include <optional>

#include "cordon/base/text.h"
#include "cordon/wire/json.h"
#include "cordon/wire/json_number.h"

namespace cordon::wire {

namespace {

constexpr std::size_t kDeepest = 512;  // whatever the limits say: the stack is finite
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// ASCII that stands for itself inside a string.
bool is_plain(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code >= 0x20 && code < 0x80 && c != '"' && c != '\\';
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// RFC 3629 3
void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string shown(char c) { return std::format("'{}'", printable(std::string_view(&c, 1))); }

class Parser {
 public:
  Parser(std::string_view text, const JsonLimits& limits)
      : text_(text), leaves_left_(limits.leaves), deepest_(std::min(limits.depth, kDeepest)), nul_(limits.nul) {}

  Result<Json> document();

 private:
  Result<Json> value(std::size_t depth);
  Result<Json> object(std::size_t depth);
  Result<Json> array(std::size_t depth);
  Result<Json> word(std::string_view word, Json value);
  Result<Json> number();
  Result<std::string> string();
  Result<void> member(JsonObject& members, std::vector<std::size_t>& places, std::size_t depth);
  Result<void> escape(std::string& out);
  Result<std::uint32_t> code_unit();
  Result<void> unicode_escape(std::string& out, std::size_t start);
  Result<bool> another(char close, std::string_view what);
  Result<void> no_duplicates(const JsonObject& members, const std::vector<std::size_t>& places) const;
  Result<void> count_leaf();

  bool at_end() const { return place_ == text_.size(); }
  char peek() const { return text_[place_]; }  // only when not at_end()
  bool accept(char c) {
    if (at_end() || peek() != c) return false;
    ++place_;
    return true;
  }
  void skip_space() {
    while (!at_end() && (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t')) ++place_;
  }
  std::unexpected<Error> error(std::size_t place, std::string_view what) const {
    return fail(ErrorKind::invalid_input, std::format("byte {}: {}", place, what));
  }
  std::unexpected<Error> unexpected_here(std::string_view wanted) const {
    if (at_end()) return error(place_, std::format("the text ends where {} should be", wanted));
    return error(place_, std::format("{} where {} should be", shown(peek()), wanted));
  }

  std::string_view text_;
  std::size_t place_ = 0;
  std::size_t leaves_left_;
  std::size_t deepest_;
  bool nul_;
};

Result<Json> Parser::document() {
  // RFC 8259 8.1: "Implementations MUST NOT add a byte order mark"
  if (text_.starts_with(kByteOrderMark)) return error(0, "a byte order mark; JSON text has none");
  auto result = value(1);
  if (!result) return result;
  skip_space();
  if (!at_end()) return error(place_, std::format("{} after the end of the value", shown(peek())));
  return result;
}

Result<Json> Parser::value(std::size_t depth) {
  skip_space();
  if (at_end()) return unexpected_here("a value");
  const char first = peek();
  if (first == '{' || first == '[') {
    if (depth > deepest_) return error(place_, std::format("nested deeper than {} levels", deepest_));
    return first == '{' ? object(depth) : array(depth);
  }
  if (auto counted = count_leaf(); !counted) return std::unexpected(counted.error());
  switch (first) {
    case '"':
      return string().transform([](std::string text) { return Json(std::move(text)); });
    case 't':
      return word("true", Json(true));
    case 'f':
      return word("false", Json(false));
    case 'n':
      return word("null", Json());
    default:
      return number();
  }
}

// The bound on memory: scalars and empty containers are leaves, and depth bounds what stands above them.
Result<void> Parser::count_leaf() {
  if (leaves_left_ == 0) return error(place_, "more values than the limit allows");
  --leaves_left_;
  return {};
}

Result<Json> Parser::word(std::string_view word, Json value) {
  if (!text_.substr(place_).starts_with(word)) return unexpected_here("a value");
  place_ += word.size();
  return value;
}

Result<Json> Parser::number() {
  const auto rest = text_.substr(place_);
  const auto text = rest.substr(0, rest.find_first_not_of("+-.0123456789eE"));
  if (text.empty() || text.front() == 'e' || text.front() == 'E') return unexpected_here("a value");
  if (!is_number_text(text)) return error(place_, std::format("'{}' is not a JSON number", printable(text, 40)));
  if (!to_decimal(text)) return error(place_, std::format("number '{}' is out of range", printable(text, 40)));
  place_ += text.size();
  return Json::number(std::string(text));
}

Result<Json> Parser::array(std::size_t depth) {
  JsonArray items;
  ++place_;
  skip_space();
  if (accept(']')) return count_leaf().transform([] { return Json(JsonArray{}); });
  for (;;) {
    auto item = value(depth + 1);
    if (!item) return item;
    items.push_back(std::move(*item));
    const auto more = another(']', "',' or ']'");
    if (!more) return std::unexpected(more.error());
    if (!*more) return Json(std::move(items));
  }
}

Result<Json> Parser::object(std::size_t depth) {
  JsonObject members;
  std::vector<std::size_t> places;
  ++place_;
  skip_space();
  if (accept('}')) return count_leaf().transform([] { return Json(JsonObject{}); });
  for (;;) {
    if (auto read = member(members, places, depth); !read) return std::unexpected(read.error());
    const auto more = another('}', "',' or '}'");
    if (!more) return std::unexpected(more.error());
    if (*more) continue;
    if (auto unique = no_duplicates(members, places); !unique) return std::unexpected(unique.error());
    return Json(std::move(members));
  }
}

Result<void> Parser::member(JsonObject& members, std::vector<std::size_t>& places, std::size_t depth) {
  skip_space();
  if (at_end() || peek() != '"') return unexpected_here("a member name");
  places.push_back(place_);
  auto name = string();
  if (!name) return std::unexpected(name.error());
  skip_space();
  if (!accept(':')) return unexpected_here("':'");
  auto item = value(depth + 1);
  if (!item) return std::unexpected(item.error());
  members.push_back({std::move(*name), std::move(*item)});
  return {};
}

Result<bool> Parser::another(char close, std::string_view what) {
  skip_space();
  if (accept(',')) return true;
  if (accept(close)) return false;
  return unexpected_here(what);
}

// TS 29.501 6.2: a repeated member name is refused, however it is spelt. Sorted, so that thousands of members with
// chosen names cost no more than thousands of others.
Result<void> Parser::no_duplicates(const JsonObject& members, const std::vector<std::size_t>& places) const {
  std::vector<std::size_t> order(members.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto name = [&](std::size_t i) -> std::string_view { return members[i].name; };
  std::ranges::stable_sort(order, {}, name);
  const auto twin = std::ranges::adjacent_find(order, {}, name);
  if (twin == order.end()) return {};
  const auto later = *(twin + 1);
  return error(places[later], std::format("duplicate member '{}'", printable(name(later))));
}

Result<std::string> Parser::string() {
  const auto start = place_++;
  std::string out;
  for (;;) {
    const auto rest = text_.substr(place_);
    const auto plain = std::ranges::find_if_not(rest, is_plain);
    const auto count = static_cast<std::size_t>(plain - rest.begin());
    out.append(rest.substr(0, count));
    place_ += count;
    if (at_end()) return error(start, "a string without its closing quote");
    if (accept('"')) return out;
    if (peek() == '\\') {
      if (auto read = escape(out); !read) return std::unexpected(read.error());
    } else if (static_cast<unsigned char>(peek()) < 0x20) {
      return error(place_, "a control character in a string; write it as an escape");
    } else {
      const auto length = utf8_length(text_.substr(place_));
      if (length == 0) return error(place_, "bytes that are not UTF-8");
      out.append(text_.substr(place_, length));
      place_ += length;
    }
  }
}

Result<void> Parser::escape(std::string& out) {
  const auto start = place_++;
  if (at_end()) return error(start, "a string without its closing quote");
  const char c = text_[place_++];
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (const auto which = kNames.find(c); which != std::string_view::npos) {
    out += kMeanings[which];
    return {};
  }
  if (c == 'u') return unicode_escape(out, start);
  return error(start, std::format("unknown escape \\{}", printable(std::string_view(&c, 1))));
}

Result<std::uint32_t> Parser::code_unit() {
  std::uint32_t unit = 0;
  for (int i = 0; i < 4; ++i, ++place_) {
    const int digit = at_end() ? -1 : hex_value(peek());
    if (digit < 0) return unexpected_here("a hexadecimal digit");
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

Result<void> Parser::unicode_escape(std::string& out, std::size_t start) {
  const auto unit = code_unit();
  if (!unit) return std::unexpected(unit.error());
  // Readers written in C end the text here: policy and network function would see two different strings.
  if (*unit == 0 && !nul_) return error(start, "\\u0000 in a string");
  if (is_low_surrogate(*unit)) return error(start, "a low surrogate without its high surrogate");
  if (!is_high_surrogate(*unit)) {
    append_utf8(out, *unit);
    return {};
  }
  if (!text_.substr(place_).starts_with("\\u")) return error(start, "a high surrogate without its low surrogate");
  place_ += 2;
  const auto low = code_unit();
  if (!low) return std::unexpected(low.error());
  if (!is_low_surrogate(*low)) return error(start, "a high surrogate without its low surrogate");
  append_utf8(out, 0x10000U + ((*unit - 0xD800U) << 10U) + (*low - 0xDC00U));
  return {};
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(ErrorKind::invalid_input,
                std::format("byte {}: {} bytes of JSON, {} are allowed", limits.bytes, text.size(), limits.bytes));
  }
  return Parser(text, limits).document();
}

}  // namespace cordon::wire
