// The highest version accepted of each bundle, on disk: what makes an old bundle, though rightly signed, a refused
// one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "cordon/base/result.h"
#include "cordon/bundle/bundle.h"

namespace cordon::bundle {

// Trusts its folder: whoever may write the file may let an old bundle return.
class VersionStore {
 public:
  // A store that is missing, cut or changed is an error with its remedy, never an empty store.
  static Result<VersionStore> open(std::filesystem::path file);
  // At the very first start: an empty one. Refused when there is one already.
  static Result<VersionStore> create(std::filesystem::path file);

  // Refused: a lower version than accepted before, or another bundle under the same version. With an empty `pinned`
  // also a name that was never accepted when another was: a bundle of one purpose does not replace that of another.
  Result<void> check(const Bundle& bundle, std::string_view pinned = {}) const;

  // Checks, writes and syncs; returns when the disk has it. Killed at any moment, the file says the old or the new.
  Result<void> accept(const Bundle& bundle, std::string_view pinned = {});

 private:
  struct Accepted {
    std::uint64_t version = 0;
    std::string manifest;  // the bundle's digest; empty: any bundle of that version
  };
  using Versions = std::map<std::string, Accepted, std::less<>>;

  explicit VersionStore(std::filesystem::path file) : file_(std::move(file)) {}
  static Result<Versions> parse(std::string_view text);
  static std::string to_text(const Versions& versions);

  std::filesystem::path file_;
  Versions versions_;
};

}  // namespace cordon::bundle
