// A network function: requests in, answers out, with whatever it must ask its peers in between.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/wire/json.h"
#include "cordon/wire/message.h"
#include "lab/core.h"
#include "lab/nf_type.h"
#include "lab/sbi.h"

namespace cordon::lab {

using Reply = std::function<void(wire::Response)>;  // called exactly once

// How one NF reaches the others; each NF has its own, because it speaks with its own certificate.
class Peers {
 public:
  virtual ~Peers() = default;
  // A peer that cannot be reached answers 504.
  virtual void call(NfType target, wire::Request request, Reply reply) = 0;
  // False during a replay, where the driver plays every consumer: an NF then makes only the reads its own answer
  // needs.
  virtual bool follow_up() const = 0;
};

// A request with everything read out of it once.
struct Call {
  wire::Request request;
  Target target;
  std::vector<std::string> captures;  // the segments that '*' stood for
  wire::Json body;                    // null when there is none
  std::vector<Part> parts;            // of a multipart body
};

class Nf {
 public:
  Nf(NfType type, Core& core, Peers& peers);
  virtual ~Nf() = default;
  Nf(const Nf&) = delete;
  Nf& operator=(const Nf&) = delete;

  // Naive as the recorded core is: whoever reaches the socket is served.
  virtual void handle(const wire::Request& request, Reply reply);
  NfType type() const { return type_; }

 protected:
  using Handler = std::function<void(const Call&, const Reply&)>;
  void route(std::string_view method, std::string_view pattern, Handler handler);  // "nudm-sdm/v2/*/sm-data"

  Core& core() { return core_; }
  Peers& peers() { return peers_; }
  std::string uri(std::string_view path) const;  // an absolute URI of this NF

  // Something done after or beside the answer: skipped during a replay, and its outcome never changes the answer.
  void effect(NfType target, wire::Request request, std::function<void()> then);

 private:
  struct Route {
    std::string method;
    std::vector<std::string> pattern;
    Handler handler;
  };
  wire::Response unroutable(const Target& target) const;

  NfType type_;
  Core& core_;
  Peers& peers_;
  std::vector<Route> routes_;
};

}  // namespace cordon::lab
