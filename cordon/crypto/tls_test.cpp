#include "cordon/crypto/tls.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <functional>

#include <openssl/err.h>

#include "cordon/crypto/openssl.h"
#include "cordon/crypto/test_tls.h"
#include "cordon/crypto/tls_words.h"

namespace cordon::crypto {
namespace {

using namespace test;

TEST(Tls, ShowsBothSidesWhoThePeerIs) {
  const Parties parties;
  auto connection = tried(parties.client(), parties.server());
  expect_good(connection);
  EXPECT_EQ(connection.server->peer_certificate()->thumbprint(), parties.amf.certificate.thumbprint());
  EXPECT_EQ(connection.client->peer_certificate()->thumbprint(), parties.nrf.certificate.thumbprint());
  for (const auto& facts : {connection.client->facts(), connection.server->facts()}) {
    EXPECT_EQ(facts.version, "TLSv1.3");
    EXPECT_EQ(facts.cipher, "TLS_AES_256_GCM_SHA384");
    EXPECT_EQ(facts.group, "X25519MLKEM768");
    EXPECT_EQ(facts.alpn, "h2");
    EXPECT_EQ(facts.server_name, "nrf.example");
  }
}

class EveryGroup : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Tls, EveryGroup,
                         testing::Values("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024", "X25519",
                                         "P-256", "P-384", "P-521"));

TEST_P(EveryGroup, IsNegotiatedWhenItIsTheOnlyOne) {
  const Parties parties;
  auto settings = parties.server();
  settings.groups = {GetParam()};
  auto client = parties.client();
  client.groups = {"X25519MLKEM768", "X25519", "SecP256r1MLKEM768", "SecP384r1MLKEM1024", "P-256", "P-384", "P-521"};
  auto connection = tried(client, settings);
  expect_good(connection);
  EXPECT_EQ(connection.client->facts().group, GetParam());
  EXPECT_EQ(connection.server->facts().group, GetParam());
}

class EveryCertificate : public testing::TestWithParam<std::tuple<KeyKind, TlsVersion>> {};
INSTANTIATE_TEST_SUITE_P(Tls, EveryCertificate,
                         testing::Combine(testing::Values(KeyKind::ed25519, KeyKind::ecdsa_p256, KeyKind::ecdsa_p384,
                                                          KeyKind::ml_dsa_65, KeyKind::rsa),
                                          testing::Values(TlsVersion::tls13)));
INSTANTIATE_TEST_SUITE_P(Tls12, EveryCertificate,
                         testing::Combine(testing::Values(KeyKind::ecdsa_p256, KeyKind::ecdsa_p384, KeyKind::rsa),
                                          testing::Values(TlsVersion::tls12)));

TEST_P(EveryCertificate, ServesBothSides) {
  const auto [kind, version] = GetParam();
  const TestAuthority authority(system_clock().now(), kind);
  TlsSettings server;
  const auto nrf = authority.issue_for(TestAuthority::nf(kNrf, "nrf.example"), kind);
  const auto amf = authority.issue_for(TestAuthority::nf(kAmf, "amf.example"), kind);
  server.chain = {nrf.certificate};
  server.key = nrf.key;
  server.anchors = {authority.certificate()};
  server.lowest = version;
  if (version == TlsVersion::tls13) {
    auto client = server;
    client.chain = {amf.certificate};
    client.key = amf.key;
    auto connection = tried(client, server);
    expect_good(connection);
    EXPECT_EQ(connection.server->peer_certificate()->public_key().kind().value(), kind);
    return;
  }
  auto pair = sockets();
  OldPeer client(std::move(pair.client), &amf);
  auto accepted = TlsStream::accept(TlsContext::server(server).value(), std::move(pair.server));
  ASSERT_EQ(drive(client, *accepted), StreamState::ok) << accepted->error_text();
  EXPECT_EQ(accepted->facts().version, "TLSv1.2");
  EXPECT_EQ(accepted->facts().alpn, "h2");
  EXPECT_SAYS(accepted->facts().cipher, "GCM");
  EXPECT_EQ(accepted->peer_certificate()->thumbprint(), amf.certificate.thumbprint());
}

TEST(Tls, RefusesAnOldClientInWords) {
  const Parties parties;
  auto pair = sockets();
  OldPeer client(std::move(pair.client), &parties.amf);
  auto server = TlsStream::accept(TlsContext::server(parties.server()).value(), std::move(pair.server));
  EXPECT_EQ(drive(client, *server), StreamState::failed);
  EXPECT_SAYS(server->error_text(), "version");
}

TEST(Tls, RefusesAnOldSuiteWithoutForwardSecrecy) {
  const Parties parties;
  auto settings = parties.server();
  settings.lowest = TlsVersion::tls12;
  auto pair = sockets();
  OldPeer client(std::move(pair.client), &parties.amf, [](SSL_CTX* context) {
    SSL_CTX_set_cipher_list(context, "AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256");
  });
  auto server = TlsStream::accept(TlsContext::server(settings).value(), std::move(pair.server));
  EXPECT_EQ(drive(client, *server), StreamState::failed);
  EXPECT_SAYS(server->error_text(), "cipher suite");
}

TEST(Tls, RefusesAnOldClientThatRenegotiates) {
  const Parties parties;
  auto settings = parties.server();
  settings.lowest = TlsVersion::tls12;
  auto pair = sockets();
  OldPeer client(std::move(pair.client), &parties.amf);
  auto server = TlsStream::accept(TlsContext::server(settings).value(), std::move(pair.server));
  ASSERT_EQ(drive(client, *server), StreamState::ok) << server->error_text();
  SSL_renegotiate(client.ssl.get());
  SSL_do_handshake(client.ssl.get());
  std::array<std::uint8_t, 16> buffer{};
  EXPECT_NE(server->read(buffer).state, StreamState::ok);
  EXPECT_NE(SSL_do_handshake(client.ssl.get()), 1);
}

TEST(Tls, ServesAPeerThatKnowsOnlyP256) {  // as Open5GS does
  const Parties parties;
  auto server = parties.server();
  server.groups = {"P-256"};
  auto connection = tried(parties.client(), server);
  expect_good(connection);
  EXPECT_EQ(connection.client->facts().group, "P-256");
}

// The order of the settings counts more than the shares the client happened to send.
TEST(Tls, PrefersTheHybridGroupEvenWhenItCostsARoundTrip) {
  const Parties parties;
  auto client = parties.client();
  client.groups = {"P-256", "X25519", "X25519MLKEM768"};
  auto connection = tried(client, parties.server());
  expect_good(connection);
  EXPECT_EQ(connection.server->facts().group, "X25519MLKEM768");
}

TEST(Tls, RefusesAPeerWithoutASharedGroup) {
  const Parties parties;
  auto client = parties.client();
  client.groups = {"P-384"};
  auto server = parties.server();
  server.groups = {"X25519MLKEM768"};
  auto connection = tried(client, server);
  EXPECT_EQ(connection.server_state, StreamState::failed);
  EXPECT_SAYS(connection.server->error_text(), "no shared key exchange group");
  EXPECT_SAYS(client_error(connection), "nothing in common");
}

TEST(Tls, RefusesAClientWithoutACertificate) {
  const Parties parties;
  auto client = parties.client();
  client.chain.clear();
  auto connection = tried(client, parties.server());
  EXPECT_EQ(connection.server_state, StreamState::failed);
  EXPECT_EQ(connection.server->error_text(), "peer sent no certificate");
  EXPECT_FALSE(connection.server->peer_certificate());
  EXPECT_SAYS(client_error(connection), "peer demands a certificate");
}

TEST(Tls, ServesAnybodyWhenPeersAreNotRequired) {
  const Parties parties;
  auto client = parties.client();
  client.chain.clear();
  auto server = parties.server();
  server.require_peer = false;
  auto connection = tried(client, server);
  expect_good(connection);
  EXPECT_FALSE(connection.server->peer_certificate());
}

TEST(Tls, RefusesAnExpiredClient) {
  const Parties parties;
  auto request = TestAuthority::nf(kAmf, "amf.example");
  request.now = system_clock().now() - std::chrono::hours{48};
  request.lifetime = std::chrono::hours{24};
  auto connection = tried(parties.settings(parties.authority.issue_for(request)), parties.server());
  EXPECT_EQ(connection.server_state, StreamState::failed);
  EXPECT_EQ(connection.server->error_text(), "peer's certificate has expired: CN=amf.example");
  EXPECT_SAYS(client_error(connection), "our certificate has expired");
}

TEST(Tls, RefusesAClientOfAnotherAuthority) {
  const Parties parties;
  const Parties strangers;
  auto client = strangers.client();
  client.anchors = {parties.authority.certificate()};
  auto connection = tried(client, parties.server());
  EXPECT_EQ(connection.server_state, StreamState::failed);
  EXPECT_SAYS(connection.server->error_text(), "unknown issuer");
  EXPECT_FALSE(client_error(connection).empty());
}

TEST(Tls, RefusesAClientThatBringsItsOwnAuthority) {
  const Parties parties;
  const Parties strangers;
  auto client = strangers.client();
  client.chain.push_back(strangers.authority.certificate());
  client.anchors = {parties.authority.certificate()};
  auto connection = tried(client, parties.server());
  EXPECT_EQ(connection.server_state, StreamState::failed);
  EXPECT_SAYS(connection.server->error_text(), "peer's certificate");
}

TEST(Tls, AcceptsAClientThroughAnIntermediate) {
  const Parties parties;
  IssueRequest request;
  request.common_name = "NF authority";
  request.authority = true;
  const auto middle = parties.authority.issue_for(request);
  auto leaf = TestAuthority::nf(kAmf, "amf.example");
  TestIdentity amf{{}, PrivateKey::generate(KeyKind::ecdsa_p256).value()};
  leaf.public_key = amf.key.public_key();
  leaf.now = system_clock().now();
  amf.certificate = issue(leaf, middle.certificate, middle.key).value();
  auto client = parties.settings(amf);
  client.chain.push_back(middle.certificate);
  auto connection = tried(client, parties.server());
  expect_good(connection);
}

TEST(Tls, TakesAnIntermediateForAnAnchorWhenToldSo) {
  const Parties parties;
  IssueRequest request;
  request.common_name = "NF authority";
  request.authority = true;
  const auto middle = parties.authority.issue_for(request);
  auto leaf = TestAuthority::nf(kAmf, "amf.example");
  TestIdentity amf{{}, PrivateKey::generate(KeyKind::ecdsa_p256).value()};
  leaf.public_key = amf.key.public_key();
  leaf.now = system_clock().now();
  amf.certificate = issue(leaf, middle.certificate, middle.key).value();
  auto server = parties.server();
  server.anchors = {middle.certificate};
  auto connection = tried(parties.settings(amf), server);
  expect_good(connection);
  auto other = tried(parties.client(), server);  // issued by the root, which is no anchor now
  EXPECT_SAYS(other.server->error_text(), "unknown issuer");
}

// The same names and key, signed again with another extended key usage, or another digest.
TestIdentity signed_again(const TestIdentity& who, const TestAuthority& authority, const char* usage,
                          const EVP_MD* digest) {
  OwnedCertificate copy(X509_dup(CertificateAccess::raw(who.certificate)));
  const OwnedExtension old(X509_delete_ext(copy.get(), X509_get_ext_by_NID(copy.get(), NID_ext_key_usage, -1)));
  const OwnedExtension added(X509V3_EXT_conf_nid(nullptr, nullptr, NID_ext_key_usage, usage));
  X509_add_ext(copy.get(), added.get(), -1);
  X509_sign(copy.get(), KeyAccess::raw(authority.key()), digest);
  return {CertificateAccess::wrap(std::move(copy)), who.key};
}

TEST(Tls, RefusesAServersCertificateShownByAClient) {
  const Parties parties;
  const auto amf = signed_again(parties.amf, parties.authority, "serverAuth", EVP_sha256());
  auto connection = tried(parties.settings(amf), parties.server());
  EXPECT_EQ(connection.server_state, StreamState::failed);
  EXPECT_SAYS(connection.server->error_text(), "not for this purpose");
}

TEST(Tls, RefusesAWeakCertificateOfItsOwn) {
  const Parties parties;
  const auto nrf = signed_again(parties.nrf, parties.authority, "serverAuth", EVP_sha1());
  const auto refused = TlsContext::server(parties.settings(nrf));
  ASSERT_FALSE(refused);
  EXPECT_SAYS(refused.error().message, "CN=nrf.example");
  auto settings = parties.server();
  settings.chain.push_back(nrf.certificate);
  EXPECT_SAYS(TlsContext::server(settings).error().message, "chain");
}

TEST(Tls, HasWordsForWhatIsNotInItsTables) {
  EXPECT_SAYS(words_for_verification(X509_V_ERR_CERT_REVOKED), "revoked");
  EXPECT_SAYS(words_for_error(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_BAD_LENGTH)), "bad length");
  EXPECT_SAYS(words_for_error(0), "no reason given");
}

