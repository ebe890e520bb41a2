// What the token checks of one enforcement point know: issuers' keys, tokens seen, and the authority where there is
// one.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cordon/base/file_stamp.h"
#include "cordon/base/loop.h"
#include "cordon/base/metrics.h"
#include "cordon/enforcement/settings.h"
#include "cordon/tokens/authority.h"
#include "cordon/tokens/issuer_files.h"
#include "cordon/tokens/verifier.h"

namespace cordon::enforcement {

class TokenGate {
 public:
  // Null when tokens are off. Looks at the key files every second.
  static Result<std::unique_ptr<TokenGate>> open(const Settings& settings, Loop& loop, Metrics& metrics);
  ~TokenGate() { loop_.cancel(timer_); }
  TokenGate(const TokenGate&) = delete;
  TokenGate& operator=(const TokenGate&) = delete;

  // Nothing known under another snapshot counts: it may have withdrawn somebody.
  void follow(std::uint64_t snapshot);
  void refresh();  // key files that changed; one wrong file, and the keys stay as they are

  const TokenSettings settings;
  tokens::Verifier verifier;
  std::optional<tokens::Authority> authority;
  Counter &good, &missing, &refused, &issued, &not_issued;  // of requests

 private:
  struct Files {
    tokens::IssuerFiles issuers;
    std::vector<tokens::Anchors> anchors;
    std::vector<tokens::AuthorityKey> keys;
    FileStamp key_stamp{};  // taken before the keys were read
  };
  static Result<Files> read(const Settings& settings);
  TokenGate(const TokenSettings& settings, Loop& loop, Metrics& metrics, Files files);
  void again();
  Result<bool> refresh_authority();
  std::vector<tokens::Issuer> issuers() const;

  Loop& loop_;
  tokens::IssuerFiles files_;
  FileStamp key_stamp_;
  std::uint64_t snapshot_ = 0;
  std::string told_;  // the last fault of the key files that was logged
  Gauge &hits_, &misses_;
  Loop::TimerId timer_ = 0;
};

}  // namespace cordon::enforcement
