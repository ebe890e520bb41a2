// Key releases as a stranger may send them to an auditor, and roots, tombstones and auditors' keys as files may hold
// them.
#include <cstdlib>

#include "cordon/crypto/kem.h"
#include "cordon/vault/erasure.h"
#include "cordon/vault/release.h"
#include "cordon/vault/root.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon;
  static const auto auditor = crypto::KemPrivateKey::generate();
  if (!auditor || vault::open_release({data, size}, *auditor))
    std::abort();  // nobody has wrapped anything to this key
  const auto text = as_text({data, size});
  if (const auto root = vault::parse_root(text)) {
    const auto again = vault::parse_root(root->text());
    if (!again || again->text() != root->text()) std::abort();
  }
  if (const auto row = vault::parse_erased_row(text)) {
    const auto again = vault::parse_erased_row(row->text());
    if (!again || !(*again == *row)) std::abort();
  }
  static_cast<void>(crypto::KemPublicKey::from_pem(text));
  static_cast<void>(crypto::KemPrivateKey::from_pem(text));
  return 0;
}
