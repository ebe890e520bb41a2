#include "cordon/crypto/tls_context.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "cordon/crypto/tls_server.h"
#include "cordon/crypto/tls_words.h"
#include "cordon/crypto/trust_store.h"
#include "cordon/crypto/verify_client.h"

namespace cordon::crypto {

namespace {

constexpr long kLongestCertificateList = 64L << 10;  // what a peer may send; an ML-DSA-65 chain of four is 25 KiB

// RFC 8446 B.4; the order is ours.
constexpr auto* kSuites13 = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
// TS 33.210 6.2.3: forward secrecy and AEAD.
constexpr auto* kSuites12 =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256";
// Handshakes and chains alike; no SHA-1 (TS 33.210 6.2.1). rsa_pkcs1 is for chains and TLS 1.2 only: 1.3 ignores it.
constexpr auto* kSignatures =
    "mldsa65:ed25519:ecdsa_secp384r1_sha384:ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:"
    "rsa_pss_rsae_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";

struct Group {
  std::string_view name;     // in settings and facts
  std::string_view openssl;  // what OpenSSL reports
};
constexpr auto kGroups = std::to_array<Group>({{"X25519MLKEM768", "X25519MLKEM768"},
                                               {"SecP256r1MLKEM768", "SecP256r1MLKEM768"},
                                               {"SecP384r1MLKEM1024", "SecP384r1MLKEM1024"},
                                               {"X25519", "x25519"},
                                               {"P-256", "secp256r1"},
                                               {"P-384", "secp384r1"},
                                               {"P-521", "secp521r1"}});

using Made = Result<std::shared_ptr<const TlsContext>>;

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorKind::invalid_input, "TLS settings: " + std::move(message));
}

// One tuple for each group, so that our order counts more than the key shares a client happens to send; a '*' makes
// clients send shares for the first two, so that a peer without the hybrid group costs no further round trip.
Result<std::string> group_list(const std::vector<std::string>& groups) {
  std::string list;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (!std::ranges::contains(kGroups, groups[i], &Group::name)) {
      return wrong(
          std::format("unknown group '{}': use X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024, "
                      "X25519, P-256, P-384 or P-521",
                      groups[i]));
    }
    list += std::format("{}{}{}", i == 0 ? "" : "/", i < 2 ? "*" : "", groups[i]);
  }
  if (list.empty()) return wrong("groups: at least one");
  return list;
}

Result<Bytes> alpn_list(const std::vector<std::string>& names) {
  Bytes list;
  for (const auto& name : names) {
    if (name.empty() || name.size() > 255) return wrong("alpn: names of 1 to 255 octets");
    list.push_back(static_cast<std::uint8_t>(name.size()));
    list.insert(list.end(), name.begin(), name.end());
  }
  return list;
}

// Everything that does not depend on the side. A system-wide openssl.cnf may have loosened something before: what
// matters is set here explicitly.
Result<void> set_versions_and_suites(SSL_CTX* context, const TlsSettings& settings) {
  const auto groups = group_list(settings.groups);
  if (!groups) return std::unexpected(groups.error());
  const int lowest = settings.lowest == TlsVersion::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_security_level(context, kSecurityLevel);
  if (SSL_CTX_set_min_proto_version(context, lowest) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context, kSuites13) != 1 || SSL_CTX_set_cipher_list(context, kSuites12) != 1 ||
      SSL_CTX_set1_groups_list(context, groups->c_str()) != 1 ||
      SSL_CTX_set1_sigalgs_list(context, kSignatures) != 1) {
    return fail_openssl(ErrorKind::invalid_input, "TLS settings");
  }
  return {};
}

