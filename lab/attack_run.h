// Plays the attacks, each against the bare core and against the protected one behind Cordon.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lab/attacks.h"
#include "lab/client.h"
#include "lab/lab_core.h"
#include "lab/pki.h"

namespace cordon::lab {

struct AttackOutcome {
  const Attack* attack = nullptr;
  int bare = 0;                         // status of the bare core; 0: no HTTP answer
  int behind = 0;                       // status behind Cordon
  std::optional<std::uint64_t> record;  // named in the refusal
  std::string rule;                     // named in the refusal
  std::string error;                    // when there was no HTTP answer

  bool bare_as_expected() const { return (bare / 100 == 2) == attack->succeeds_bare; }
  bool refused_as_expected() const { return behind >= 400 && record && rule == attack->rule; }
  bool held() const { return bare_as_expected() && refused_as_expected(); }
};

class AttackRun {
 public:
  // bare and behind: where each NF is reached directly and through Cordon.
  static Result<std::unique_ptr<AttackRun>> make(Loop& loop, const LabPki& pki, Endpoints bare, Endpoints behind);

  AttackRun(Loop& loop, const LabPki& pki) : loop_(loop), pki_(pki) {}  // use make()

  // Registers the lab's NFs at both NRFs, as they would be before an attacker comes. Errors name the NF refused.
  Result<void> prepare();
  AttackOutcome play(const Attack& attack);

  // A direct call past Cordon to the protected core with a valid operator certificate; empty when it fails as it
  // must.
  Result<void> check_bypass(const Endpoints& protected_core);

 private:
  struct Side {
    Endpoints endpoints;
    std::vector<crypto::Certificate> anchors;
    std::map<std::string, std::unique_ptr<SbiClient>> clients;  // by caller
  };

  Result<SbiClient*> client(Side& side, std::string_view caller);
  Result<wire::Response> send(Side& side, std::string_view caller, NfType target, wire::Request request);
  Result<Identity> identity_of(std::string_view caller);
  Result<void> register_all(Side& side);
  Result<void> open_session(Side& side);

  Loop& loop_;
  const LabPki& pki_;
  std::optional<Identity> rogue_;
  Side bare_;
  Side behind_;
};

}  // namespace cordon::lab
