// Pieces of CBOR that the files of this room share.
#pragma once

#include <algorithm>
#include <array>
#include <format>
#include <optional>
#include <string>
#include <vector>

#include "cordon/transparency/merkle.h"
#include "cordon/wire/cbor.h"

namespace cordon::audit {

// Reads the items of one array or fails with the first error; the writer of such code sees only good values.
class CborItems {
 public:
  explicit CborItems(BytesView bytes) : reader_(bytes) {}

  void array_of(std::uint64_t items) {
    const auto count = take(reader_.array());
    if (count != items) refuse("an array has the wrong number of items");
  }
  std::uint64_t array(std::uint64_t most) {
    const auto count = take(reader_.array());
    if (count > most) refuse("an array has too many items");
    return failure_ ? 0 : count;
  }
  std::uint64_t number() { return take(reader_.unsigned_integer()); }
  bool boolean() { return take(reader_.boolean()); }
  std::string text() { return std::string(take(reader_.text())); }
  Bytes bytes() {
    const auto view = take(reader_.bytes());
    return {view.begin(), view.end()};
  }
  template <std::size_t N>
  std::array<std::uint8_t, N> fixed() {
    const auto view = take(reader_.bytes());
    std::array<std::uint8_t, N> value{};
    if (view.size() == N) {
      std::ranges::copy(view, value.begin());
    } else {
      refuse("a byte string has the wrong length");
    }
    return value;
  }
  std::vector<transparency::Hash> hashes() {
    std::vector<transparency::Hash> list;
    for (auto left = array(64); left > 0 && good(); --left) list.push_back(fixed<sizeof(transparency::Hash)>());
    return list;
  }

  void refuse(std::string_view what) {
    if (!failure_) failure_ = Error{ErrorKind::corrupt, std::format("byte {}: {}", reader_.position(), what)};
  }
  bool good() const { return !failure_; }
  // The whole input was read, and nothing was wrong.
  Result<void> finish() {
    if (good() && !reader_.at_end()) refuse("something follows");
    if (failure_) return std::unexpected(*failure_);
    return {};
  }

 private:
  template <class T>
  T take(Result<T> value) {
    if (value && !failure_) return *value;
    if (!failure_) failure_ = value.error();
    return T{};
  }
  wire::CborReader reader_;
  std::optional<Error> failure_;
};

inline void write_hashes(wire::CborWriter& out, const std::vector<transparency::Hash>& hashes) {
  out.array(hashes.size());
  for (const auto& hash : hashes) out.bytes(hash);
}

}  // namespace cordon::audit
