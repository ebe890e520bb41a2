#include "cordon/enforcement/sender.h"

#include <algorithm>

namespace cordon::enforcement {

namespace {

std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

void know(Sender& sender, std::expected<const identity::ExpectedNf*, identity::Unidentified> found) {
  sender.nf = found ? *found : nullptr;
  sender.unidentified = found ? identity::Unidentified{} : std::move(found.error());
}

const identity::ExpectedNf* find_nf(const identity::Inventory& inventory, auto&& fits) {
  const auto found = std::ranges::find_if(inventory.nfs(), fits);
  return found == inventory.nfs().end() ? nullptr : &*found;
}

// TS 33.501 5.9.3.2, for every listener: who holds one PLMN's authority cannot make NFs of another.
bool may_speak_for(std::string_view anchor, const std::string& plmn, const AnchorNetworks& networks) {
  const auto own = networks.find(anchor);
  if (own == networks.end()) return networks.empty();
  if (!own->second.empty()) return std::ranges::contains(own->second, plmn);
  return std::ranges::none_of(networks, [&](const auto& each) { return std::ranges::contains(each.second, plmn); });
}

identity::Unidentified wrong_anchor(const identity::ExpectedNf& nf) {
  return {"identity-wrong-anchor",
          std::format("{} is of {}, and the authority that issued its certificate may not speak for it", nf.name,
                      nf.plmn.empty() ? "no PLMN (plmn is missing in the inventory)" : "PLMN " + nf.plmn)};
}

}  // namespace

void identify_by_certificate(Sender& sender, const crypto::TlsStream& tls, const identity::Inventory& inventory,
                             const AnchorNetworks& networks) {
  sender.tls = tls.facts();
  sender.proof = tls.proof();
  const auto certificate = tls.peer_certificate();
  if (!certificate) {
    return know(sender, std::unexpected(
                            identity::Unidentified{"identity-no-certificate", "the caller showed no certificate"}));
  }
  identify_by_certificate(sender, *certificate, inventory, networks);
}

void identify_by_certificate(Sender& sender, const crypto::Certificate& certificate,
                             const identity::Inventory& inventory, const AnchorNetworks& networks) {
  sender.certificate = certificate.thumbprint();
  know(sender, identity::identify(certificate, inventory));
  if (sender.nf && !may_speak_for(sender.proof.anchor, sender.nf->plmn, networks)) {
    know(sender, std::unexpected(wrong_anchor(*sender.nf)));
  }
}

void refuse_withdrawn(Sender& sender, const crypto::TlsStream& tls, const crypto::TlsContext& now_in_force) {
  const auto certificate = tls.peer_certificate();
  if (!sender.nf || !certificate) return;
  const auto why = now_in_force.objection(*certificate, sender.proof, system_clock().now());
  if (why.empty()) return;
  know(sender, std::unexpected(identity::Unidentified{
                   "identity-revoked", std::format("the certificate of {}: {}", sender.nf->name, why)}));
}

void identify_by_address(Sender& sender, const identity::Inventory& inventory) {
  const auto address = host_of(sender.address);
  const auto* nf =
      find_nf(inventory, [&](const auto& each) { return each.upstream && each.upstream->address == address; });
  if (nf) return know(sender, nf);
  know(sender, std::unexpected(identity::Unidentified{
                   "identity-unknown-address",
                   std::format("no NF of the inventory has the address {} (cleartext laboratory mode)", address)}));
}

const identity::ExpectedNf* find_by_listener(const identity::Inventory& inventory, const Endpoint& listener) {
  return find_nf(inventory, [&](const auto& nf) { return nf.listen == listener; });
}

const identity::ExpectedNf* find_by_authority(const identity::Inventory& inventory, std::string_view authority) {
  const auto host = host_of(authority);
  return find_nf(inventory, [&](const auto& nf) {
    return nf.upstream && (std::ranges::find(nf.dns_names, host) != nf.dns_names.end() || nf.name == host);
  });
}

}  // namespace cordon::enforcement
