// The engine: watches the sources, signs a snapshot for every change and before each expiry, and hands it to the
// proxies.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cordon/administrator/assemble.h"
#include "cordon/administrator/containment.h"
#include "cordon/administrator/source_watch.h"
#include "cordon/base/loop.h"
#include "cordon/bundle/version_store.h"
#include "cordon/enforcement/line_channel.h"

namespace cordon::administrator {

// What became of a change of policy, inventory or entities: for the evidence log.
struct PolicyChange {
  bool accepted = false;
  std::string policy_set;      // digest of the set now in force; empty: none yet
  std::string what;            // the bundle and who signed it, or why the change is refused
  std::uint64_t sequence = 0;  // of the snapshot that brought it, when accepted
  std::string containment{};   // "quarantined", "lifted" or "expired": not of the policy, but of what is cut off
};

class Distributor {
 public:
  using OnChange = std::function<void(const PolicyChange&)>;

  struct Places {
    Sources sources;
    std::filesystem::path socket;
    std::filesystem::path key;
    std::filesystem::path sequence;         // the last sequence given out
    std::filesystem::path versions;         // of bundles accepted so far
    std::filesystem::path quarantine = {};  // what is cut off; empty: nothing can be
  };

  // Fails when the sources are wrong at start. Later a wrong change is reported and the last good snapshot stays.
  static Result<std::unique_ptr<Distributor>> start(Loop& loop, Places places, std::chrono::seconds life,
                                                    OnChange on_change = {});
  ~Distributor();

  // For start() only.
  struct Parts {
    crypto::PrivateKey key;
    Fd listener;
    std::uint64_t sequence = 0;
    std::optional<bundle::VersionStore> versions = {};  // when the policy is a bundle
    OnChange on_change = {};
    std::optional<Containment> containment = {};
  };
  Distributor(Loop& loop, Places places, std::chrono::seconds life, Parts parts);

  void check_sources();  // also called every half second

  // At once, to every proxy: the number of the snapshot that says so.
  Result<std::uint64_t> contain(enforcement::Contained contained);
  Result<std::uint64_t> lift(enforcement::ContainedKind kind, std::string_view what, std::string_view why);
  const std::vector<enforcement::Contained>& contained() const;

  // How many proxies there are, and how many say that they run that snapshot or a later one.
  struct Reach {
    std::size_t proxies = 0;
    std::size_t running = 0;
  };
  Reach reach(std::uint64_t sequence) const;
  void on_running(std::function<void()> told) { told_ = std::move(told); }  // a proxy answered, or left

  std::shared_ptr<const enforcement::Protection> protection() const { return protection_; }  // what good sources mean

 private:
  Result<void> load();  // sources -> good_, then issue()
  void tell(bool accepted, std::string what) const;
  Result<void> accept(const Assembled& assembled);  // its size, then its version, on disk
  Result<void> issue();                             // good_ under a new number and expiry, to every proxy
  Result<std::uint64_t> issue_containment(PolicyChange change);
  void expire_containment();
  void schedule();
  void accept();
  void on_answer(std::uint64_t proxy, std::string_view line);

  Loop& loop_;
  Places places_;
  std::chrono::seconds life_;
  crypto::PrivateKey key_;
  std::optional<Containment> containment_;
  Fd listener_;
  struct Proxy {
    std::unique_ptr<enforcement::LineChannel> channel;
    std::uint64_t running = 0;  // the snapshot
  };
  std::map<std::uint64_t, Proxy> proxies_;
  std::function<void()> told_;
  std::uint64_t next_proxy_ = 1;
  std::uint64_t sequence_ = 0;
  std::optional<bundle::VersionStore> versions_;
  OnChange on_change_;
  SourceWatch watch_;
  std::string fingerprint_;                                    // of the sources last looked at, good or bad
  enforcement::Snapshot good_;                                 // the last sources that compiled
  std::shared_ptr<const enforcement::Protection> protection_;  // good_, compiled
  std::string current_;                                        // good_ as signed, what proxies get
  WallTime renew_at_{};
  Loop::TimerId timer_ = 0;
};

}  // namespace cordon::administrator
