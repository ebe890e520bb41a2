// Resumption of TLS 1.3 sessions: stateless tickets on the server's side, kept sessions on the client's.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <map>
#include <optional>
#include <string>

#include "cordon/base/clock.h"
#include "cordon/crypto/openssl.h"
#include "cordon/crypto/secret.h"
#include "cordon/crypto/tls.h"

namespace cordon::crypto {

// The keys tickets are sealed with: made here, never stored, in locked memory. A key seals for an hour and opens for
// two; then it is wiped.
class TicketKeys {
 public:
  static constexpr std::chrono::hours kLife{1};

  struct Key {
    std::array<std::uint8_t, 16> name{};
    Secret secret;  // 32 octets for AES-256, 32 for HMAC
    SteadyTime made{};
  };
  const Key& sealing(SteadyTime now);
  const Key* opening(std::span<const std::uint8_t, 16> name, SteadyTime now);  // null: gone, or never ours

 private:
  void tidy(SteadyTime now);
  Key current_;
  Key last_;
};

// A session for each server name; each is offered once (RFC 8446 C.4), and the server sends the next.
class SessionStore {
 public:
  using OwnedSession = Owned<SSL_SESSION, &SSL_SESSION_free>;

  struct Kept {
    OwnedSession session;
    PeerProof proof;
  };
  void keep(const std::string& name, OwnedSession session, const PeerProof& proof);
  std::optional<Kept> take(const std::string& name);

 private:
  std::map<std::string, Kept> kept_;
};

void set_server_resumption(SSL_CTX* context);  // the context's Impl holds tickets
void set_client_resumption(SSL_CTX* context);  // the context's Impl holds sessions
// Offers what the context kept of that server; the notes then hold what was proven when the session began.
void offer_session(SSL* ssl, const std::string& name);

}  // namespace cordon::crypto
