// A snapshot from a file or a socket: whatever the bytes are, signed or not, they end in a snapshot or a sentence;
// and an inventory that anybody wrote compiles or is refused with its place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/enforcement/snapshot.h"
#include "cordon/wire/json.h"

namespace {

using namespace cordon;

constexpr WallTime kNow{std::chrono::seconds{1'790'000'000}};

// RFC 8032 7.1, test 1: a key everybody knows (here as RFC 8410 7 writes it).
const crypto::PrivateKey& key() {
  static const auto made = crypto::PrivateKey::from_pem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
      "-----END PRIVATE KEY-----\n");
  if (!made) std::abort();
  return *made;
}

void check(const Result<enforcement::Snapshot>& opened) {
  static const auto known = key().public_key();
  if (!opened) {
    if (opened.error().message.empty()) std::abort();
    return;
  }
  if (opened->expires <= kNow) std::abort();
  // What was accepted can be signed and opened again, and is the same.
  const auto again = enforcement::open_snapshot(enforcement::sign_snapshot(*opened, key()).value(), known, kNow);
  if (!again || again->sequence != opened->sequence || again->policy != opened->policy ||
      again->inventory != opened->inventory) {
    std::abort();
  }
}

std::string signed_form(std::string_view text) {
  wire::Json json{wire::JsonObject{}};
  json.set("snapshot", text).set("signature", to_base64(key().sign(as_bytes(text)).value()));
  return json.dump();
}

void check_inventory(std::string_view text) {
  const enforcement::Snapshot snapshot{.sequence = 1,
                                       .issued = kNow,
                                       .expires = kNow,
                                       .policy_file = "fuzz.cedar",
                                       .policy = "permit (principal, action, resource);",
                                       .inventory_file = "fuzz.yaml",
                                       .inventory = std::string(text)};
  const auto compiled = enforcement::compile(snapshot);
  if (!compiled) {
    if (!compiled.error().message.contains("fuzz.yaml")) std::abort();
    return;
  }
  for (const auto& nf : (*compiled)->inventory.nfs()) {
    if (!(*compiled)->entities.in({"Nf", nf.instance.text()}, {"NfType", nf.type})) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  check(enforcement::open_snapshot(text, key().public_key(), kNow));               // as it comes
  check(enforcement::open_snapshot(signed_form(text), key().public_key(), kNow));  // what only the engine could send
  check_inventory(text);
  return 0;
}
