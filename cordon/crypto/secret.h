// Bytes nobody may find again: wiped when they go, and kept out of swap where the system allows it.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "cordon/base/bytes.h"
#include "cordon/base/random.h"

namespace cordon::crypto {

// Owns its bytes. Copies are made only by name (copy()), so that each is seen in the code.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size) : bytes_(size) { lock(); }
  explicit Secret(Bytes&& bytes) noexcept : bytes_(std::move(bytes)) { lock(); }
  Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Secret& operator=(Secret&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(bytes_); }

  static Secret random(std::size_t size) {
    Secret out(size);
    fill_random(out.bytes_);
    return out;
  }
  static Secret of(BytesView bytes) { return Secret(Bytes(bytes.begin(), bytes.end())); }
  static Secret of(std::string_view text) { return of(as_bytes(text)); }

  Secret copy() const { return of(view()); }
  BytesView view() const { return bytes_; }
  std::string_view text() const { return as_text(bytes_); }
  std::span<std::uint8_t> bytes() { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  explicit operator BytesView() const { return bytes_; }

 private:
  // Not in swap, not in core files. Best effort: RLIMIT_MEMLOCK may be small. Never unlocked, for other secrets may
  // share the page.
  void lock() {
    if (bytes_.empty()) return;
    static_cast<void>(::mlock(bytes_.data(), bytes_.size()));
    constexpr std::uintptr_t kPage = 4096;
    const auto first = reinterpret_cast<std::uintptr_t>(bytes_.data());  // an address, to find its page
    const auto start = first & ~(kPage - 1);
    static_cast<void>(::madvise(reinterpret_cast<void*>(start), first + bytes_.size() - start, MADV_DONTDUMP));
  }
  Bytes bytes_;
};

// Wipes a text (a passphrase, a PEM) that had to be a std::string.
inline void wipe_text(std::string& text) {
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});  // char and unsigned char may alias
  text.clear();
}

}  // namespace cordon::crypto
