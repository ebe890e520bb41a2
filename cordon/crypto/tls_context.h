// The inside of TlsContext, shared by the two files that make TLS.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <string_view>

#include "cordon/crypto/openssl.h"
#include "cordon/crypto/tls.h"

namespace cordon::crypto {

using OwnedContext = Owned<SSL_CTX, &SSL_CTX_free>;

// What a handshake learnt before it failed; hangs on the SSL object, because OpenSSL's callbacks reach only that.
struct HandshakeNotes {
  std::string refusal;  // the first reason, in words; empty while there is none
  std::string expected_name;
};
HandshakeNotes* notes_of(const SSL* ssl);

struct TlsContext::Impl {
  OwnedContext context;
  Bytes alpn;  // as on the wire (RFC 7301 3.1); the SSL_CTX's callback points here
};

// "P-256" for OpenSSL's "secp256r1", and so on: the names of the settings.
std::string_view group_name(std::string_view openssl_name);

}  // namespace cordon::crypto
