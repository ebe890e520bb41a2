// Sessions that go on (RFC 8446 2.2): who the peer is stays known, what was withdrawn does not come back.
#include <gtest/gtest.h>

#include "cordon/crypto/test_revocation.h"
#include "cordon/crypto/test_tls.h"
#include "cordon/crypto/tls_context.h"

namespace cordon::crypto {
namespace {

using namespace test;

class Resumption : public testing::Test {
 protected:
  static TlsSettings resuming(TlsSettings settings) {
    settings.resumption = true;
    return settings;
  }
  // A whole connection; the ticket comes with the first read.
  Connection once() const {
    auto connection = connected(client, server);
    if (connection.server_state != StreamState::ok) return connection;
    std::array<std::uint8_t, 16> buffer{};
    EXPECT_EQ(connection.client->read(buffer).state, StreamState::want_read) << connection.client->error_text();
    return connection;
  }

  Parties parties;
  Context client = TlsContext::client(resuming(parties.client())).value();
  Context server = TlsContext::server(resuming(parties.server())).value();
};

TEST_F(Resumption, KeepsThePeersCertificateAndItsProof) {
  auto first = once();
  expect_good(first);
  EXPECT_FALSE(first.server->facts().resumed);
  auto second = once();
  expect_good(second);
  for (const auto* end : {second.client.get(), second.server.get()}) {
    EXPECT_TRUE(end->facts().resumed);
    EXPECT_EQ(end->facts().group, "X25519MLKEM768");  // a fresh key exchange each time
    EXPECT_EQ(end->proof().anchor, parties.authority.certificate().thumbprint());
    EXPECT_EQ(end->proof().until, parties.amf.certificate.not_after());
    EXPECT_EQ(end->proof().since, parties.amf.certificate.not_before());
  }
  EXPECT_EQ(second.server->peer_certificate()->thumbprint(), parties.amf.certificate.thumbprint());
  EXPECT_EQ(second.client->peer_certificate()->thumbprint(), parties.nrf.certificate.thumbprint());
}

TEST_F(Resumption, GoesOnFromTicketToTicket) {
  for (int i = 0; i < 4; ++i) {
    auto connection = once();
    expect_good(connection);
    EXPECT_EQ(connection.server->facts().resumed, i > 0);
    EXPECT_EQ(connection.server->proof().until, parties.amf.certificate.not_after());
  }
}

TEST_F(Resumption, EndsWithTheServersFiles) {
  once();
  server = TlsContext::server(resuming(parties.server())).value();  // read anew: other ticket keys
  auto connection = once();
  expect_good(connection);
  EXPECT_FALSE(connection.server->facts().resumed);
}

TEST_F(Resumption, EndsWithTheClientsFiles) {
  once();
  client = TlsContext::client(resuming(parties.client())).value();
  auto connection = once();
  expect_good(connection);
  EXPECT_FALSE(connection.server->facts().resumed);
}

TEST_F(Resumption, IsForTheSameNameOnly) {
  auto request = TestAuthority::nf(kNrf, "nrf.example");
  request.dns_names.emplace_back("other.example");
  server = TlsContext::server(resuming(parties.settings(parties.authority.issue_for(request)))).value();
  once();
  auto connection = connected(client, server, "other.example");
  expect_good(connection);
  EXPECT_FALSE(connection.server->facts().resumed);
}

TEST_F(Resumption, OffersASessionOnce) {
  once();
  auto lost = connected(client, server);  // takes the session; the next ticket is never read
  EXPECT_TRUE(lost.server->facts().resumed);
  auto connection = connected(client, server);
  EXPECT_FALSE(connection.server->facts().resumed);
}

// The clock of a list is the clock of a ticket: when it runs out, the certificate is asked for again.
TEST_F(Resumption, RestsOnAFreshRevocationList) {
  auto settings = resuming(parties.server());
  settings.crls = {crl(parties.authority, {})};
  server = TlsContext::server(settings).value();
  once();
  auto connection = once();
  EXPECT_TRUE(connection.server->facts().resumed);
  const auto after = system_clock().now() + std::chrono::hours(2);
  EXPECT_EQ(server->objection(parties.amf.certificate, connection.server->proof(), after),
            "no fresh revocation list of its issuer is at hand");
}

TEST_F(Resumption, IsNotForTls12) {
  auto settings = resuming(parties.server());
  settings.lowest = TlsVersion::tls12;
  auto pair = sockets();
  OldPeer old(std::move(pair.client), &parties.amf);
  auto accepted = TlsStream::accept(TlsContext::server(settings).value(), std::move(pair.server));
  ASSERT_EQ(drive(old, *accepted), StreamState::ok) << accepted->error_text();
  EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get0_session(old.ssl.get())), 0);
  EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get0_session(old.ssl.get())), 0);
}

TEST_F(Resumption, GivesNoEarlyData) {
  auto pair = sockets();
  OldPeer peer(std::move(pair.client), &parties.amf,
               [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION); });
  auto accepted = TlsStream::accept(server, std::move(pair.server));
  ASSERT_EQ(drive(peer, *accepted), StreamState::ok) << accepted->error_text();
  std::array<char, 16> buffer{};
  SSL_read(peer.ssl.get(), buffer.data(), buffer.size());
  EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get0_session(peer.ssl.get())), 1);
  EXPECT_EQ(SSL_SESSION_get_max_early_data(SSL_get0_session(peer.ssl.get())), 0U);
}

TEST(TicketKeys, SealForAnHourAndOpenForTwo) {
  TicketKeys keys;
  const SteadyTime start{std::chrono::hours(1000)};
  const auto name = keys.sealing(start).name;
  using std::chrono::minutes;
  EXPECT_EQ(keys.sealing(start + minutes(59)).name, name);
  EXPECT_NE(keys.opening(name, start + minutes(59)), nullptr);
  EXPECT_NE(keys.sealing(start + minutes(61)).name, name);
  EXPECT_NE(keys.opening(name, start + minutes(119)), nullptr);
  EXPECT_EQ(keys.opening(name, start + minutes(121)), nullptr);
}

TEST(TicketKeys, ThatWereNotUsedForLongAreGone) {
  TicketKeys keys;
  const SteadyTime start{std::chrono::hours(1000)};
  const auto name = keys.sealing(start).name;
  EXPECT_EQ(keys.opening(name, start + std::chrono::hours(5)), nullptr);
  const std::array<std::uint8_t, 16> zeros{};
  EXPECT_EQ(keys.opening(zeros, start + std::chrono::hours(5)), nullptr);
}

}  // namespace
}  // namespace cordon::crypto
