// TLS as the 3GPP profile wants it (TS 33.210 6.2, TS 33.501 13.1.0): mutual, 1.3 first, hybrid post-quantum groups.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cordon/base/stream.h"
#include "cordon/crypto/certificate.h"
#include "cordon/crypto/crl.h"
#include "cordon/crypto/key.h"

namespace cordon::crypto {

enum class TlsVersion { tls12, tls13 };

// One of the certificates we show; the peer's signature algorithms choose among several.
struct OwnChain {
  std::vector<Certificate> chain;  // own certificate first
  PrivateKey key;                  // of chain[0]
  Bytes staple;                    // servers: an OCSP response for chain[0], shown while it is fresh; empty: none
};

// What a missing or outdated revocation list means: a refusal, or nothing. What it lists is refused in both.
enum class Revocation { hard, soft };

struct TlsSettings {
  std::vector<Certificate> chain;    // own certificate first; empty: none (clients only)
  PrivateKey key;                    // of chain[0]
  Bytes staple;                      // as in OwnChain
  std::vector<OwnChain> more;        // beside it, of other kinds of keys (ECDSA: one of both curves)
  std::vector<Certificate> anchors;  // whom we believe; never the system's store
  std::vector<RevocationList> crls;  // of the anchors and of the authorities below them; none: not looked at
  Revocation revocation = Revocation::hard;
  bool must_staple = false;               // clients: the server must show a fresh OCSP response
  bool known_names_only = false;          // servers: refuse who asks for a name (SNI) that no own certificate carries
  bool resumption = false;                // TLS 1.3 tickets, never 0-RTT; such a context belongs to one thread
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
  bool resumed = false;
};

// What was proven about the peer's chain, in this handshake or in the one its ticket came from.
struct PeerProof {
  std::string anchor;                // thumbprint of the anchor that vouches; empty: there is no peer certificate
  WallTime since = WallTime::min();  // all certificates of the chain are valid from here
  WallTime until = WallTime::max();  // and to here
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

  // Why a peer that another context let in would not come in here, as far as anchors and revocation lists tell;
  // empty: nothing speaks against it. For connections that stay open while the files change.
  std::string objection(const Certificate& peer, const PeerProof& proof, WallTime now) const;

 private:
  std::unique_ptr<Impl> impl_;
};

class TlsStream final : public ByteStream {
 public:
  static std::unique_ptr<TlsStream> accept(std::shared_ptr<const TlsContext> context, Fd fd);
  // server_name goes into SNI when it is a DNS name and is checked against the server's SAN (DNS name or IP address).
  // objection: what the caller holds against the server's certificate, asked once it is verified; empty: nothing.
  using Objection = std::function<std::string(const Certificate&)>;
  static std::unique_ptr<TlsStream> connect(std::shared_ptr<const TlsContext> context, Fd fd,
                                            const std::string& server_name, Objection objection = {});
  ~TlsStream() override;

  int fd() const override;
  StreamResult handshake() override;  // failed: error_text() names the reason in words ("peer sent no certificate")
  StreamResult read(std::span<std::uint8_t> into) override;
  bool holds_more() const override;
  StreamResult write(BytesView from) override;
  void shutdown() override;
  std::string error_text() const override;

  std::optional<Certificate> peer_certificate() const;  // after the handshake
  TlsFacts facts() const;
  const PeerProof& proof() const;

 private:
  struct Impl;
  explicit TlsStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cordon::crypto