TEST(Tls, RefusesAServerOfAnotherAuthority) {
  const Parties parties;
  const Parties strangers;
  auto connection = tried(parties.client(), strangers.server());
  EXPECT_EQ(connection.client_state, StreamState::failed);
  EXPECT_SAYS(connection.client->error_text(), "peer's certificate");
  EXPECT_SAYS(connection.server->error_text(), "peer");
}

TEST(Tls, RefusesAServerOfAnotherName) {
  const Parties parties;
  auto connection = tried(parties.client(), parties.server(), "udm.example");
  EXPECT_EQ(connection.client_state, StreamState::failed);
  EXPECT_EQ(connection.client->error_text(),
            "peer's certificate is for another name: CN=nrf.example (expected udm.example)");
}

TEST(Tls, ChecksAddressesToo) {
  const Parties parties;
  auto request = TestAuthority::nf(kNrf, "nrf.example");
  request.ip_addresses = {"127.0.0.10", "::1"};
  const auto server = parties.settings(parties.authority.issue_for(request));
  for (const auto* address : {"127.0.0.10", "::1"}) {
    auto connection = tried(parties.client(), server, address);
    expect_good(connection);
    EXPECT_EQ(connection.server->facts().server_name, "");  // RFC 6066 3: no addresses in SNI
  }
  auto other = tried(parties.client(), server, "127.0.0.11");
  EXPECT_SAYS(other.client->error_text(), "another address");
}

