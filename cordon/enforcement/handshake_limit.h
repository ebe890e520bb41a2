// How many handshakes of one address may be under way: each costs a signature and a key exchange before anybody knows
// who asks.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

namespace cordon::enforcement {

// Holds an entry only for addresses with a handshake under way.
class HandshakeLimit {
 public:
  explicit HandshakeLimit(std::size_t most) : most_(most) {}

  bool enter(const std::string& address) {
    auto& count = open_[address];
    if (count >= most_) return false;
    ++count;
    return true;
  }
  void leave(const std::string& address) {
    const auto found = open_.find(address);
    if (found != open_.end() && --found->second == 0) open_.erase(found);
  }
  std::size_t addresses() const { return open_.size(); }

 private:
  std::size_t most_;  // at least 1
  std::unordered_map<std::string, std::size_t> open_;
};

}  // namespace cordon::enforcement
