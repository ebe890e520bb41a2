// The inside of TlsContext, shared by the two files that make TLS.
#pragma once

#include <openssl/ssl.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/crypto/openssl.h"
#include "cordon/crypto/tls.h"
#include "cordon/crypto/tls_resume.h"

namespace cordon::crypto {

using OwnedContext = Owned<SSL_CTX, &SSL_CTX_free>;

// What a handshake learnt before it failed; hangs on the SSL object, because OpenSSL's callbacks reach only that.
struct HandshakeNotes {
  std::string refusal;  // the first reason, in words; empty while there is none
  std::string expected_name;
  PeerProof proof;
};
HandshakeNotes* notes_of(const SSL* ssl);

// The SSL_CTX's callbacks point here. Tickets and sessions change while the context serves, so a context with
// resumption belongs to one thread.
struct TlsContext::Impl {
  Bytes alpn;                            // as on the wire (RFC 7301 3.1)
  TlsSettings settings;                  // without private keys
  std::vector<OwnChain> own;             // ours, without private keys
  std::vector<std::string> anchors;      // thumbprints of settings.anchors
  std::optional<TicketKeys> tickets;     // servers with resumption
  std::optional<SessionStore> sessions;  // clients with resumption
  OwnedContext context;                  // after what it points to, so that it goes first
};
TlsContext::Impl& impl_of(const SSL* ssl);

std::string objection_to(const TlsContext::Impl& context, const Certificate& peer, const PeerProof& proof,
                         WallTime now);

// Keeps what the chain of this handshake proves in the notes; later handshakes of its ticket rest on it.
void note_proof(SSL* ssl);

// "P-256" for OpenSSL's "secp256r1", and so on: the names of the settings.
std::string_view group_name(std::string_view openssl_name);

}  // namespace cordon::crypto
