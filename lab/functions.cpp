#include "lab/functions.h"

#include "lab/amf.h"
#include "lab/ausf.h"
#include "lab/bsf.h"
#include "lab/nrf.h"
#include "lab/nssf.h"
#include "lab/pcf.h"
#include "lab/smf.h"
#include "lab/udm.h"
#include "lab/udr.h"

namespace cordon::lab {

namespace {

std::unique_ptr<Nf> make_nf(NfType type, Core& core, Peers& peers) {
  switch (type) {
    case NfType::nrf:
      return std::make_unique<Nrf>(core, peers);
    case NfType::amf:
      return std::make_unique<Amf>(core, peers);
    case NfType::ausf:
      return std::make_unique<Ausf>(core, peers);
    case NfType::udm:
      return std::make_unique<Udm>(core, peers);
    case NfType::smf:
      return std::make_unique<Smf>(core, peers);
    case NfType::pcf:
      return std::make_unique<Pcf>(core, peers);
    case NfType::nssf:
      return std::make_unique<Nssf>(core, peers);
    case NfType::bsf:
      return std::make_unique<Bsf>(core, peers);
    case NfType::udr:
      return std::make_unique<Udr>(core, peers);
  }
  return nullptr;
}

}  // namespace

Functions::Functions(CoreSettings settings, const MakePeers& make_peers) : core_(std::move(settings)) {
  for (const auto type : kNfTypes) {
    const auto index = static_cast<std::size_t>(type);
    peers_[index] = make_peers ? make_peers(type) : std::make_unique<LocalPeers>(*this);
    nfs_[index] = make_nf(type, core_, *peers_[index]);
  }
}

void Functions::handle(NfType target, const wire::Request& request, Reply reply) {
  nfs_[static_cast<std::size_t>(target)]->handle(request, std::move(reply));
}

}  // namespace cordon::lab
