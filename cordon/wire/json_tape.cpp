// A strict reader: recursive, its depth bounded, one pass over the bytes, no look-back.
#include "cordon/wire/json_tape.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <format>

#include "cordon/base/text.h"
#include "cordon/wire/json_number.h"

namespace cordon::wire {

namespace {

constexpr std::size_t kDeepest = 512;         // whatever the limits say: the stack is finite
constexpr std::size_t kSmallObject = 24;      // members whose names are compared pair by pair
constexpr std::size_t kKeptTokens = 1 << 16;  // what a tape may hold on to
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
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

// ASCII that stands for itself inside a string.
bool is_plain(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code >= 0x20 && code < 0x80 && c != '"' && c != '\\';
}

// How many bytes stand for themselves; eight at a time.
std::size_t plain_prefix(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word; };
  std::size_t at = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; at + 8 <= text.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + at, 8);
      const auto below_space = (word - kOnes * 0x20) & ~word;
      const auto odd =
          (below_space | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\')) | word) & kHighs;
      if (odd != 0) return at + static_cast<std::size_t>(std::countr_zero(odd)) / 8;
    }
  }
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

std::string shown(char c) { return std::format("'{}'", printable(std::string_view(&c, 1))); }

// Without an exponent a number of at most kMaxNumberText characters is in range.
bool in_range(std::string_view number) {
  if (number.size() > kMaxNumberText) return false;
  return number.find_first_of("eE") == number.npos || to_decimal(number).has_value();
}

}  // namespace

class JsonTape::Reader {
 public:
  Reader(JsonTape& tape, const JsonLimits& limits)
      : tape_(tape),
        text_(tape.source_),
        leaves_left_(limits.leaves),
        deepest_(std::min(limits.depth, kDeepest)),
        nul_(limits.nul) {}

  Result<void> document();

 private:
  bool value(std::size_t depth);
  bool object(std::size_t depth);
  bool array(std::size_t depth);
  bool word(std::string_view word, JsonKind kind);
  bool number();
  bool string(JsonKind kind);
  bool escaped_string(std::size_t start);
  bool member(std::size_t depth);
  bool escape(std::string& out);
  bool unicode_escape(std::string& out, std::size_t start);
  std::optional<std::uint32_t> code_unit();
  std::optional<bool> another(char close, std::string_view what);
  bool no_duplicates(std::uint32_t object);
  bool refuse_twin(std::uint32_t one, std::uint32_t other);
  bool count_leaf();

  std::uint32_t push(JsonKind kind) {
    const auto index = static_cast<std::uint32_t>(tape_.tokens_.size());
    tape_.tokens_.push_back({static_cast<std::uint32_t>(place_), 0, 0, index + 1, 0, kind, false});
    return index;
  }
  bool close(std::uint32_t container, std::uint32_t count) {
    tape_.tokens_[container].count = count;
    tape_.tokens_[container].next = static_cast<std::uint32_t>(tape_.tokens_.size());
    return true;
  }
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
  bool error(std::size_t place, std::string_view what, JsonFault fault = JsonFault::syntax) {
    error_ = std::format("byte {}: {}", place, what);
    tape_.fault_ = fault;
    return false;
  }
  bool unexpected_here(std::string_view wanted) {
    if (at_end()) return error(place_, std::format("the text ends where {} should be", wanted));
    return error(place_, std::format("{} where {} should be", shown(peek()), wanted));
  }

  JsonTape& tape_;
  std::string_view text_;
  std::size_t place_ = 0;
  std::size_t leaves_left_;
  std::size_t deepest_;
  bool nul_;
  std::string error_;
};

Result<void> JsonTape::Reader::document() {
  // RFC 8259 8.1: "Implementations MUST NOT add a byte order mark"
  if (text_.starts_with(kByteOrderMark)) {
    error(0, "a byte order mark; JSON text has none");
  } else if (value(1)) {
    skip_space();
    if (at_end()) return {};
    error(place_, std::format("{} after the end of the value", shown(peek())));
  }
  return fail(ErrorKind::invalid_input, std::move(error_));
}

bool JsonTape::Reader::value(std::size_t depth) {
  skip_space();
  if (at_end()) return unexpected_here("a value");
  const char first = peek();
  if (first == '{' || first == '[') {
    if (depth > deepest_) {
      return error(place_, std::format("nested deeper than {} levels", deepest_), JsonFault::depth);
    }
    return first == '{' ? object(depth) : array(depth);
  }
  if (!count_leaf()) return false;
  switch (first) {
    case '"':
      return string(JsonKind::string);
    case 't':
      return word("true", JsonKind::boolean_true);
    case 'f':
      return word("false", JsonKind::boolean_false);
    case 'n':
      return word("null", JsonKind::null);
    default:
      return number();
  }
}

