// BSF (TS 29.521): which PCF serves which session.
#pragma once

#include "lab/nf.h"

namespace cordon::lab {

class Bsf final : public Nf {
 public:
  Bsf(Core& core, Peers& peers);

 private:
  void create(const Call& call, const Reply& reply);
  void find(const Call& call, const Reply& reply);
  void remove(const Call& call, const Reply& reply);
};

}  // namespace cordon::lab
