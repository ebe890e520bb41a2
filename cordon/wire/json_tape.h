// The tokenizer of all JSON from strangers: one pass over the bytes makes a flat list of tokens, in memory that is
// reused from text to text. The rules are those of json.h, which builds its values from this list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/wire/json.h"

namespace cordon::wire {

enum class JsonKind : std::uint8_t { null, boolean_false, boolean_true, number, string, array, object, name };

// Which rule a text broke.
enum class JsonFault : std::uint8_t { none, syntax, duplicate, depth, leaves, bytes };

struct JsonToken {
  std::uint32_t place;  // byte offset of its first character
  std::uint32_t start;  // of the text of names, strings and numbers: in the source, or where the escapes are undone
  std::uint32_t size;
  std::uint32_t next;   // the token after this one and all it contains
  std::uint32_t count;  // members of an object, items of an array; of a name: its hash
  JsonKind kind;
  bool escaped;  // the text had escapes
};

// The hash of member names; also of the generated tables that look them up.
constexpr std::uint32_t json_name_hash(std::string_view name) {
  std::uint64_t hash = 0x9E3779B97F4A7C15U ^ name.size();
  while (!name.empty()) {
    const auto size = name.size() < 8 ? name.size() : std::size_t{8};
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; ++i) {
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(name[i])) << (8 * i);
    }
    hash = (hash ^ word) * 0xD6E8FEB86659FD93U;
    hash ^= hash >> 32U;
    name.remove_prefix(size);
  }
  return static_cast<std::uint32_t>(hash);
}

// Objects are followed by name, value, name, value, ...; arrays by their items. One thread uses a tape.
class JsonTape {
 public:
  // The text must outlive the use of the tape.
  Result<void> read(std::string_view text, const JsonLimits& limits = {});
  JsonFault fault() const { return fault_; }  // of the last text
  void clear();                               // as if nothing had been read; keeps the memory

  const std::vector<JsonToken>& tokens() const { return tokens_; }
  const JsonToken& operator[](std::size_t at) const { return tokens_[at]; }
  std::string_view text(const JsonToken& token) const {
    return {(token.escaped ? unescaped_.data() : source_.data()) + token.start, token.size};
  }
  // The token of a member's value; 0 when the token at `object` is none or has no such member.
  std::uint32_t find(std::uint32_t object, std::string_view name) const;

 private:
  class Reader;

  std::string_view source_;
  std::vector<JsonToken> tokens_;
  std::string unescaped_;
  std::vector<std::uint32_t> order_;  // scratch for large objects
  JsonFault fault_ = JsonFault::none;
};

}  // namespace cordon::wire
