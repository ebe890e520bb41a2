// AUSF (TS 29.509): 5G-AKA between AMF and UDM.
#pragma once

#include "lab/nf.h"

namespace cordon::lab {

class Ausf final : public Nf {
 public:
  Ausf(Core& core, Peers& peers);

 private:
  void authenticate(const Call& call, const Reply& reply);
  void confirm(const Call& call, const Reply& reply);
  void remove(const Call& call, const Reply& reply);

  void answer_challenge(const Call& call, const wire::Response& from_udm, const Reply& reply);
  std::string context_for(const std::string& suci);
};

}  // namespace cordon::lab
