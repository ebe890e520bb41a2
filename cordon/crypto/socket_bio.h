// TLS bytes over a socket without SIGPIPE: OpenSSL's own socket BIO writes with write(2), which can kill the process
// when the peer has gone. This one sends with MSG_NOSIGNAL.
#pragma once

#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

// Borrows the descriptor: whoever owns it outlives the BIO. Null when memory is short.
OwnedBio socket_bio(int fd);

}  // namespace cordon::crypto