TEST(Tls, DoesNotTakeTheCommonNameForAName) {
  const Parties parties;
  IssueRequest request;
  request.common_name = "nrf.example";  // no SAN at all
  auto connection = tried(parties.client(), parties.settings(parties.authority.issue_for(request)));
  EXPECT_SAYS(connection.client->error_text(), "another name");
}

class NoName : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Tls, NoName,
                         testing::Values("", "nrf example", "*.example", std::string("nrf.example\0.evil", 17),
                                         std::string(254, 'a'), "nrf/example"));

TEST_P(NoName, IsRefusedBeforeTheHandshake) {
  const Parties parties;
  auto connection = tried(parties.client(), parties.server(), GetParam());
  EXPECT_EQ(connection.client_state, StreamState::failed);
  EXPECT_SAYS(connection.client->error_text(), "name");
}

TEST(Tls, RefusesAClientWithAnotherProtocol) {
  const Parties parties;
  auto client = parties.client();
  client.alpn = {"http/1.1"};
  auto connection = tried(client, parties.server());
  EXPECT_EQ(connection.server_state, StreamState::failed);
  EXPECT_SAYS(connection.server->error_text(), "no shared application protocol");
  EXPECT_SAYS(client_error(connection), "application protocols (ALPN)");
}

TEST(Tls, RefusesAClientWithoutAnyProtocol) {
  const Parties parties;
  auto client = parties.client();
  client.alpn.clear();
  auto connection = tried(client, parties.server());
  EXPECT_EQ(connection.server->error_text(), "peer offers no application protocol (ALPN)");
  EXPECT_SAYS(client_error(connection), "ALPN");
}

