// Who is calling a neighbour: certificates it saw, verified again, or names it gives.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cordon/enforcement/sender.h"
#include "cordon/enforcement/tls_set.h"

namespace cordon::neighbours {

// Undoes URL-encoding; nothing when an escape is broken. A certificate that was not encoded comes out as it is.
std::optional<std::string> unescape(std::string_view text);

// Certificates seen before are known by their text, for a minute: then, and when anchors, lists or the inventory
// change, they are verified anew.
class Callers {
 public:
  explicit Callers(std::vector<crypto::Certificate> intermediates) : intermediates_(std::move(intermediates)) {}

  void use(enforcement::TlsSet set);  // server of the set verifies
  void forget() { known_.clear(); }

  // Valid until the next call. Senders point into the inventory.
  const enforcement::Sender& by_certificate(std::string_view escaped, const identity::Inventory& inventory,
                                            WallTime now);

 private:
  struct Known {
    enforcement::Sender sender;
    WallTime until{};
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  enforcement::Sender verified(std::string_view escaped, const identity::Inventory& inventory, WallTime now) const;

  std::vector<crypto::Certificate> intermediates_;
  enforcement::TlsSet trust_;
  std::unordered_map<std::string, Known, Hash, std::equal_to<>> known_;  // by the escaped text
};

// "urn:uuid:<nfInstanceId>", as Envoy names whoever has that URI in its certificate (TS 33.310 6.1.3c). Neither
// chain, DNS name nor NF type are looked at again: that is the neighbour's to do.
enforcement::Sender by_principal(std::string_view principal, const identity::Inventory& inventory);

}  // namespace cordon::neighbours
