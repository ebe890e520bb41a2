#include <arpa/inet.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "cordon/crypto/socket_bio.h"
#include "cordon/crypto/tls_context.h"
#include "cordon/crypto/tls_words.h"

namespace cordon::crypto {

namespace {
using OwnedSsl = Owned<SSL, &SSL_free>;

bool is_address(const std::string& name) {
  std::array<std::uint8_t, 16> octets{};
  return inet_pton(AF_INET, name.c_str(), octets.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), octets.data()) == 1;
}

bool is_host_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, fits);
}

// RFC 9525 6: the name we meant to reach, in the SAN and nowhere else; no wildcards, because an NF is one host.
bool expect_name(SSL* ssl, const std::string& name) {
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS);
  if (is_address(name)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  return is_host_name(name) && SSL_set1_host(ssl, name.c_str()) == 1 &&
         SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

}  // namespace

struct TlsStream::Impl {
  std::shared_ptr<const TlsContext> context;
  Fd fd;
  HandshakeNotes notes;
  Objection objection;
  OwnedSsl ssl;  // after what it points to, so that it goes first
  std::string error;
  bool ready = false;   // the handshake is done
  bool broken = false;  // OpenSSL forbids further calls after a fatal error

  Impl(std::shared_ptr<const TlsContext> context, Fd fd);
  StreamResult fail(std::string words);
  StreamResult outcome(int returned, std::size_t bytes);
  StreamResult system_error();
  StreamResult finished();
};

HandshakeNotes* notes_of(const SSL* ssl) { return static_cast<HandshakeNotes*>(SSL_get_app_data(ssl)); }

TlsStream::Impl::Impl(std::shared_ptr<const TlsContext> with, Fd socket)
    : context(std::move(with)), fd(std::move(socket)), ssl(SSL_new(context->impl().context.get())) {
  auto bio = socket_bio(fd.get());
  if (!ssl || !bio) {
    fail(openssl_reason("out of memory"));
    return;
  }
  SSL_set_bio(ssl.get(), bio.get(), bio.get());  // takes one reference for both directions
  static_cast<void>(bio.release());
  SSL_set_app_data(ssl.get(), &notes);
}

StreamResult TlsStream::Impl::fail(std::string words) {
  if (!broken) error = std::move(words);  // the first reason is the one that explains
  broken = true;
  ERR_clear_error();
  return {StreamState::failed, 0};
}

StreamResult TlsStream::Impl::system_error() {
  const int number = errno;
  if (number == 0) return fail("peer closed the connection without saying goodbye");
  return fail(fail_errno("socket", number).error().message);
}

