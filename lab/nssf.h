// NSSF (TS 29.531): one slice, one NRF.
#pragma once

#include "lab/nf.h"

namespace cordon::lab {

class Nssf final : public Nf {
 public:
  Nssf(Core& core, Peers& peers);

 private:
  void select(const Call& call, const Reply& reply);
};

}  // namespace cordon::lab
