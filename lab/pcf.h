// PCF (TS 29.507, 29.512): access and session policies, bound at the BSF.
#pragma once

#include "lab/nf.h"

namespace cordon::lab {

class Pcf final : public Nf {
 public:
  Pcf(Core& core, Peers& peers);

 private:
  void create_am_policy(const Call& call, const Reply& reply);
  void delete_am_policy(const Call& call, const Reply& reply);
  void create_sm_policy(const Call& call, const Reply& reply);
  void delete_sm_policy(const Call& call, const Reply& reply);
  void bind(const std::string& policy, const std::function<void()>& then);
};

}  // namespace cordon::lab
