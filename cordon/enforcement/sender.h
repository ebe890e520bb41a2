// Who sent a request and whom it is for, from what the connection shows.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/crypto/tls.h"
#include "cordon/identity/identify.h"

namespace cordon::enforcement {

// What a connection knows of its peer; made once per connection and snapshot.
struct Sender {
  const identity::ExpectedNf* nf = nullptr;  // of the snapshot's inventory; null: unidentified says why
  identity::Unidentified unidentified;
  std::string address;      // of the socket
  std::string certificate;  // thumbprint; "" in cleartext
  crypto::TlsFacts tls;
  crypto::PeerProof proof;  // until when the certificate holds
};

// Anchors by their thumbprint, with the PLMNs they may speak for; none: every one that no other anchor has.
using AnchorNetworks = std::map<std::string, std::vector<std::string>, std::less<>>;

void identify_by_certificate(Sender& sender, const crypto::TlsStream& tls, const identity::Inventory& inventory,
                             const AnchorNetworks& networks = {});

// The same of a certificate whose chain is verified, and whose proof stands in the sender already.
void identify_by_certificate(Sender& sender, const crypto::Certificate& certificate,
                             const identity::Inventory& inventory, const AnchorNetworks& networks = {});

// What the files of TLS say now, of a connection that came in when they said something else.
void refuse_withdrawn(Sender& sender, const crypto::TlsStream& tls, const crypto::TlsContext& now_in_force);

// Cleartext laboratories only: the NF whose own address the connection comes from (Open5GS: default.interface).
void identify_by_address(Sender& sender, const identity::Inventory& inventory);

// null: no NF stands behind that listener, or answers to that :authority.
const identity::ExpectedNf* find_by_listener(const identity::Inventory& inventory, const Endpoint& listener);
const identity::ExpectedNf* find_by_authority(const identity::Inventory& inventory, std::string_view authority);

}  // namespace cordon::enforcement
