// A small SBI client for the lab, its tests and its attacks: one caller's certificate, one connection per
// destination.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cordon/base/loop.h"
#include "cordon/base/result.h"
#include "cordon/base/socket.h"
#include "cordon/crypto/certificate.h"
#include "cordon/crypto/key.h"
#include "cordon/crypto/tls.h"
#include "cordon/wire/connection.h"
#include "cordon/wire/message.h"

namespace cordon::lab {

// Whose certificate a caller shows. Empty: none at all.
struct Identity {
  std::vector<crypto::Certificate> chain;
  crypto::PrivateKey key;
};

class SbiClient {
 public:
  using Done = std::function<void(Result<wire::Response>)>;

  static Result<std::unique_ptr<SbiClient>> make(Loop& loop, const Identity& caller,
                                                 const std::vector<crypto::Certificate>& anchors);
  ~SbiClient();  // requests under way are dropped without a word
  SbiClient(const SbiClient&) = delete;
  SbiClient& operator=(const SbiClient&) = delete;

  // done is called from the loop, never from inside. server_name: the DNS name or IP address the certificate must
  // carry.
  void request(const Endpoint& to, const std::string& server_name, wire::Request request, Done done);
  // Runs the loop until the answer is there.
  Result<wire::Response> exchange(const Endpoint& to, const std::string& server_name, wire::Request request);

  void close();  // the next request connects anew
  void set_limit(std::chrono::milliseconds limit) { limit_ = limit; }

 private:
  using Destination = std::pair<Endpoint, std::string>;
  SbiClient(Loop& loop, std::shared_ptr<const crypto::TlsContext> context);
  void send(const Destination& to, wire::Request request, bool may_retry, Done done);
  Result<std::shared_ptr<wire::ClientConnection>> connection_to(const Destination& to);

  Loop& loop_;
  std::shared_ptr<const crypto::TlsContext> context_;
  std::map<Destination, std::shared_ptr<wire::ClientConnection>> connections_;
  std::chrono::milliseconds limit_{10'000};                     // 3gpp-sbi-max-rsp-time of the recorded core
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // callbacks outliving the client find it false
};

}  // namespace cordon::lab