TEST(Tls, RefusesAServerWithoutAnyProtocol) {
  const Parties parties;
  auto server = parties.server();
  server.alpn.clear();
  auto connection = tried(parties.client(), server);
  EXPECT_EQ(connection.client_state, StreamState::failed);
  EXPECT_SAYS(connection.client->error_text(), "ALPN");
}

TEST(Tls, PrefersItsOwnProtocols) {
  const Parties parties;
  auto client = parties.client();
  client.alpn = {"http/1.1", "h2"};
  auto server = parties.server();
  server.alpn = {"h2", "http/1.1"};
  auto connection = tried(client, server);
  expect_good(connection);
  EXPECT_EQ(connection.server->facts().alpn, "h2");
}

TEST(Tls, GivesOutNoTicketsToResumeWith) {
  const Parties parties;
  auto pair = sockets();
  OldPeer client(std::move(pair.client), &parties.amf,
                 [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION); });
  auto server = TlsStream::accept(TlsContext::server(parties.server()).value(), std::move(pair.server));
  ASSERT_EQ(drive(client, *server), StreamState::ok) << server->error_text();
  std::array<char, 16> buffer{};
  SSL_read(client.ssl.get(), buffer.data(), buffer.size());  // a ticket would arrive with it
  EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get0_session(client.ssl.get())), 0);
}

