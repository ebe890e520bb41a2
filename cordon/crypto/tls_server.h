// What a server looks at in a ClientHello, and the OCSP responses both sides exchange.
#pragma once

#include "cordon/crypto/tls_context.h"

namespace cordon::crypto {

Result<void> set_server_side(TlsContext::Impl& context);  // ALPN, names, staples, tickets
void set_client_staple(SSL_CTX* context);

}  // namespace cordon::crypto
