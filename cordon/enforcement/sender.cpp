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

}  // namespace

void identify_by_certificate(Sender& sender, const crypto::TlsStream& tls, const identity::Inventory& inventory) {
  sender.tls = tls.facts();
  const auto certificate = tls.peer_certificate();
  if (!certificate) {
    return know(sender, std::unexpected(
                            identity::Unidentified{"identity-no-certificate", "the caller showed no certificate"}));
  }
  sender.certificate = certificate->thumbprint();
  know(sender, identity::identify(*certificate, inventory));
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
