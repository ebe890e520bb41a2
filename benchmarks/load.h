// A load generator with client certificates (h2load 1.64 has none): the same for every proxy under test.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cordon/base/socket.h"
#include "cordon/crypto/tls.h"
#include "cordon/wire/message.h"

namespace cordon::bench {

struct LoadPlan {
  Endpoint to;
  std::string server_name;
  std::shared_ptr<const crypto::TlsContext> tls;
  std::vector<wire::Request> requests;  // sent in turn
  std::size_t connections = 4;
  std::size_t streams = 16;  // in flight on each
  std::chrono::milliseconds warm_up{300};
  std::chrono::milliseconds time{1500};
};

struct LoadOutcome {
  std::uint64_t answered = 0;  // with 200 or 201, within the measured time
  std::uint64_t failed = 0;
  double seconds = 0;
  std::vector<double> latencies;  // seconds, sorted

  double per_second() const { return seconds > 0 ? static_cast<double>(answered) / seconds : 0; }
  double percentile(double p) const;
};

LoadOutcome run_load(const LoadPlan& plan);

}  // namespace cordon::bench
