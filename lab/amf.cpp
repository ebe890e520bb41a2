#include "lab/amf.h"

namespace cordon::lab {

using wire::Json;
using wire::JsonObject;

Amf::Amf(Core& core, Peers& peers) : Nf(NfType::amf, core, peers) {
  route("POST", "namf-comm/v1/ue-contexts/*/n1-n2-messages",
        [this](const Call& call, const Reply& reply) { transfer(call, reply); });
  const auto accept = [](const Call&, const Reply& reply) { reply(reply_status(204)); };
  route("POST", "namf-callback/v1/*/dereg-notify", accept);
  route("POST", "namf-callback/v1/*/sdmsubscription-notify", accept);
  route("POST", "namf-callback/v1/*/am-policy-notify/update", accept);
  route("POST", "namf-callback/v1/*/am-policy-notify/terminate", accept);
  route("POST", "namf-callback/v1/*/sm-context-status/*", accept);
}

void Amf::transfer(const Call& call, const Reply& reply) {
  if (call.body.is_null()) return reply(reply_problem(400, "No N1N2MessageTransferReqData"));
  reply(reply_json(200, Json(JsonObject{}).set("cause", "N1_N2_TRANSFER_INITIATED")));
  if (core().amf.on_n1_n2) core().amf.on_n1_n2(call.captures[0]);
}

}  // namespace cordon::lab
