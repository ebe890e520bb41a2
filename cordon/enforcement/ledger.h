// What has been made through this enforcement point, and by whom: contexts, registrations, subscriptions. Everything
// is kept as keyed hashes, so neither memory nor disk names a subscriber or a resource.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cordon/base/clock.h"
#include "cordon/base/file.h"
#include "cordon/base/metrics.h"
#include "cordon/crypto/hmac_key.h"

namespace cordon::enforcement {

enum class Strictness : std::uint8_t { off, observe, block };

struct LedgerRules {
  enum class From : std::uint8_t { instance, set, type };  // whose notifications count as the producer's
  Strictness notifications = Strictness::block;
  From from = From::set;
  std::chrono::seconds learning{900};  // after the very first start, unknown callbacks are observed only
  Strictness state = Strictness::block;
  Strictness unknown = Strictness::observe;  // contexts nobody was seen to make
  std::size_t entries = 200'000;
  std::chrono::seconds life{30 * 86'400};
};

// A name, hashed under this enforcement point's own key.
struct Mark {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const Mark&) const = default;

  // Names made from names: what belongs to both, and the nth thing that belongs to one.
  Mark with(const Mark& other) const {
    Mark out = *this;
    for (std::size_t i = 0; i < bytes.size(); ++i) out.bytes[i] ^= other.bytes[i];
    return out;
  }
  Mark numbered(std::uint8_t n) const {
    Mark out = *this;
    out.bytes[15] = static_cast<std::uint8_t>(out.bytes[15] ^ (n + 1));
    return out;
  }
};

class Ledger {
 public:
  struct Entry {
    Mark owner;              // who made it; for a link, what it leads to
    std::int64_t until = 0;  // seconds since 1970
    std::uint16_t type = 0;  // of the owner, hashed
    std::uint16_t uses = 1;
    std::uint8_t emergency = 0;
  };
  // Every change, also for others who keep the same ledger: the journal is one, sharing between several enforcement
  // points would be another, and take() is its way in.
  struct Change {
    Mark key;
    Entry entry;
    bool removed = false;
  };
  using Share = std::function<void(const Change&)>;

  // folder "": nothing is kept on disk. Reads what an earlier run left; a journal whose end was torn off is good up
  // to there.
  static Result<std::unique_ptr<Ledger>> open(const std::filesystem::path& folder, LedgerRules rules, WallTime now,
                                              Metrics& metrics);

  Mark mark(std::initializer_list<std::string_view> words) const;
  const Entry* find(const Mark& key, WallTime now) const;  // until the next change
  void put(const Mark& key, const Entry& entry);           // left out, and counted, when there is no room
  void erase(const Mark& key);
  void take(const Change& change);  // somebody else's; not shared again
  void flush();                     // to the journal; after answers that taught something
  // For another process with the same key: a change as the journal has it, and back; nothing when it is not.
  std::string sealed(const Change& change) const { return line(change); }
  std::optional<Change> unsealed(std::string_view line) const;
  void share(Share share) { share_ = std::move(share); }

  bool learning(WallTime now) const { return now < learning_until_; }
  bool complete() const { return complete_; }  // nothing has been left out
  std::size_t size() const { return entries_.size(); }
  std::int64_t end_of_life(WallTime now) const;

  const LedgerRules rules;
  Counter &observed, &refused;

 private:
  struct Hash {
    std::size_t operator()(const Mark& mark) const {
      std::size_t out = 0;
      std::memcpy(&out, mark.bytes.data(), sizeof out);
      return out;
    }
  };
  Ledger(std::filesystem::path file, LedgerRules rules, Bytes key, Metrics& metrics);
  Result<void> load(WallTime now);
  Result<void> rewrite();  // the journal, with what counts now
  void sweep(std::int64_t now);
  void apply(const Change& change);
  std::string line(const Change& change) const;
  void write_down(const Change& change);

  std::filesystem::path file_;
  crypto::HmacKey key_;
  std::unordered_map<Mark, Entry, Hash> entries_;
  WallTime learning_until_{};
  bool complete_ = true;
  std::int64_t swept_ = 0;
  Share share_;
  Fd journal_;
  std::string pending_;      // of the journal
  std::size_t written_ = 0;  // lines in it
  Gauge& gauge_;
  Counter& left_out_;
};

}  // namespace cordon::enforcement
