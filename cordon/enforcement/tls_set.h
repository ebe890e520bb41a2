// The files of the section tls: read as a whole, and read again when they change.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cordon/base/loop.h"
#include "cordon/base/metrics.h"
#include "cordon/enforcement/sender.h"
#include "cordon/enforcement/settings.h"

namespace cordon::enforcement {

struct TlsSet {
  std::shared_ptr<const crypto::TlsContext> server;  // null, as client: h2c, for a laboratory
  std::shared_ptr<const crypto::TlsContext> client;
  AnchorNetworks networks;             // empty: anchors are for all PLMNs alike
  WallTime expires = WallTime::max();  // the first of our own chains' certificates to end
  std::string files;                   // what the files looked like before they were read
};

// One wrong file, or a key that is not its certificate's, and nothing of it is used.
Result<TlsSet> load_tls(const TlsFiles& files);

// The part that callers' certificates are held against, and no key of ours: server is a context that can only verify.
Result<TlsSet> load_callers(const TlsFiles& files);

// Looks every second. Editors and certificate managers replace several files one after the other: what does not fit
// together yet is refused as a whole, told once, and looked at again when it changes.
class TlsWatch {
 public:
  using Changed = std::function<void(TlsSet)>;
  using Load = Result<TlsSet> (*)(const TlsFiles&);
  TlsWatch(Loop& loop, TlsFiles files, std::string seen, Metrics& metrics, Changed changed, Load load = &load_tls);
  ~TlsWatch() { loop_.cancel(timer_); }
  TlsWatch(const TlsWatch&) = delete;
  TlsWatch& operator=(const TlsWatch&) = delete;

  void look();

 private:
  void again();

  Loop& loop_;
  TlsFiles files_;
  std::string seen_;
  Load load_;
  Counter& taken_;
  Counter& refused_;
  Changed changed_;
  Loop::TimerId timer_ = 0;
};

}  // namespace cordon::enforcement