// The bound on memory: scalars and empty containers are leaves, and depth bounds what stands above them.
bool JsonTape::Reader::count_leaf() {
  if (leaves_left_ == 0) return error(place_, "more values than the limit allows", JsonFault::leaves);
  --leaves_left_;
  return true;
}

bool JsonTape::Reader::word(std::string_view word, JsonKind kind) {
  if (!text_.substr(place_).starts_with(word)) return unexpected_here("a value");
  push(kind);
  place_ += word.size();
  return true;
}

bool JsonTape::Reader::number() {
  const auto rest = text_.substr(place_);
  std::size_t size = 0;
  while (size < rest.size() && std::string_view("+-.0123456789eE").find(rest[size]) != rest.npos) ++size;
  const auto text = rest.substr(0, size);
  if (text.empty() || text.front() == 'e' || text.front() == 'E') return unexpected_here("a value");
  if (!is_number_text(text)) return error(place_, std::format("'{}' is not a JSON number", printable(text, 40)));
  if (!in_range(text)) return error(place_, std::format("number '{}' is out of range", printable(text, 40)));
  auto& token = tape_.tokens_[push(JsonKind::number)];
  token.start = token.place;
  token.size = static_cast<std::uint32_t>(size);
  place_ += size;
  return true;
}

bool JsonTape::Reader::array(std::size_t depth) {
  const auto here = push(JsonKind::array);
  ++place_;
  skip_space();
  if (accept(']')) return count_leaf();
  for (std::uint32_t count = 1;; ++count) {
    if (!value(depth + 1)) return false;
    const auto more = another(']', "',' or ']'");
    if (!more) return false;
    if (!*more) return close(here, count);
  }
}

bool JsonTape::Reader::object(std::size_t depth) {
  const auto here = push(JsonKind::object);
  ++place_;
  skip_space();
  if (accept('}')) return count_leaf();
  for (std::uint32_t count = 1;; ++count) {
    if (!member(depth)) return false;
    const auto more = another('}', "',' or '}'");
    if (!more) return false;
    if (!*more) return close(here, count) && no_duplicates(here);
  }
}

bool JsonTape::Reader::member(std::size_t depth) {
  skip_space();
  if (at_end() || peek() != '"') return unexpected_here("a member name");
  const auto name = tape_.tokens_.size();
  if (!string(JsonKind::name)) return false;
  tape_.tokens_[name].count = json_name_hash(tape_.text(tape_.tokens_[name]));
  skip_space();
  if (!accept(':')) return unexpected_here("':'");
  return value(depth + 1);
}

std::optional<bool> JsonTape::Reader::another(char close, std::string_view what) {
  skip_space();
  if (accept(',')) return true;
  if (accept(close)) return false;
  unexpected_here(what);
  return std::nullopt;
}

bool JsonTape::Reader::refuse_twin(std::uint32_t one, std::uint32_t other) {
  const auto& later = tape_.tokens_[std::max(one, other)];
  return error(later.place, std::format("duplicate member '{}'", printable(tape_.text(later))), JsonFault::duplicate);
}

// TS 29.501 6.2: a repeated member name is refused, however it is spelt. Many members are sorted, so that thousands
// with chosen names cost no more than thousands of others.
bool JsonTape::Reader::no_duplicates(std::uint32_t object) {
  const auto& tokens = tape_.tokens_;
  auto& order = tape_.order_;
  order.clear();
  for (auto at = object + 1; at < tokens[object].next; at = tokens[at + 1].next) order.push_back(at);
  if (order.size() <= kSmallObject) {
    for (std::size_t i = 1; i < order.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        const bool alike = tokens[order[i]].count == tokens[order[k]].count;
        if (alike && tape_.text(tokens[order[i]]) == tape_.text(tokens[order[k]])) {
          return refuse_twin(order[i], order[k]);
        }
      }
    }
    return true;
  }
  const auto name = [&](std::uint32_t at) { return tape_.text(tokens[at]); };
  std::ranges::sort(order, [&](std::uint32_t one, std::uint32_t other) {
    const auto left = name(one), right = name(other);
    return left != right ? left < right : one < other;
  });
  const auto twin = std::ranges::adjacent_find(order, {}, name);
  return twin == order.end() || refuse_twin(*twin, *(twin + 1));
}