// Tickets and caches are off here; tls_resume.cpp switches on what is asked for.
void set_behaviour(SSL_CTX* context) {
  SSL_CTX_clear_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_read_ahead(context, 1);  // one call of the system for a record's head and body, and for small records
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_recv_max_early_data(context, 0);
  SSL_CTX_set_max_cert_list(context, kLongestCertificateList);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

// The first, and those beside it.
std::vector<OwnChain> own_chains(const TlsSettings& settings) {
  std::vector<OwnChain> all;
  if (!settings.chain.empty()) all.push_back({settings.chain, settings.key, settings.staple});
  all.insert(all.end(), settings.more.begin(), settings.more.end());
  return all;
}

// OpenSSL keeps one certificate of each kind; both curves of ECDSA are one kind.
KeyKind slot_of(const OwnChain& own) {
  const auto kind = own.key.kind().value_or(KeyKind::rsa);
  return kind == KeyKind::ecdsa_p384 ? KeyKind::ecdsa_p256 : kind;
}

// A chain refused by the security level (RSA of 1024 bits, SHA-1) is an error here already, not at the first
// handshake.
Result<void> set_chain(SSL_CTX* context, const OwnChain& own) {
  if (own.chain.empty() || std::ranges::any_of(own.chain, [](const auto& certificate) { return !certificate; })) {
    return wrong("chain: an empty certificate");
  }
  const auto& leaf = own.chain.front();
  const auto key = own.key.public_key();
  if (!key) return wrong("key: empty");
  if (key.der() != leaf.public_key().der()) {
    return wrong("the key does not belong to the certificate " + leaf.subject());
  }
  if (SSL_CTX_use_certificate(context, CertificateAccess::raw(leaf)) != 1 ||
      SSL_CTX_use_PrivateKey(context, KeyAccess::raw(own.key)) != 1) {
    return fail_openssl(ErrorKind::invalid_input, "TLS settings: certificate " + leaf.subject());
  }
  for (std::size_t i = 1; i < own.chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, CertificateAccess::raw(own.chain[i])) != 1) {
      return fail_openssl(ErrorKind::invalid_input, "TLS settings: chain");
    }
  }
  return {};
}

Result<void> set_identity(SSL_CTX* context, const TlsSettings& settings) {
  std::vector<KeyKind> kinds;
  for (const auto& own : own_chains(settings)) {
    if (auto set = set_chain(context, own); !set) return set;
    if (std::ranges::contains(kinds, slot_of(own))) {
      return wrong(std::format("two certificates with keys of one kind ({}); ECDSA P-256 and P-384 are one kind",
                               name_of(slot_of(own))));
    }
    kinds.push_back(slot_of(own));
  }
  return {};
}

// Nobody can say whether an anchor is withdrawn: whoever runs us takes it out of the file. And in the soft mode a
// list that is missing or outdated is no obstacle (but what an outdated list holds is still revoked).
bool is_tolerable(X509_STORE_CTX* store, const TlsSettings& settings) {
  const int error = X509_STORE_CTX_get_error(store);
  const bool stale = error == X509_V_ERR_UNABLE_TO_GET_CRL || error == X509_V_ERR_CRL_HAS_EXPIRED ||
                     error == X509_V_ERR_CRL_NOT_YET_VALID;
  const bool strange = error == X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER || error == X509_V_ERR_CRL_SIGNATURE_FAILURE;
  const int anchor = sk_X509_num(X509_STORE_CTX_get0_chain(store)) - 1;
  const bool of_anchor = anchor > 0 && X509_STORE_CTX_get_error_depth(store) == anchor;
  return (stale && settings.revocation == Revocation::soft) || ((stale || strange) && of_anchor);
}

// Runs for every certificate of the peer's chain. Decides nothing; keeps the first refusal with the name it is about.
int note_refusal(int good, X509_STORE_CTX* store) {
  if (good == 1) return 1;
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (ssl != nullptr && is_tolerable(store, impl_of(ssl).settings)) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  HandshakeNotes* notes = ssl == nullptr ? nullptr : notes_of(ssl);
  if (notes == nullptr || !notes->refusal.empty()) return 0;
  notes->refusal = words_for_verification(X509_STORE_CTX_get_error(store));
  X509* about = X509_STORE_CTX_get_current_cert(store);
  if (about != nullptr && X509_up_ref(about) == 1) {
    constexpr std::size_t kEnough = 200;  // the name is the peer's words
    notes->refusal +=
        std::format(": {}", CertificateAccess::wrap(OwnedCertificate(about)).subject().substr(0, kEnough));
  }
  if (!notes->expected_name.empty()) notes->refusal += std::format(" (expected {})", notes->expected_name);
  return 0;
}

