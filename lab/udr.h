// UDR (TS 29.504, 29.505, 29.519): the subscriber's keys in clear, data and contexts.
#pragma once

#include "lab/nf.h"

namespace cordon::lab {

class Udr final : public Nf {
 public:
  Udr(Core& core, Peers& peers);

 private:
  void patch_authentication(Subscriber& subscriber, const Call& call, const Reply& reply);
  void data_sets(const Subscriber& subscriber, const Call& call, const Reply& reply);

  using SubscriberHandler = std::function<void(Subscriber&, const Call&, const Reply&)>;
  void subscriber_route(std::string_view method, std::string_view pattern, SubscriberHandler handler);
  void route_context(const std::string& name);
};

}  // namespace cordon::lab
