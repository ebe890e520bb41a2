// Plays a recording against a core, every exchange as its recorded caller, and says where the answers differ.
//
// The driver is every consumer: the core under test runs without follow-up procedures. Two things are not literal.
// The driver plays the USIM, so RES* is computed for the challenge the live AUSF sent. And the recording ends with
// the NRF stopped: five de-registrations were answered 502 by the recording proxy. The driver stops the NRF before
// them; a refused connection then counts as the recorded 502 (through an enforcement point a 502 must be received).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cordon/base/loop.h"
#include "cordon/base/result.h"
#include "lab/functions.h"
#include "lab/lab_core.h"
#include "lab/recording.h"

namespace cordon::lab {

// How exchanges reach the core.
class Road {
 public:
  virtual ~Road() = default;
  virtual Result<wire::Response> exchange(NfType caller, NfType target, wire::Request request) = 0;
};

// By plain calls. A stopped NF refuses.
class DirectRoad final : public Road {
 public:
  explicit DirectRoad(Functions& functions) : functions_(functions) {}
  Result<wire::Response> exchange(NfType caller, NfType target, wire::Request request) override;
  void stop(NfType type) { stopped_.push_back(type); }

 private:
  Functions& functions_;
  std::vector<NfType> stopped_;
};

// Over TLS, each caller with its own certificate and connections, to the core itself or to an enforcement point
// before it.
class NetworkRoad final : public Road {
 public:
  static Result<std::unique_ptr<NetworkRoad>> make(Loop& loop, const LabPki& pki, Endpoints endpoints,
                                                   const std::vector<crypto::Certificate>& anchors);
  Result<wire::Response> exchange(NfType caller, NfType target, wire::Request request) override;

 private:
  Endpoints endpoints_;
  std::map<NfType, std::unique_ptr<SbiClient>> clients_;
};

struct ReplaySettings {
  std::function<void()> stop_nrf;  // called once, before the first exchange recorded as 502
  bool refused_is_502 = true;      // false through an enforcement point: it must answer 502 itself
  std::function<void(std::size_t index, std::chrono::nanoseconds took)> on_exchange;  // absent: nobody listens
};

struct Difference {
  std::size_t index = 0;
  std::string method;
  std::string path;
  std::string what;
};

struct ReplayReport {
  std::size_t total = 0;
  std::size_t equal = 0;
  std::size_t refused = 0;  // of the equal ones: a refused connection in the place of the recorded 502
  std::vector<Difference> differences;

  bool equivalent() const { return total > 0 && equal == total; }
  std::string text() const;
};

ReplayReport replay(const std::vector<Exchange>& recording, Road& road, const ReplaySettings& settings);

}  // namespace cordon::lab
