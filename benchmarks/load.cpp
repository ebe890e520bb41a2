#include "benchmarks/load.h"

#include <algorithm>

#include "cordon/base/loop.h"
#include "cordon/wire/connection.h"

namespace cordon::bench {

namespace {

class Run {
 public:
  explicit Run(const LoadPlan& plan) : plan_(plan) {}

  LoadOutcome go() {
    for (std::size_t i = 0; i < plan_.connections; ++i) open();
    loop_.after(plan_.warm_up, [this] { begin(); });
    loop_.after(plan_.warm_up + plan_.time, [this] { loop_.stop(); });
    loop_.run();
    outcome_.seconds = std::chrono::duration<double>(system_clock().steady() - began_).count();
    measuring_ = false;
    std::ranges::sort(outcome_.latencies);
    return std::move(outcome_);
  }

 private:
  void open() {
    auto fd = connect_tcp(plan_.to);
    if (!fd) return;
    std::unique_ptr<ByteStream> stream;
    if (plan_.tls) {
      stream = crypto::TlsStream::connect(plan_.tls, std::move(*fd), plan_.server_name);
    } else {
      stream = std::make_unique<PlainStream>(std::move(*fd));
    }
    connections_.push_back(wire::ClientConnection::start(loop_, std::move(stream), {}, [](const std::string&) {}));
    for (std::size_t i = 0; i < plan_.streams; ++i) send(*connections_.back());
  }

  void begin() {
    measuring_ = true;
    began_ = system_clock().steady();
  }

  void send(wire::ClientConnection& connection) {
    const auto start = system_clock().steady();
    connection.request(plan_.requests[next_++ % plan_.requests.size()], std::chrono::seconds(10),
                       [this, &connection, start](Result<wire::Response> got) {
                         const bool good = got && (got->status == 200 || got->status == 201);
                         if (measuring_) note(good, start);
                         if (good || connection.usable()) send(connection);
                       });
  }

  void note(bool good, SteadyTime start) {
    if (!good) {
      ++outcome_.failed;
      return;
    }
    ++outcome_.answered;
    outcome_.latencies.push_back(std::chrono::duration<double>(system_clock().steady() - start).count());
  }

  const LoadPlan& plan_;
  Loop loop_;
  std::vector<std::shared_ptr<wire::ClientConnection>> connections_;
  LoadOutcome outcome_;
  SteadyTime began_{};
  bool measuring_ = false;
  std::size_t next_ = 0;
};

}  // namespace

double LoadOutcome::percentile(double p) const {
  if (latencies.empty()) return 0;
  return latencies[std::min(latencies.size() - 1,
                            static_cast<std::size_t>(p * static_cast<double>(latencies.size())))];
}

LoadOutcome run_load(const LoadPlan& plan) { return Run(plan).go(); }

}  // namespace cordon::bench