TEST(Tls, SaysWhenItHoldsMoreThanTheDescriptorShows) {
  const Parties parties;
  auto connection = tried(parties.client(), parties.server());
  expect_good(connection);
  for (const std::string_view word : {"one", "two", "three"}) {
    ASSERT_EQ(connection.client->write(as_bytes(word)).state, StreamState::ok);
  }
  std::array<std::uint8_t, 64> into;
  EXPECT_EQ(connection.server->read(into).bytes, 3U);
  EXPECT_TRUE(connection.server->holds_more());
  EXPECT_EQ(connection.server->read(into).bytes, 3U);
  EXPECT_TRUE(connection.server->holds_more());
  EXPECT_EQ(connection.server->read(into).bytes, 5U);
  EXPECT_FALSE(connection.server->holds_more());
}

TEST(Tls, SaysGoodbyeAndHearsIt) {
  const Parties parties;
  auto connection = tried(parties.client(), parties.server());
  expect_good(connection);
  std::array<std::uint8_t, 16> buffer{};
  EXPECT_EQ(connection.server->read(buffer).state, StreamState::want_read);
  connection.client->shutdown();
  EXPECT_EQ(connection.server->read(buffer).state, StreamState::closed);
}

// Cutting the line is not an orderly end: a truncated answer must not look complete.
TEST(Tls, CallsACutLineAFailure) {
  const Parties parties;
  auto connection = tried(parties.client(), parties.server());
  expect_good(connection);
  connection.client.reset();
  std::array<std::uint8_t, 16> buffer{};
  EXPECT_EQ(connection.server->read(buffer).state, StreamState::failed);
  EXPECT_SAYS(connection.server->error_text(), "without saying goodbye");
  EXPECT_EQ(connection.server->read(buffer).state, StreamState::failed);
}

// SIGPIPE would end the test program here.
TEST(Tls, SurvivesWritingToAPeerThatHasGone) {
  const Parties parties;
  auto connection = tried(parties.client(), parties.server());
  expect_good(connection);
  connection.client.reset();
  EXPECT_EQ(connection.server->write(as_bytes("late")).state, StreamState::failed);
  EXPECT_SAYS(connection.server->error_text(), "socket: ");
  EXPECT_EQ(connection.server->write(as_bytes("later")).state, StreamState::failed);
  connection.server->shutdown();
}