bool JsonTape::Reader::string(JsonKind kind) {
  const auto index = push(kind);
  const auto start = place_++;
  const auto from = place_;
  for (;;) {
    place_ += plain_prefix(text_.substr(place_));
    if (at_end()) return error(start, "a string without its closing quote");
    if (peek() == '"') break;
    if (peek() == '\\') {
      place_ = from;
      tape_.tokens_[index].escaped = true;
      tape_.tokens_[index].start = static_cast<std::uint32_t>(tape_.unescaped_.size());
      if (!escaped_string(start)) return false;
      auto& token = tape_.tokens_[index];
      token.size = static_cast<std::uint32_t>(tape_.unescaped_.size() - token.start);
      return true;
    }
    if (static_cast<unsigned char>(peek()) < 0x20) {
      return error(place_, "a control character in a string; write it as an escape");
    }
    const auto length = utf8_length(text_.substr(place_));
    if (length == 0) return error(place_, "bytes that are not UTF-8");
    place_ += length;
  }
  auto& token = tape_.tokens_[index];
  token.start = static_cast<std::uint32_t>(from);
  token.size = static_cast<std::uint32_t>(place_ - from);
  ++place_;
  return true;
}

// From after the opening quote: the text with its escapes undone.
bool JsonTape::Reader::escaped_string(std::size_t start) {
  auto& out = tape_.unescaped_;
  for (;;) {
    const auto count = plain_prefix(text_.substr(place_));
    out.append(text_.substr(place_, count));
    place_ += count;
    if (at_end()) return error(start, "a string without its closing quote");
    if (accept('"')) return true;
    if (peek() == '\\') {
      if (!escape(out)) return false;
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

bool JsonTape::Reader::escape(std::string& out) {
  const auto start = place_++;
  if (at_end()) return error(start, "a string without its closing quote");
  const char c = text_[place_++];
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (const auto which = kNames.find(c); which != std::string_view::npos) {
    out += kMeanings[which];
    return true;
  }
  if (c == 'u') return unicode_escape(out, start);
  return error(start, std::format("unknown escape \\{}", printable(std::string_view(&c, 1))));
}

std::optional<std::uint32_t> JsonTape::Reader::code_unit() {
  std::uint32_t unit = 0;
  for (int i = 0; i < 4; ++i, ++place_) {
    const int digit = at_end() ? -1 : hex_value(peek());
    if (digit < 0) {
      unexpected_here("a hexadecimal digit");
      return std::nullopt;
    }
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

bool JsonTape::Reader::unicode_escape(std::string& out, std::size_t start) {
  const auto unit = code_unit();
  if (!unit) return false;
  // Readers written in C end the text here: policy and network function would see two different strings.
  if (*unit == 0 && !nul_) return error(start, "\\u0000 in a string");
  if (is_low_surrogate(*unit)) return error(start, "a low surrogate without its high surrogate");
  if (!is_high_surrogate(*unit)) {
    append_utf8(out, *unit);
    return true;
  }
  if (!text_.substr(place_).starts_with("\\u")) return error(start, "a high surrogate without its low surrogate");
  place_ += 2;
  const auto low = code_unit();
  if (!low) return false;
  if (!is_low_surrogate(*low)) return error(start, "a high surrogate without its low surrogate");
  append_utf8(out, 0x10000U + ((*unit - 0xD800U) << 10U) + (*low - 0xDC00U));
  return true;
}

void JsonTape::clear() {
  source_ = {};
  fault_ = JsonFault::none;
  if (tokens_.capacity() > kKeptTokens) tokens_ = {};
  tokens_.clear();
  unescaped_.clear();
}

Result<void> JsonTape::read(std::string_view text, const JsonLimits& limits) {
  clear();
  source_ = text;
  if (text.size() > limits.bytes || text.size() > UINT32_MAX) {
    fault_ = JsonFault::bytes;
    return fail(ErrorKind::invalid_input,
                std::format("byte {}: {} bytes of JSON, {} are allowed", limits.bytes, text.size(), limits.bytes));
  }
  return Reader(*this, limits).document();
}

std::uint32_t JsonTape::find(std::uint32_t object, std::string_view name) const {
  if (object >= tokens_.size() || tokens_[object].kind != JsonKind::object) return 0;
  const auto hash = json_name_hash(name);
  for (auto at = object + 1; at < tokens_[object].next; at = tokens_[at + 1].next) {
    if (tokens_[at].count == hash && text(tokens_[at]) == name) return at + 1;
  }
  return 0;
}

}  // namespace cordon::wire
