#include "lab/nssf.h"

namespace cordon::lab {

using wire::Json;
using wire::JsonObject;

Nssf::Nssf(Core& core, Peers& peers) : Nf(NfType::nssf, core, peers) {
  route("GET", "nnssf-nsselection/v2/network-slice-information",
        [this](const Call& call, const Reply& reply) { select(call, reply); });
}

void Nssf::select(const Call& call, const Reply& reply) {
  if (!call.target.query_value("nf-id")) return reply(reply_problem(400, "No nf-id"));
  if (!call.target.query_value("nf-type")) return reply(reply_problem(400, "No nf-type"));
  const auto nrf = core().settings.scheme + "://" + authority_of(NfType::nrf) + "/nnrf-nfm/v1/nf-instances";
  Json information;
  information.set("nrfId", nrf).set("nsiId", "1");
  reply(reply_json(200, Json(JsonObject{}).set("nsiInformation", information)));
}

}  // namespace cordon::lab
