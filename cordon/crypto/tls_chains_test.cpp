// Several own certificates side by side, names, and the old version's profile (TS 33.210 6.2).
#include <gtest/gtest.h>

#include "cordon/crypto/test_tls.h"

namespace cordon::crypto {
namespace {

using namespace test;

OwnChain own(const TestIdentity& who) { return {{who.certificate}, who.key, {}}; }

struct Offer {
  const char* name;
  const char* algorithms;  // of the client
  KeyKind shown;
};
class ChosenChain : public testing::TestWithParam<Offer> {};
INSTANTIATE_TEST_SUITE_P(
    Tls, ChosenChain,
    testing::Values(Offer{"everything", "mldsa65:ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256", KeyKind::ml_dsa_65},
                    Offer{"theirs_first", "rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256:mldsa65", KeyKind::ml_dsa_65},
                    Offer{"no_quantum", "rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256", KeyKind::ecdsa_p256},
                    Offer{"old", "rsa_pss_rsae_sha256", KeyKind::rsa}, Offer{"new", "mldsa65", KeyKind::ml_dsa_65}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(ChosenChain, IsOneThePeerCanVerify) {
  const Parties parties;
  const auto names = TestAuthority::nf(kNrf, "nrf.example");
  auto settings = parties.server();
  settings.more = {own(parties.authority.issue_for(names, KeyKind::rsa)),
                   own(parties.authority.issue_for(names, KeyKind::ml_dsa_65))};
  auto pair = sockets();
  const std::string algorithms = GetParam().algorithms;
  OldPeer client(std::move(pair.client), nullptr, [&](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set1_sigalgs_list(context, algorithms.c_str());
  });
  settings.require_peer = false;
  auto server = TlsStream::accept(TlsContext::server(settings).value(), std::move(pair.server));
  ASSERT_EQ(drive(client, *server), StreamState::ok) << server->error_text();
  OwnedCertificate shown(SSL_get1_peer_certificate(client.ssl.get()));
  EXPECT_EQ(CertificateAccess::wrap(std::move(shown)).public_key().kind().value(), GetParam().shown);
}

TEST(Tls, ClientsChooseAmongTheirCertificatesToo) {
  const Parties parties;
  auto client = parties.client();
  client.more = {own(parties.authority.issue_for(TestAuthority::nf(kAmf, "amf.example"), KeyKind::ml_dsa_65))};
  auto connection = tried(client, parties.server());
  expect_good(connection);
  EXPECT_EQ(connection.server->peer_certificate()->public_key().kind().value(), KeyKind::ml_dsa_65);
}

TEST(Tls, RefusesTwoCertificatesOfOneKind) {
  const Parties parties;
  auto settings = parties.server();
  settings.more = {own(parties.authority.issue_for(TestAuthority::nf(kNrf, "nrf.example"), KeyKind::ecdsa_p384))};
  EXPECT_SAYS(TlsContext::server(settings).error().message, "one kind");
  settings.more = {{}};
  EXPECT_SAYS(TlsContext::server(settings).error().message, "empty certificate");
}

// Every kind of certificate on one side with every kind on the other.
class EveryPair : public testing::TestWithParam<std::tuple<KeyKind, KeyKind>> {};
constexpr auto kKinds =
    std::to_array<KeyKind>({KeyKind::ecdsa_p256, KeyKind::ecdsa_p384, KeyKind::rsa, KeyKind::ml_dsa_65});
INSTANTIATE_TEST_SUITE_P(Tls, EveryPair, testing::Combine(testing::ValuesIn(kKinds), testing::ValuesIn(kKinds)));

TEST_P(EveryPair, Understands) {
  const auto [servers, clients] = GetParam();
  const Parties parties;
  const auto nrf = parties.authority.issue_for(TestAuthority::nf(kNrf, "nrf.example"), servers);
  const auto amf = parties.authority.issue_for(TestAuthority::nf(kAmf, "amf.example"), clients);
  auto connection = tried(parties.settings(amf), parties.settings(nrf));
  expect_good(connection);
  EXPECT_EQ(connection.server->facts().group, "X25519MLKEM768");
  EXPECT_EQ(connection.client->peer_certificate()->public_key().kind().value(), servers);
  EXPECT_EQ(connection.server->peer_certificate()->public_key().kind().value(), clients);
}

TEST(Tls, RefusesANameItDoesNotHaveWhenToldSo) {  // RFC 6066 3
  const Parties parties;
  auto server = parties.server();
  server.known_names_only = true;
  auto good = tried(parties.client(), server);
  expect_good(good);
  auto other = tried(parties.client(), server, "udm.example");
  EXPECT_EQ(other.server_state, StreamState::failed);
  EXPECT_SAYS(other.server->error_text(), "'udm.example', which our certificate does not carry");
  EXPECT_EQ(other.client->error_text(), "peer does not serve the name we asked for");
}

TEST(Tls, LetsInWhoAsksForNoName) {
  const Parties parties;
  auto request = TestAuthority::nf(kNrf, "nrf.example");
  request.ip_addresses = {"127.0.0.10"};
  auto server = parties.settings(parties.authority.issue_for(request));
  server.known_names_only = true;
  auto connection = tried(parties.client(), server, "127.0.0.10");
  expect_good(connection);
}

// TS 33.210 6.2.3: what else a client of TLS 1.2 might want.
class OldSuite : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Refused, OldSuite,
                         testing::Values("AES128-GCM-SHA256", "AES256-SHA256", "ECDHE-ECDSA-AES128-SHA256",
                                         "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-CHACHA20-POLY1305",
                                         "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0",
                                         "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256",
                                         "NULL-SHA256:@SECLEVEL=0", "AECDH-NULL-SHA:@SECLEVEL=0"));

TEST_P(OldSuite, IsNotSpoken) {
  const Parties parties;
  auto settings = parties.server();
  settings.lowest = TlsVersion::tls12;
  auto pair = sockets();
  int known = 0;
  OldPeer client(std::move(pair.client), &parties.amf,
                 [&](SSL_CTX* context) { known = SSL_CTX_set_cipher_list(context, GetParam()); });
  if (known != 1) GTEST_SKIP() << "this OpenSSL cannot even offer it";
  auto server = TlsStream::accept(TlsContext::server(settings).value(), std::move(pair.server));
  EXPECT_EQ(drive(client, *server), StreamState::failed);
  EXPECT_SAYS(server->error_text(), "cipher suite");
}

TEST(Tls, RefusesAnOldClientWithoutTheExtendedMasterSecret) {  // RFC 7627 5.2
  const Parties parties;
  auto settings = parties.server();
  settings.lowest = TlsVersion::tls12;
  auto pair = sockets();
  OldPeer client(std::move(pair.client), &parties.amf,
                 [](SSL_CTX* context) { SSL_CTX_set_options(context, SSL_OP_NO_EXTENDED_MASTER_SECRET); });
  auto server = TlsStream::accept(TlsContext::server(settings).value(), std::move(pair.server));
  EXPECT_EQ(drive(client, *server), StreamState::failed);
  EXPECT_SAYS(server->error_text(), "extended master secret");
}

TEST(Tls, AsksItsCallerAboutTheServersCertificate) {
  const Parties parties;
  auto pair = sockets();
  std::string asked;
  const auto client = TlsStream::connect(TlsContext::client(parties.client()).value(), std::move(pair.client),
                                         "nrf.example", [&](const Certificate& certificate) {
                                           asked = certificate.thumbprint();
                                           return std::string("we do not like it");
                                         });
  const auto server = TlsStream::accept(TlsContext::server(parties.server()).value(), std::move(pair.server));
  StreamState state{};
  for (int round = 0; round < 10 && state != StreamState::failed; ++round) {
    state = client->handshake().state;
    server->handshake();
  }
  EXPECT_EQ(state, StreamState::failed);
  EXPECT_EQ(client->error_text(), "we do not like it");
  EXPECT_EQ(asked, parties.nrf.certificate.thumbprint());
}

}  // namespace
}  // namespace cordon::crypto
