// TLS as the 3GPP profile wants it (TS 33.210 6.2, TS 33.501 13.1.0): mutual, 1.3 first, hybrid post-quantum groups.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cordon/base/stream.h"
#include "cordon/crypto/certificate.h"
#include "cordon/crypto/key.h"

namespace cordon::crypto {

enum class TlsVersion { tls12, tls13 };

struct TlsSettings {
  std::vector<Certificate> chain;         // own certificate first; empty: none (clients only)
  PrivateKey key;                         // of chain[0]
  std::vector<Certificate> anchors;       // whom we believe; never the system's store
  TlsVersion lowest = TlsVersion::tls13;  // tls12 adds the 3GPP profile's ECDHE AEAD suites, and nothing else
  std::vector<std::string> groups = {"X25519MLKEM768", "X25519", "P-256", "P-384"};  // in order of preference
  std::vector<std::string> alpn = {"h2"};
  bool require_peer = true;  // servers: a client certificate is demanded and verified
};

struct TlsFacts {
  std::string version;  // "TLSv1.3"
  std::string cipher;
  std::string group;  // "X25519MLKEM768"
  std::string alpn;
  std::string server_name;  // SNI
};

// Shared, immutable after creation; streams keep it alive. Wrong settings (key not of certificate, unknown group) are
// errors.
class TlsContext {
 public:
  static Result<std::shared_ptr<const TlsContext>> server(const TlsSettings& settings);
  static Result<std::shared_ptr<const TlsContext>> client(const TlsSettings& settings);
  ~TlsContext();
  struct Impl;
  explicit TlsContext(std::unique_ptr<Impl> impl);
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

class TlsStream final : public ByteStream {
 public:
  static std::unique_ptr<TlsStream> accept(std::shared_ptr<const TlsContext> context, Fd fd);
  // server_name goes into SNI when it is a DNS name and is checked against the server's SAN (DNS name or IP address).
  static std::unique_ptr<TlsStream> connect(std::shared_ptr<const TlsContext> context, Fd fd,
                                            const std::string& server_name);
  ~TlsStream() override;

  int fd() const override;
  StreamResult handshake() override;  // failed: error_text() names the reason in words ("peer sent no certificate")
  StreamResult read(std::span<std::uint8_t> into) override;
  StreamResult write(BytesView from) override;
  void shutdown() override;
  std::string error_text() const override;

  std::optional<Certificate> peer_certificate() const;  // after the handshake
  TlsFacts facts() const;

 private:
  struct Impl;
  explicit TlsStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cordon::crypto