StreamResult TlsStream::Impl::outcome(int returned, std::size_t bytes) {
  if (returned > 0) return {StreamState::ok, bytes};
  switch (SSL_get_error(ssl.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {StreamState::want_read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {StreamState::want_write, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {StreamState::closed, 0};
    case SSL_ERROR_SYSCALL:
      return system_error();
    default:
      return fail(notes.refusal.empty() ? words_for_error(ERR_peek_error()) : notes.refusal);
  }
}

// A server that speaks no ALPN ends the handshake without one; RFC 9113 3.3 wants h2 negotiated.
StreamResult TlsStream::Impl::finished() {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl.get(), &name, &size);
  if (size == 0 && !context->impl().alpn.empty()) return fail("peer chose no application protocol (ALPN)");
  // RFC 7627 5.2 and 5.3; TLS 1.3 has its own binding.
  if (SSL_version(ssl.get()) < TLS1_3_VERSION && SSL_get_extms_support(ssl.get()) != 1) {
    return fail("peer speaks TLS 1.2 without the extended master secret");
  }
  if (SSL_session_reused(ssl.get()) != 1) note_proof(ssl.get());
  if (OwnedCertificate peer(objection ? SSL_get1_peer_certificate(ssl.get()) : nullptr); peer) {
    if (auto why = objection(CertificateAccess::wrap(std::move(peer))); !why.empty()) return fail(std::move(why));
  }
  ready = true;
  return {};
}

TlsStream::TlsStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsStream::~TlsStream() = default;

std::unique_ptr<TlsStream> TlsStream::accept(std::shared_ptr<const TlsContext> context, Fd fd) {
  auto impl = std::make_unique<Impl>(std::move(context), std::move(fd));
  if (impl->ssl) SSL_set_accept_state(impl->ssl.get());
  return std::unique_ptr<TlsStream>(new TlsStream(std::move(impl)));  // the constructor is private
}

std::unique_ptr<TlsStream> TlsStream::connect(std::shared_ptr<const TlsContext> context, Fd fd,
                                              const std::string& server_name, Objection objection) {
  auto impl = std::make_unique<Impl>(std::move(context), std::move(fd));
  impl->objection = std::move(objection);
  if (impl->ssl) {
    SSL_set_connect_state(impl->ssl.get());
    impl->notes.expected_name = server_name;
    if (!expect_name(impl->ssl.get(), server_name)) {
      impl->fail("the server's name is neither a DNS name nor an address, so nothing could be checked");
    }
    offer_session(impl->ssl.get(), server_name);
  }
  return std::unique_ptr<TlsStream>(new TlsStream(std::move(impl)));  // the constructor is private
}

int TlsStream::fd() const { return impl_->fd.get(); }

StreamResult TlsStream::handshake() {
  if (impl_->broken) return {StreamState::failed, 0};
  if (impl_->ready) return {};
  ERR_clear_error();
  errno = 0;
  const auto result = impl_->outcome(SSL_do_handshake(impl_->ssl.get()), 0);
  return result.state == StreamState::ok ? impl_->finished() : result;
}

StreamResult TlsStream::read(std::span<std::uint8_t> into) {
  if (impl_->broken) return {StreamState::failed, 0};
  if (!impl_->ready) return impl_->fail("read before the handshake");
  if (into.empty()) return {};
  ERR_clear_error();
  errno = 0;
  std::size_t bytes = 0;
  const int returned = SSL_read_ex(impl_->ssl.get(), into.data(), into.size(), &bytes);
  return impl_->outcome(returned, bytes);
}

bool TlsStream::holds_more() const { return SSL_has_pending(impl_->ssl.get()) == 1; }

StreamResult TlsStream::write(BytesView from) {
  if (impl_->broken) return {StreamState::failed, 0};
  if (!impl_->ready) return impl_->fail("write before the handshake");
  if (from.empty()) return {};
  ERR_clear_error();
  errno = 0;
  std::size_t bytes = 0;
  const int returned = SSL_write_ex(impl_->ssl.get(), from.data(), from.size(), &bytes);
  return impl_->outcome(returned, bytes);
}

void TlsStream::shutdown() {
  if (impl_->ready && !impl_->broken) SSL_shutdown(impl_->ssl.get());
  ERR_clear_error();
  ::shutdown(impl_->fd.get(), SHUT_WR);
}

std::string TlsStream::error_text() const { return impl_->error; }

std::optional<Certificate> TlsStream::peer_certificate() const {
  if (!impl_->ready) return std::nullopt;
  OwnedCertificate peer(SSL_get1_peer_certificate(impl_->ssl.get()));
  if (!peer) return std::nullopt;
  return CertificateAccess::wrap(std::move(peer));
}

TlsFacts TlsStream::facts() const {
  if (!impl_->ready) return {};
  SSL* ssl = impl_->ssl.get();
  const unsigned char* alpn = nullptr;
  unsigned int alpn_size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
  const auto text = [](const char* words) { return std::string(words == nullptr ? "" : words); };
  return {.version = text(SSL_get_version(ssl)),
          .cipher = text(SSL_get_cipher_name(ssl)),
          .group = std::string(group_name(text(SSL_get0_group_name(ssl)))),
          .alpn = std::string(as_text({alpn, alpn_size})),
          .server_name = text(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)),
          .resumed = SSL_session_reused(ssl) == 1};
}

const PeerProof& TlsStream::proof() const { return impl_->notes.proof; }

}  // namespace cordon::crypto
