// Revocation lists from files and OCSP responses from peers: read, asked, and never believed without a signature.
#include <cstdint>
#include <cstdlib>

#include "cordon/crypto/crl.h"
#include "cordon/crypto/ocsp.h"

namespace {

using cordon::crypto::Certificate;

// Made for this target by 'openssl req' and 'openssl x509'; the corpus holds what their authority said of the leaf.
constexpr const char* kIssuer =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBiTCCAS+gAwIBAgIUEY91VPTh2YigIyuM/IIJGFITe3gwCgYIKoZIzj0EAwIw\n"
    "GTEXMBUGA1UEAwwORnV6eiBhdXRob3JpdHkwIBcNMjYxMTIxMTUzMjM4WhgPMjEy\n"
    "NjEwMjgxNTMyMzhaMBkxFzAVBgNVBAMMDkZ1enogYXV0aG9yaXR5MFkwEwYHKoZI\n"
    "zj0CAQYIKoZIzj0DAQcDQgAENmIKUUuG8YEp32VCNYgvPdXWBP3Ifn1l9rl0XDd3\n"
    "hDp9mJYFtQHS3OQ+AGEi8BbxU6a91pXVrjLFGQsSzInoQqNTMFEwHQYDVR0OBBYE\n"
    "FOaJJRimtelU0js+b1N9EJL7mulTMB8GA1UdIwQYMBaAFOaJJRimtelU0js+b1N9\n"
    "EJL7mulTMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAKe+VvmL\n"
    "iItvf+yFaUhxfr1z9Zrg8eCEKray8DD08TRTAiBh6vpyAqdKmOLo31LvATI11XA/\n"
    "pZmLGTlZAcXEKAMPdA==\n"
    "-----END CERTIFICATE-----\n";
constexpr const char* kLeaf =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdjCCARygAwIBAgIUXpzhEaI7JfQXEMVrjw2B99ot3U0wCgYIKoZIzj0EAwIw\n"
    "GTEXMBUGA1UEAwwORnV6eiBhdXRob3JpdHkwIBcNMjYxMTIxMTUzMjM4WhgPMjEy\n"
    "NjEwMjgxNTMyMzhaMBcxFTATBgNVBAMMDGZ1enouZXhhbXBsZTBZMBMGByqGSM49\n"
    "AgEGCCqGSM49AwEHA0IABKRdAtd59bzSyYzcPfieWi5WohMmFZk/vZe3Hk5aJ1qN\n"
    "HI8RXiW8AMwJ0Of+0VikgREMPeL+LsbUWs1N4KJSIRKjQjBAMB0GA1UdDgQWBBTJ\n"
    "dKFGRUq46plvgXGZqL7BppIxxjAfBgNVHSMEGDAWgBTmiSUYprXpVNI7Pm9TfRCS\n"
    "+5rpUzAKBggqhkjOPQQDAgNIADBFAiAf/AkyxBIvN83EXMRQh4gHuGY6xkISneQ6\n"
    "q6tG0voPWgIhAOaqVNo1gv+SQvRkq317c4aCZKjUjIMD5hksvRBCQoZp\n"
    "-----END CERTIFICATE-----\n";

void read_list(std::string_view text, const Certificate& leaf, const Certificate& issuer) {
  const auto lists = cordon::crypto::RevocationList::from_text(text);
  if (!lists) return;
  if (lists->empty()) std::abort();
  for (const auto& list : *lists) {
    for (const char c : list.issuer()) {
      if (c < ' ' || c == '\x7f') std::abort();  // it goes into log lines
    }
    (void)list.fresh(list.this_update());
    if (list.lists(leaf) && !list.is_for(leaf)) std::abort();
    (void)list.signed_by(issuer);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kTheIssuer = Certificate::from_pem(kIssuer).value();
  static const auto kTheLeaf = Certificate::from_pem(kLeaf).value();
  read_list({reinterpret_cast<const char*>(data), size}, kTheLeaf, kTheIssuer);
  const auto now = kTheLeaf.not_before() + std::chrono::hours(24);
  const auto staple = cordon::crypto::check_staple({data, size}, kTheLeaf, kTheIssuer, now);
  // What is believed is also readable, and holds at that moment.
  if (staple && (*staple <= now || !cordon::crypto::read_staple({data, size}, kTheLeaf))) std::abort();
  return 0;
}
