#include "cordon/crypto/tls_resume.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "cordon/crypto/tls_context.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kMostSessions = 1024;
// After so long a peer shows its certificate again and proves that it holds the key, whatever tickets it has.
constexpr std::chrono::hours kLongestWithoutProof{12};

}  // namespace

// === TicketKeys

void TicketKeys::tidy(SteadyTime now) {
  if (current_.secret.empty() || now - current_.made >= kLife) {
    last_ = std::move(current_);
    current_ = {.name = {}, .secret = Secret::random(64), .made = now};
    fill_random(current_.name);
  }
  if (now - last_.made >= 2 * kLife) last_ = {};
}

const TicketKeys::Key& TicketKeys::sealing(SteadyTime now) {
  tidy(now);
  return current_;
}

const TicketKeys::Key* TicketKeys::opening(std::span<const std::uint8_t, 16> name, SteadyTime now) {
  tidy(now);
  for (const auto* key : {&current_, &last_}) {
    if (!key->secret.empty() && std::ranges::equal(key->name, name)) return key;
  }
  return nullptr;
}

// === SessionStore

void SessionStore::keep(const std::string& name, OwnedSession session, const PeerProof& proof) {
  if (name.empty() || !session || (kept_.size() >= kMostSessions && !kept_.contains(name))) return;
  kept_.insert_or_assign(name, Kept{std::move(session), proof});
}

std::optional<SessionStore::Kept> SessionStore::take(const std::string& name) {
  const auto found = kept_.find(name);
  if (found == kept_.end()) return std::nullopt;
  auto kept = std::move(found->second);
  kept_.erase(found);
  return kept;
}

// === what a ticket carries of the first handshake: what was proven, and until when nothing new needs to be

namespace {

struct TicketNote {
  std::int64_t since = 0;  // seconds, as the next two
  std::int64_t until = 0;
  std::int64_t prove_again = 0;
  std::array<char, 64> anchor{};  // hexadecimal
};

// Towards zero: the ends of WallTime stay within it on the way back.
std::int64_t seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool is_tls13(const SSL* ssl) { return SSL_version(ssl) == TLS1_3_VERSION; }

// The certificate in a session is judged anew: what no longer holds leads to a handshake with a certificate.
bool still_good(const SSL* ssl, SSL_SESSION* session, const PeerProof& proof, WallTime now) {
  if (now < proof.since || now >= proof.until) return false;
  X509* peer = SSL_SESSION_get0_peer(session);
  if (peer == nullptr) return SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE;
  if (X509_up_ref(peer) != 1) return false;
  return objection_to(impl_of(ssl), CertificateAccess::wrap(OwnedCertificate(peer)), proof, now).empty();
}

// In a resumed handshake the session has the note of the ticket it came from: the proof does not grow younger.
int write_note(SSL* ssl, void*) {
  if (SSL_session_reused(ssl) == 1) return 1;
  note_proof(ssl);
  const auto* notes = notes_of(ssl);
  if (notes == nullptr) return 0;
  TicketNote note{.since = seconds(notes->proof.since),
                  .until = seconds(notes->proof.until),
                  .prove_again = seconds(system_clock().now() + kLongestWithoutProof)};
  const auto anchor = std::string_view(notes->proof.anchor).substr(0, note.anchor.size());
  std::ranges::copy(anchor, note.anchor.begin());
  return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), &note, sizeof note);
}

SSL_TICKET_RETURN read_note(SSL* ssl, SSL_SESSION* session, const unsigned char*, std::size_t,
                            SSL_TICKET_STATUS status, void*) {
  auto* notes = notes_of(ssl);
  void* data = nullptr;
  std::size_t size = 0;
  if ((status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) || notes == nullptr || !is_tls13(ssl) ||
      SSL_SESSION_get0_ticket_appdata(session, &data, &size) != 1 || size != sizeof(TicketNote)) {
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  TicketNote note;
  std::memcpy(&note, data, sizeof note);
  const PeerProof proof{.anchor = std::string(note.anchor.data(), note.anchor[0] == 0 ? 0 : note.anchor.size()),
                        .since = WallTime(std::chrono::seconds(note.since)),
                        .until = WallTime(std::chrono::seconds(note.until))};
  const auto now = system_clock().now();
  if (seconds(now) >= note.prove_again || !still_good(ssl, session, proof, now))
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  notes->proof = proof;
  return SSL_TICKET_RETURN_USE_RENEW;
}

bool arm(const TicketKeys::Key& key, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int sealing) {
  auto octets = key.secret.view();
  // OpenSSL only reads it; its parameters have one type for reading and writing.
  auto* mac_key = const_cast<unsigned char*>(octets.data() + 32);
  char digest[] = "SHA256";
  const std::array parameters{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, mac_key, 32),
                              OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                              OSSL_PARAM_construct_end()};
  return EVP_CipherInit_ex2(cipher, EVP_aes_256_cbc(), octets.data(), iv, sealing, nullptr) == 1 &&
         EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
}

// 1: sealed or opened; 0: no ticket, or not one of ours; -1: out of order. TLS 1.2 resumes without a fresh key
// exchange (RFC 5077), so it gets none.
int handle_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                  int sealing) {
  auto& tickets = impl_of(ssl).tickets;
  if (!tickets || !is_tls13(ssl)) return 0;
  const auto now = system_clock().steady();
  if (sealing == 0) {
    const auto* key = tickets->opening(std::span<const std::uint8_t, 16>(name, 16), now);
    if (key == nullptr) return 0;
    return arm(*key, iv, cipher, mac, sealing) ? 1 : -1;
  }
  const auto& key = tickets->sealing(now);
  std::ranges::copy(key.name, name);
  return RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 && arm(key, iv, cipher, mac, sealing) ? 1
                                                                                                                : -1;
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto& sessions = impl_of(ssl).sessions;
  const auto* notes = notes_of(ssl);
  // A copy: the connection spoils its own when the line is cut.
  if (sessions && notes != nullptr && is_tls13(ssl)) {
    sessions->keep(notes->expected_name, SessionStore::OwnedSession(SSL_SESSION_dup(session)), notes->proof);
  }
  return 0;
}

}  // namespace

void set_server_resumption(SSL_CTX* context) {
  SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // the ticket is all there is
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_timeout(context, static_cast<long>(std::chrono::seconds(2 * TicketKeys::kLife).count()));
  // Each context has ticket keys of its own: with new anchors, lists or certificates all tickets end.
  SSL_CTX_set_session_id_context(context, as_bytes("cordon").data(), 6);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &handle_ticket);
  SSL_CTX_set_session_ticket_cb(context, &write_note, &read_note, nullptr);
}

void set_client_resumption(SSL_CTX* context) {
  SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &keep_session);
}

void offer_session(SSL* ssl, const std::string& name) {
  auto& sessions = impl_of(ssl).sessions;
  const auto kept = sessions ? sessions->take(name) : std::nullopt;
  if (!kept || !still_good(ssl, kept->session.get(), kept->proof, system_clock().now())) return;
  if (SSL_set_session(ssl, kept->session.get()) == 1) notes_of(ssl)->proof = kept->proof;
}

}  // namespace cordon::crypto
