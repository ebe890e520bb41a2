#include "lab/bsf.h"

namespace cordon::lab {

Bsf::Bsf(Core& core, Peers& peers) : Nf(NfType::bsf, core, peers) {
  route("POST", "nbsf-management/v1/pcfBindings",
        [this](const Call& call, const Reply& reply) { create(call, reply); });
  route("GET", "nbsf-management/v1/pcfBindings", [this](const Call& call, const Reply& reply) { find(call, reply); });
  route("DELETE", "nbsf-management/v1/pcfBindings/*",
        [this](const Call& call, const Reply& reply) { remove(call, reply); });
}

void Bsf::create(const Call& call, const Reply& reply) {
  if (call.body.find("dnn") == nullptr || call.body.find("snssai") == nullptr) {
    return reply(reply_problem(400, "No PcfBinding.dnn or snssai"));
  }
  const auto id = std::to_string(++core().bsf.last_id);
  core().bsf.bindings[id] = call.body;
  reply(reply_created(uri("/nbsf-management/v1/pcfBindings/" + id), call.body));
}

void Bsf::find(const Call& call, const Reply& reply) {
  const auto address = call.target.query_value("ipv4Addr");
  for (const auto& [id, binding] : core().bsf.bindings) {
    if (address && member(binding, "ipv4Addr").text() == *address) return reply(reply_json(200, binding));
  }
  reply(reply_status(204));  // TS 29.521 5.2.2.2.4: no binding is no error
}

void Bsf::remove(const Call& call, const Reply& reply) {
  const bool gone = core().bsf.bindings.erase(call.captures[0]) != 0;
  reply(gone ? reply_status(204) : reply_problem(404, "Not found", call.captures[0]));
}

}  // namespace cordon::lab
