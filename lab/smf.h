// SMF (TS 29.502): PDU sessions over a simulated user plane.
#pragma once

#include "lab/nf.h"

namespace cordon::lab {

class Smf final : public Nf {
 public:
  Smf(Core& core, Peers& peers);

 private:
  void create(const Call& call, const Reply& reply);
  void modify(const Call& call, const Reply& reply);
  void release(const Call& call, const Reply& reply);

  void establish(const std::string& ref);
  void subscribe_to_data(const std::string& ref, const std::function<void()>& then);
  void ask_policy(const std::string& ref, const std::function<void()>& then);
  void send_to_ue(const std::string& ref);
  void user_plane_answered(const std::string& ref, const Reply& reply);
  void activate(SmContext& context, const Reply& reply);
  void end_session(const std::string& ref, const std::function<void()>& then);
};

}  // namespace cordon::lab
