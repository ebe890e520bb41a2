// CBOR (RFC 8949), as much as records and COSE receipts need: integers, byte and text strings, arrays, maps, tags,
// false, true, null. Written in the preferred, definite-length form; read strictly.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"

namespace cordon::wire {

// Appends to a text the caller owns and reuses: no allocation once that has grown.
class CborWriter {
 public:
  explicit CborWriter(std::string& out) : out_(out) {}
  CborWriter& unsigned_integer(std::uint64_t value);
  CborWriter& integer(std::int64_t value);
  CborWriter& bytes(BytesView value);
  CborWriter& text(std::string_view value);
  CborWriter& array(std::uint64_t items);  // its items follow
  CborWriter& map(std::uint64_t pairs);    // key, value, key, value... follow, keys in the caller's (ascending) order
  CborWriter& tag(std::uint64_t number);
  CborWriter& boolean(bool value);
  CborWriter& null();

 private:
  void head(std::uint8_t major, std::uint64_t argument);
  std::string& out_;
};

enum class CborType { unsigned_integer, negative_integer, bytes, text, array, map, tag, boolean, null };

// Pulls one item after the other. Refuses indefinite lengths, longer heads than needed, floats, invalid UTF-8 and
// more than 32 levels; every error says at which byte.
class CborReader {
 public:
  explicit CborReader(BytesView bytes) : bytes_(bytes) {}
  Result<CborType> peek() const;
  Result<std::uint64_t> unsigned_integer();
  Result<std::int64_t> integer();
  Result<BytesView> bytes();  // into the input
  Result<std::string_view> text();
  Result<std::uint64_t> array();  // number of items; never more than there are bytes left
  Result<std::uint64_t> map();    // number of pairs; the same
  Result<std::uint64_t> tag();
  Result<bool> boolean();
  Result<void> null();
  Result<void> skip();  // one item, whole: what a reader does with keys it does not know
  std::size_t position() const { return at_; }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  struct Head {
    std::uint8_t major = 0;
    std::uint64_t argument = 0;
    std::size_t size = 0;  // bytes of the head itself
  };
  static constexpr std::size_t kDeepest = 32;

  Result<Head> head() const;
  Result<Head> head_of(std::uint8_t major, std::string_view name) const;
  Result<BytesView> string_of(std::uint8_t major, std::string_view name);
  Result<std::uint64_t> open(std::uint8_t major, std::uint64_t items_each, std::string_view name);
  void enter_item();
  std::unexpected<Error> refuse(std::string_view what) const;

  BytesView bytes_;
  std::size_t at_ = 0;
  // Invariant: left_[0, depth_) are the items still to come of the arrays and maps that are open, outermost first.
  std::array<std::uint64_t, kDeepest> left_{};
  std::size_t depth_ = 0;
};

}  // namespace cordon::wire
