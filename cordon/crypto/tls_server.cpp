#include "cordon/crypto/tls_server.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/crypto/ocsp.h"

namespace cordon::crypto {

namespace {

bool has_extension(SSL* ssl, unsigned int type) {
  const unsigned char* extension = nullptr;
  std::size_t size = 0;
  return SSL_client_hello_get0_ext(ssl, type, &extension, &size) == 1;
}

int refuse_hello(SSL* ssl, int* alert, int with, std::string why) {
  if (auto* notes = notes_of(ssl)) notes->refusal = std::move(why);
  *alert = with;
  return SSL_CLIENT_HELLO_ERROR;
}

// A client that offers no ALPN at all never reaches select_protocol, so it is turned away here (RFC 7301). RFC 7627
// 5.2: without the extended master secret TLS 1.2 binds nothing to the handshake; TS 33.210 6.2.3 wants it.
int check_hello(SSL* ssl, int* alert, void*) {
  if (!impl_of(ssl).alpn.empty() && !has_extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation)) {
    return refuse_hello(ssl, alert, SSL_AD_NO_APPLICATION_PROTOCOL, "peer offers no application protocol (ALPN)");
  }
  const bool old = !has_extension(ssl, TLSEXT_TYPE_supported_versions);
  if (old && impl_of(ssl).settings.lowest == TlsVersion::tls12 &&
      !has_extension(ssl, TLSEXT_TYPE_extended_master_secret)) {
    return refuse_hello(ssl, alert, SSL_AD_HANDSHAKE_FAILURE,
                        "peer offers TLS 1.2 without the extended master secret");
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

int select_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  const auto& alpn = impl_of(ssl).alpn;
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(&found, chosen_size, alpn.data(), static_cast<unsigned int>(alpn.size()),
                                            offered, offered_size);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 3.2
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// RFC 6066 3: no name is no mistake (addresses have none); a name that nobody here has is one.
int check_name(SSL* ssl, int* alert, void*) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const auto carries = [&](const OwnChain& own) {
    return X509_check_host(CertificateAccess::raw(own.chain.front()), name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                           nullptr) == 1;
  };
  if (name == nullptr || std::ranges::any_of(impl_of(ssl).own, carries)) return SSL_TLSEXT_ERR_OK;
  if (auto* notes = notes_of(ssl)) {
    notes->refusal = std::format("peer asks for the name '{}', which our certificate does not carry",
                                 printable(std::string_view(name).substr(0, 100)));
  }
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// === OCSP stapling

// An outdated response would have the peer refuse us; without one it may still decide otherwise.
int show_staple(SSL* ssl, void*) {
  const X509* shown = SSL_get_certificate(ssl);
  for (const auto& own : impl_of(ssl).own) {
    if (own.staple.empty() || X509_cmp(shown, CertificateAccess::raw(own.chain.front())) != 0) continue;
    const auto until = read_staple(own.staple, own.chain.front());
    if (!until || *until <= system_clock().now()) break;
    void* copy = OPENSSL_memdup(own.staple.data(), own.staple.size());
    if (copy == nullptr) break;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<int>(own.staple.size()));
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

std::string staple_objection(SSL* ssl) {
  STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
  const auto at = [&](int i) {
    X509* each = sk_X509_value(chain, i);
    return each != nullptr && X509_up_ref(each) == 1 ? CertificateAccess::wrap(OwnedCertificate(each))
                                                     : Certificate();
  };
  const auto leaf = at(0);
  const auto issuer = sk_X509_num(chain) > 1 ? at(1) : leaf;
  const unsigned char* response = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl, &response);
  if (response == nullptr || size <= 0) {
    const bool demanded = impl_of(ssl).settings.must_staple || demands_staple(leaf);
    return demanded ? "peer shows no OCSP response, and one is demanded" : "";
  }
  const auto good = check_staple({response, static_cast<std::size_t>(size)}, leaf, issuer, system_clock().now());
  return good ? "" : "peer's certificate is refused: " + good.error().message;
}

// A resumed session rests on the response of its first handshake; its server shows no certificate either.
int judge_staple(SSL* ssl, void*) {
  if (SSL_session_reused(ssl) == 1) return 1;
  auto why = staple_objection(ssl);
  if (why.empty()) return 1;
  if (auto* notes = notes_of(ssl)) notes->refusal = std::move(why);
  return 0;
}

}  // namespace

Result<void> set_server_side(TlsContext::Impl& impl) {
  SSL_CTX* context = impl.context.get();
  for (const auto& own : impl.own) {
    if (own.staple.empty()) continue;
    if (const auto good = read_staple(own.staple, own.chain.front()); !good) {
      return std::unexpected(within("TLS settings: " + own.chain.front().subject(), good.error()));
    }
  }
  SSL_CTX_set_client_hello_cb(context, &check_hello, nullptr);
  if (!impl.alpn.empty()) SSL_CTX_set_alpn_select_cb(context, &select_protocol, nullptr);
  if (impl.settings.known_names_only) SSL_CTX_set_tlsext_servername_callback(context, &check_name);
  SSL_CTX_set_tlsext_status_cb(context, &show_staple);
  if (impl.settings.resumption) {
    impl.tickets.emplace();
    set_server_resumption(context);
  }
  return {};
}

void set_client_staple(SSL_CTX* context) {
  SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
  SSL_CTX_set_tlsext_status_cb(context, &judge_staple);
}

}  // namespace cordon::crypto
