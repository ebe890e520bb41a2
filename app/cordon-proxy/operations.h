// What an operator can do with a running enforcement point: look, drain, reload, put another in its place.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cordon/base/loop.h"
#include "cordon/base/metrics.h"
#include "cordon/enforcement/control.h"
#include "cordon/enforcement/handover.h"
#include "cordon/enforcement/ledger.h"
#include "cordon/enforcement/metrics_page.h"
#include "cordon/enforcement/proxy.h"
#include "cordon/enforcement/settings.h"
#include "cordon/enforcement/tls_set.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/spool.h"

namespace cordon {

class Operations {
 public:
  struct Parts {
    Loop& loop;
    Metrics& metrics;
    enforcement::Proxy& proxy;
    enforcement::Ledger& ledger;
    evidence::Client& evidence;
    evidence::Spool& spool;
    const enforcement::MetricsPage* page;  // null: there is none
    std::string confined;                  // in words
    std::string tls_files;                 // what they looked like when they were read
  };
  // All parts outlive it.
  Operations(Parts parts, std::string config, std::string yaml, enforcement::Settings settings);

  // From here on it takes orders, and the predecessor, if there is one, is told to go.
  Result<void> open(std::optional<enforcement::Predecessor> predecessor);
  void on_signal(int number);

 private:
  void obey(const enforcement::Control::Order& order);
  wire::Json status() const;
  wire::Json connections() const;
  void drain(const enforcement::Control::Order& order);
  void leave();
  void hand_over(const enforcement::Control::Order& order);
  Result<std::string> reload();
  void watch_tls(std::string seen);
  void follow(enforcement::Predecessor predecessor);
  void learn(std::string_view line);

  Parts parts_;
  std::string config_;
  std::string yaml_;  // of settings_
  enforcement::Settings settings_;
  SteadyTime started_;
  bool leaving_ = false;
  std::optional<enforcement::TlsWatch> tls_watch_;
  std::unique_ptr<enforcement::Control> control_;
  std::unique_ptr<enforcement::LineChannel> predecessor_;
};

}  // namespace cordon
