// The engine's list of what is in quarantine: one signed file, which survives a restart.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cordon/crypto/key.h"
#include "cordon/enforcement/quarantine.h"

namespace cordon::administrator {

// Names as people write them become those of the list: an NF's name its instance, if the inventory expects it. Errors
// say what is expected.
Result<std::string> contained_name(enforcement::ContainedKind kind, std::string_view word,
                                   const identity::Inventory& inventory);

class Containment {
 public:
  // A file that is there but is not ours, or broken, is an error: nothing may leave quarantine by a fault.
  static Result<Containment> open(std::filesystem::path file, const crypto::PrivateKey& key);

  // On disk when they return; on an error nothing has changed.
  Result<void> add(enforcement::Contained contained);  // in place of one of the same name
  Result<enforcement::Contained> lift(enforcement::ContainedKind kind, std::string_view what);
  Result<std::vector<enforcement::Contained>> expire(WallTime now);  // those whose time is over

  const std::vector<enforcement::Contained>& all() const { return all_; }
  std::string text() const { return all_.empty() ? "" : enforcement::write_contained(all_); }

 private:
  Containment(std::filesystem::path file, const crypto::PrivateKey& key) : file_(std::move(file)), key_(&key) {}
  Result<void> keep(std::vector<enforcement::Contained> next);

  std::filesystem::path file_;
  const crypto::PrivateKey* key_;  // the engine's, outlives us
  std::vector<enforcement::Contained> all_;
};

}  // namespace cordon::administrator
