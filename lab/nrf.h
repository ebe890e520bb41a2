// NRF (TS 29.510): registration, subscription, notification and discovery, without any authorisation.
#pragma once

#include "lab/nf.h"

namespace cordon::lab {

class Nrf final : public Nf {
 public:
  Nrf(Core& core, Peers& peers);

 private:
  void register_nf(const Call& call, const Reply& reply);
  void update_nf(const Call& call, const Reply& reply);
  void deregister_nf(const Call& call, const Reply& reply);
  void list(const Reply& reply);
  void profile(const Call& call, const Reply& reply);
  void subscribe(const Call& call, const Reply& reply);
  void unsubscribe(const Call& call, const Reply& reply);
  void discover(const Call& call, const Reply& reply);

  wire::Json* find_profile(std::string_view id);
  void notify(std::string_view event, const wire::Json& profile);
  void notify_one(const NrfSubscription& subscription, std::string_view event, const wire::Json& profile);
};

}  // namespace cordon::lab
