// GET /metrics for Prometheus: HTTP/1.1, one short answer a connection, on an address of the operator's choice.
#pragma once

#include <map>
#include <memory>

#include "cordon/base/loop.h"
#include "cordon/base/metrics.h"
#include "cordon/base/socket.h"

namespace cordon::enforcement {

class MetricsPage {
 public:
  static Result<std::unique_ptr<MetricsPage>> open(Loop& loop, const Endpoint& at, const Metrics& metrics);
  MetricsPage(Loop& loop, Fd listener, const Metrics& metrics);  // use open()
  ~MetricsPage();

  int listener() const { return listener_.get(); }

 private:
  struct Visitor;
  void accept();
  void on_ready(int fd);
  void drop(int fd);

  Loop& loop_;
  Fd listener_;
  const Metrics& metrics_;
  std::map<int, std::unique_ptr<Visitor>> visitors_;
};

}  // namespace cordon::enforcement
