// AMF (TS 29.518): takes N1 and N2 messages for a simulated UE and gNB.
#pragma once

#include "lab/nf.h"

namespace cordon::lab {

class Amf final : public Nf {
 public:
  Amf(Core& core, Peers& peers);

 private:
  void transfer(const Call& call, const Reply& reply);
};

}  // namespace cordon::lab
