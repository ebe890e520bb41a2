// Dual control: closed epochs' pseudonym keys are split (Shamir) among custodians, and two of them together get one
// back. Each custodian has a key pair (X25519MLKEM768) whose private half lies under the custodian's passphrase, so
// an epoch can be closed while nobody is there.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/crypto/kem.h"
#include "cordon/crypto/passphrase.h"
#include "cordon/vault/epochs.h"

namespace cordon::vault {

inline constexpr std::size_t kCustodiansNeeded = 2;
inline constexpr std::size_t kMostCustodians = 32;

// A custodian's consent to one operation.
struct Approval {
  std::string name;
  crypto::Secret passphrase;
};

// What add_custodian() and remove_custodian() would refuse, before a record says that it was done.
Result<void> check_new_custodian(const KeyFolder& keys, std::string_view name, std::string_view passphrase);
Result<void> check_leaving_custodian(const KeyFolder& keys, std::string_view name);

// invalid_input: the name is taken or unfit, or the passphrase is shorter than 8 bytes.
Result<void> add_custodian(KeyFolder& keys, std::string_view name, std::string_view passphrase,
                           const crypto::Argon2& parameters = {});
// Refused when fewer than two would be left. Old shares keep counting until share_anew().
Result<void> remove_custodian(KeyFolder& keys, std::string_view name);
Result<std::vector<std::string>> custodian_names(const KeyFolder& keys);

// Splits a key among all custodians; unavailable, with the remedy, when there are fewer than two.
Result<std::vector<SealedShare>> share_out(const KeyFolder& keys, std::uint32_t epoch, BytesView key);

// Consenting custodians, unlocked once for several epochs.
class Quorum {
 public:
  // permission: a passphrase is wrong; invalid_input: fewer than two different custodians.
  static Result<Quorum> unlock(const KeyFolder& keys, std::span<const Approval> approvals);
  Result<crypto::Secret> pseudonym_key(const EpochKeys& epoch) const;  // of a closed epoch

 private:
  struct Member {
    std::string name;
    crypto::KemPrivateKey key;
  };
  std::vector<Member> members_;
};

// New shares of all closed epochs for the custodians of today; the old shares are worth nothing afterwards.
Result<void> share_anew(KeyFolder& keys, std::span<const Approval> approvals);

// A closed or the running epoch's pseudonym key, for a re-identification that was asked for and recorded. The running
// one needs no custodians.
Result<crypto::Secret> pseudonym_key_of(const KeyFolder& keys, std::uint32_t epoch,
                                        std::span<const Approval> approvals);

}  // namespace cordon::vault