// A list in an anchor's name must be the anchor's. Those of authorities below are verified in the handshake.
Result<void> check_lists(const TlsSettings& settings) {
  for (const auto& list : settings.crls) {
    const auto named = [&](const auto& anchor) { return anchor.subject() == list.issuer(); };
    const auto genuine = [&](const auto& anchor) { return named(anchor) && list.signed_by(anchor); };
    if (std::ranges::any_of(settings.anchors, named) && !std::ranges::any_of(settings.anchors, genuine)) {
      return wrong(std::format("the revocation list of {} is not signed by it", list.issuer()));
    }
  }
  return {};
}

Result<void> set_trust(SSL_CTX* context, const TlsSettings& settings, int mode) {
  SSL_CTX_set_verify(context, mode, &note_refusal);
  if (mode == SSL_VERIFY_NONE) return {};
  if (settings.anchors.empty()) return wrong("anchors: nobody to believe");
  if (auto good = check_lists(settings); !good) return good;
  auto store = trust_store(settings.anchors);
  if (!store) return std::unexpected(within("TLS settings", store.error()));
  for (const auto& list : settings.crls) X509_STORE_add_crl(store->get(), raw_list(list));
  if (!settings.crls.empty()) {
    X509_STORE_set_flags(store->get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  }
  SSL_CTX_set_cert_store(context, store->release());  // takes it over
  SSL_CTX_set_verify_depth(context, kDeepestChain);
  return {};
}

Result<std::unique_ptr<TlsContext::Impl>> prepared(const TlsSettings& settings, const SSL_METHOD* method,
                                                   int verify) {
  auto alpn = alpn_list(settings.alpn);
  if (!alpn) return std::unexpected(alpn.error());
  auto impl = std::make_unique<TlsContext::Impl>();
  impl->context.reset(SSL_CTX_new(method));
  impl->alpn = std::move(*alpn);
  SSL_CTX* context = impl->context.get();
  if (context == nullptr) return fail_openssl(ErrorKind::internal, "TLS context");
  SSL_CTX_set_app_data(context, impl.get());
  set_behaviour(context);
  for (const auto& step : {set_versions_and_suites(context, settings), set_identity(context, settings),
                           set_trust(context, settings, verify)}) {
    if (!step) return std::unexpected(step.error());
  }
  impl->settings = settings;
  impl->own = own_chains(settings);
  impl->settings.key = {};
  impl->settings.more.clear();
  for (auto& own : impl->own) own.key = {};
  for (const auto& anchor : settings.anchors) impl->anchors.push_back(anchor.thumbprint());
  return impl;
}

}  // namespace

std::string_view group_name(std::string_view openssl_name) {
  const auto found = std::ranges::find(kGroups, openssl_name, &Group::openssl);
  return found == kGroups.end() ? openssl_name : found->name;
}

TlsContext::Impl& impl_of(const SSL* ssl) {
  return *static_cast<TlsContext::Impl*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

static PeerProof proof_of(const STACK_OF(X509) * chain) {
  PeerProof proof;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* each = sk_X509_value(chain, i);
    proof.since = std::max(proof.since, wall_time(X509_get0_notBefore(each), WallTime::max()));
    proof.until = std::min(proof.until, wall_time(X509_get0_notAfter(each), WallTime::min()));
    if (i + 1 == sk_X509_num(chain) && X509_up_ref(each) == 1) {
      proof.anchor = CertificateAccess::wrap(OwnedCertificate(each)).thumbprint();
    }
  }
  return proof;
}

void note_proof(SSL* ssl) { notes_of(ssl)->proof = proof_of(SSL_get0_verified_chain(ssl)); }

