// UDM (TS 29.503): authentication vectors, registrations and subscription data, served from the UDR.
#pragma once

#include "lab/nf.h"

namespace cordon::lab {

class Udm final : public Nf {
 public:
  Udm(Core& core, Peers& peers);

 private:
  void generate_vector(const Call& call, const Reply& reply);
  void vector_from(const Call& call, const std::string& supi, const wire::Response& from_udr, const Reply& reply);
  void record_authentication(const Call& call, const Reply& reply);
  void remove_authentication(const Call& call, const Reply& reply);

  void register_amf(const Call& call, const Reply& reply);
  void update_amf(const Call& call, const Reply& reply);
  void show_amf(const Call& call, const Reply& reply);
  void register_smf(const Call& call, const Reply& reply);
  void deregister_smf(const Call& call, const Reply& reply);

  void provisioned(const Call& call, std::string_view data_set, const Reply& reply);
  void sessions(const Call& call, const Reply& reply);
  void subscribe(const Call& call, const Reply& reply);
  void unsubscribe(const Call& call, const Reply& reply);
};

}  // namespace cordon::lab