TEST(Tls, NamesAPeerThatSpeaksPlainHttp) {
  const Parties parties;
  auto pair = sockets();
  auto server = TlsStream::accept(TlsContext::server(parties.server()).value(), std::move(pair.server));
  const std::string_view request = "GET / HTTP/1.1\r\n\r\n";
  ASSERT_EQ(send(pair.client.get(), request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  EXPECT_EQ(server->handshake().state, StreamState::failed);
  EXPECT_SAYS(server->error_text(), "plain HTTP");
  EXPECT_EQ(server->handshake().state, StreamState::failed);
}

TEST(Tls, NamesAPeerThatLeavesDuringTheHandshake) {
  const Parties parties;
  auto pair = sockets();
  auto server = TlsStream::accept(TlsContext::server(parties.server()).value(), std::move(pair.server));
  EXPECT_EQ(server->handshake().state, StreamState::want_read);
  pair.client.reset();
  EXPECT_EQ(server->handshake().state, StreamState::failed);
  EXPECT_SAYS(server->error_text(), "without saying goodbye");
}

TEST(Tls, MovesMoreThanTheSocketHolds) {
  const Parties parties;
  auto connection = tried(parties.client(), parties.server());
  expect_good(connection);
  const Bytes sent(3'000'000, 0x5a);
  Bytes received;
  Bytes buffer(40'000);
  std::size_t done = 0;
  bool was_full = false;
  while (received.size() < sent.size()) {
    if (done < sent.size()) {
      const auto moved = connection.client->write(BytesView(sent).subspan(done));
      ASSERT_NE(moved.state, StreamState::failed) << connection.client->error_text();
      was_full = was_full || moved.state == StreamState::want_write;
      done += moved.bytes;
    }
    if (was_full || done == sent.size()) {
      const auto got = connection.server->read(buffer);
      ASSERT_NE(got.state, StreamState::failed) << connection.server->error_text();
      received.insert(received.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got.bytes));
    }
  }
  EXPECT_TRUE(was_full);
  EXPECT_EQ(received, sent);
}

TEST(Tls, DoesNothingForEmptySpans) {
  const Parties parties;
  auto connection = tried(parties.client(), parties.server());
  expect_good(connection);
  EXPECT_EQ(connection.client->write({}).state, StreamState::ok);
  EXPECT_EQ(connection.client->read({}).state, StreamState::ok);
  EXPECT_GE(connection.client->fd(), 0);
  EXPECT_EQ(connection.client->handshake().state, StreamState::ok);
}

TEST(Tls, RefusesDataBeforeTheHandshake) {
  const Parties parties;
  const auto context = TlsContext::client(parties.client()).value();
  auto pair = sockets();
  auto reader = TlsStream::connect(context, std::move(pair.client), "nrf.example");
  auto writer = TlsStream::connect(context, std::move(pair.server), "nrf.example");
  std::array<std::uint8_t, 16> buffer{};
  EXPECT_EQ(reader->read(buffer).state, StreamState::failed);
  EXPECT_EQ(writer->write(buffer).state, StreamState::failed);
  EXPECT_SAYS(writer->error_text(), "before the handshake");
  EXPECT_EQ(writer->facts().version, "");
}

struct BadSettings {
  const char* name;
  void (*spoil)(TlsSettings&);
  const char* message;
};
class WrongSettings : public testing::TestWithParam<BadSettings> {};
INSTANTIATE_TEST_SUITE_P(
    Tls, WrongSettings,
    testing::Values(BadSettings{"no_certificate", [](TlsSettings& s) { s.chain.clear(); }, "needs a certificate"},
                    BadSettings{"empty_certificate",
                                [](TlsSettings& s) { s.chain.insert(s.chain.begin(), Certificate()); },
                                "empty certificate"},
                    BadSettings{"no_key", [](TlsSettings& s) { s.key = {}; }, "key: empty"},
                    BadSettings{"key_of_another",
                                [](TlsSettings& s) { s.key = PrivateKey::generate(KeyKind::ecdsa_p256).value(); },
                                "does not belong to the certificate CN=nrf.example"},
                    BadSettings{"no_anchors", [](TlsSettings& s) { s.anchors.clear(); }, "anchors"},
                    BadSettings{"empty_anchor", [](TlsSettings& s) { s.anchors.push_back({}); }, "anchors"},
                    BadSettings{"unknown_group", [](TlsSettings& s) { s.groups = {"X25519", "DEFAULT"}; },
                                "unknown group 'DEFAULT'"},
                    BadSettings{"no_group", [](TlsSettings& s) { s.groups.clear(); }, "groups"},
                    BadSettings{"empty_protocol", [](TlsSettings& s) { s.alpn = {""}; }, "alpn"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(WrongSettings, StopBeforeASocketOpens) {
  const Parties parties;
  auto settings = parties.server();
  GetParam().spoil(settings);
  const auto refused = TlsContext::server(settings);
  ASSERT_FALSE(refused);
  EXPECT_SAYS(refused.error().message, GetParam().message);
}

TEST(Tls, RefusesAClientWithoutAnchors) {
  const Parties parties;
  auto settings = parties.client();
  settings.anchors.clear();
  EXPECT_SAYS(TlsContext::client(settings).error().message, "anchors");
  settings.alpn = {std::string(256, 'h')};
  EXPECT_SAYS(TlsContext::client(settings).error().message, "alpn");
}

}  // namespace
}  // namespace cordon::crypto