std::string objection_to(const TlsContext::Impl& context, const Certificate& peer, const PeerProof& proof,
                         WallTime now) {
  const auto& settings = context.settings;
  if (!std::ranges::contains(context.anchors, proof.anchor)) {
    return "the authority that vouches for it is no longer an anchor";
  }
  bool covered = settings.crls.empty() || settings.revocation == Revocation::soft;
  for (const auto& list : settings.crls) {
    if (list.lists(peer)) return "it is on the revocation list of " + list.issuer();
    covered = covered || (list.is_for(peer) && list.fresh(now));
  }
  return covered ? "" : "no fresh revocation list of its issuer is at hand";
}

std::string TlsContext::objection(const Certificate& peer, const PeerProof& proof, WallTime now) const {
  return objection_to(*impl_, peer, proof, now);
}

// === without a handshake of our own

namespace {

using OwnedStoreContext = Owned<X509_STORE_CTX, &X509_STORE_CTX_free>;
using OwnedStack = std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * stack) { sk_X509_free(stack); })>;

int settings_index() {
  static const int kIndex = X509_STORE_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

int tolerate(int good, X509_STORE_CTX* store) {
  if (good == 1) return 1;
  if (!is_tolerable(store, *static_cast<const TlsSettings*>(X509_STORE_CTX_get_ex_data(store, settings_index()))))
    return 0;
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

// As a handshake would, where SSL sets the same from its own parameters.
bool prepare(X509_STORE_CTX* store, const TlsSettings& settings, WallTime at) {
  X509_STORE_CTX_set_verify_cb(store, &tolerate);
  auto* parameters = X509_STORE_CTX_get0_param(store);
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  return X509_STORE_CTX_set_default(store, "ssl_client") == 1 &&
         X509_STORE_CTX_set_ex_data(store, settings_index(), const_cast<TlsSettings*>(&settings)) == 1;
}

}  // namespace

Result<PeerProof> verify_client(const TlsContext& context, const Certificate& leaf,
                                const std::vector<Certificate>& intermediates, WallTime at) {
  if (!leaf) return fail(ErrorKind::invalid_input, "the certificate is empty");
  const OwnedStack between(sk_X509_new_null());
  for (const auto& each : intermediates) sk_X509_push(between.get(), CertificateAccess::raw(each));
  const OwnedStoreContext store(X509_STORE_CTX_new());
  auto* anchors = SSL_CTX_get_cert_store(context.impl().context.get());
  if (X509_STORE_CTX_init(store.get(), anchors, CertificateAccess::raw(leaf), between.get()) != 1 ||
      !prepare(store.get(), context.impl().settings, at)) {
    return fail_openssl(ErrorKind::internal, "certificate");
  }
  const bool good = X509_verify_cert(store.get()) == 1;
  ERR_clear_error();
  if (!good) return fail(ErrorKind::permission, words_for_verification(X509_STORE_CTX_get_error(store.get())));
  return proof_of(X509_STORE_CTX_get0_chain(store.get()));
}

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

Made TlsContext::server(const TlsSettings& settings) {
  if (settings.chain.empty() && settings.more.empty()) return wrong("a server needs a certificate");
  // TS 33.501 13.1.0: both sides show their certificates.
  const int verify = settings.require_peer ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE;
  auto impl = prepared(settings, TLS_server_method(), verify);
  if (!impl) return std::unexpected(impl.error());
  if (auto served = set_server_side(**impl); !served) return std::unexpected(served.error());
  return std::make_shared<const TlsContext>(std::move(*impl));
}

Made TlsContext::client(const TlsSettings& settings) {
  auto impl = prepared(settings, TLS_client_method(), SSL_VERIFY_PEER);
  if (!impl) return std::unexpected(impl.error());
  const auto& alpn = (*impl)->alpn;
  if (SSL_CTX_set_alpn_protos((*impl)->context.get(), alpn.data(), static_cast<unsigned int>(alpn.size())) != 0) {
    return fail_openssl(ErrorKind::internal, "TLS settings: alpn");
  }
  set_client_staple((*impl)->context.get());
  if (settings.resumption) {
    (*impl)->sessions.emplace();
    set_client_resumption((*impl)->context.get());
  }
  return std::make_shared<const TlsContext>(std::move(*impl));
}

}  // namespace cordon::crypto
