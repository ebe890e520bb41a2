// Two ends of TLS on one line, for the tests of this room.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <functional>

#include "cordon/crypto/openssl.h"
#include "cordon/crypto/test_authority.h"
#include "cordon/crypto/tls.h"

namespace cordon::crypto::test {

inline constexpr auto* kAmf = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
inline constexpr auto* kNrf = "0b3a8dca-d35b-41f1-a13b-c1b0f3d63d4d";

struct Sockets {
  Fd client;
  Fd server;
};

inline Sockets sockets() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

using Context = std::shared_ptr<const TlsContext>;

struct Connection {
  std::unique_ptr<TlsStream> client;
  std::unique_ptr<TlsStream> server;
  StreamState client_state{};
  StreamState server_state{};
};

inline bool waits(StreamState state) { return state == StreamState::want_read || state == StreamState::want_write; }

// Drives both ends in turn. Nothing else is on the line, so a round without an end of waiting means somebody failed.
inline Connection connected(const Context& client, const Context& server, const std::string& name = "nrf.example") {
  auto pair = sockets();
  Connection made{TlsStream::connect(client, std::move(pair.client), name),
                  TlsStream::accept(server, std::move(pair.server))};
  for (int round = 0; round < 10; ++round) {
    made.client_state = made.client->handshake().state;
    made.server_state = made.server->handshake().state;
    if (!waits(made.client_state) && !waits(made.server_state)) break;
  }
  return made;
}

// A client of TLS 1.3 is done before the server has judged its certificate: the refusal arrives with the first read.
inline std::string client_error(Connection& connection) {
  std::array<std::uint8_t, 16> buffer{};
  if (connection.client_state == StreamState::ok) connection.client->read(buffer);
  return connection.client->error_text();
}

inline std::string carried(TlsStream& from, TlsStream& to, std::string_view text) {
  EXPECT_EQ(from.write(as_bytes(text)).state, StreamState::ok);
  std::array<std::uint8_t, 256> buffer{};
  const auto got = to.read(buffer);
  EXPECT_EQ(got.state, StreamState::ok) << to.error_text();
  return std::string(as_text(BytesView(buffer).first(got.bytes)));
}

inline void expect_good(Connection& connection) {
  ASSERT_EQ(connection.client_state, StreamState::ok) << connection.client->error_text();
  ASSERT_EQ(connection.server_state, StreamState::ok) << connection.server->error_text();
  EXPECT_EQ(carried(*connection.client, *connection.server, "ping"), "ping");
  EXPECT_EQ(carried(*connection.server, *connection.client, "pong"), "pong");
}

struct Parties {
  TestAuthority authority{system_clock().now()};
  TestIdentity amf = authority.issue_for(TestAuthority::nf(kAmf, "amf.example"));
  TestIdentity nrf = authority.issue_for(TestAuthority::nf(kNrf, "nrf.example"));

  TlsSettings settings(const TestIdentity& who) const {
    TlsSettings settings;
    settings.chain = {who.certificate};
    settings.key = who.key;
    settings.anchors = {authority.certificate()};
    return settings;
  }
  TlsSettings client() const { return settings(amf); }
  TlsSettings server() const { return settings(nrf); }
};

inline Connection tried(const TlsSettings& client, const TlsSettings& server,
                        const std::string& name = "nrf.example") {
  return connected(TlsContext::client(client).value(), TlsContext::server(server).value(), name);
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

// The far end of TLS 1.2 is played by OpenSSL itself, because ours would always choose 1.3.
struct OldPeer {
  Owned<SSL_CTX, &SSL_CTX_free> context{SSL_CTX_new(TLS_method())};
  Owned<SSL, &SSL_free> ssl;
  Fd fd;

  OldPeer(Fd socket, const TestIdentity* identity, const std::function<void(SSL_CTX*)>& adjust = {})
      : fd(std::move(socket)) {
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    if (identity != nullptr) {
      SSL_CTX_use_certificate(context.get(), CertificateAccess::raw(identity->certificate));
      SSL_CTX_use_PrivateKey(context.get(), KeyAccess::raw(identity->key));
    }
    SSL_CTX_set_alpn_protos(context.get(), as_bytes("\x02h2").data(), 3);
    if (adjust) adjust(context.get());
    ssl.reset(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), fd.get());
    SSL_set_connect_state(ssl.get());
    SSL_set_tlsext_host_name(ssl.get(), "nrf.example");
  }
};

// Result: the server's last state.
inline StreamState drive(OldPeer& client, TlsStream& server) {
  StreamState state{};
  for (int round = 0; round < 10; ++round) {
    SSL_do_handshake(client.ssl.get());
    state = server.handshake().state;
    if (!waits(state) && SSL_is_init_finished(client.ssl.get()) == 1) break;
  }
  return state;
}

}  // namespace cordon::crypto::test
