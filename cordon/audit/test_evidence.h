// Records sealed by a real vault into a log in memory, with an index in a folder.
#pragma once

#include <gtest/gtest.h>

#include "cordon/audit/access.h"
#include "cordon/audit/index.h"
#include "cordon/audit/test_log.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/evidence/sealing.h"

namespace cordon::audit {

class TestEvidence {
 public:
  static constexpr BlockSizes kSizes{.full = 64, .tail = 16};

  TestEvidence() {
    auto made = vault::Vault::create(folder_ / "vault", vault::KeyFile{folder_ / "vault-key"}, clock);
    if (!made) throw std::runtime_error(made.error().message);
    vault = std::move(*made);
    sealing_ = std::make_unique<evidence::VaultSealing>(*vault);
  }

  // A refusal or permit of that caller under that rule, about that subscriber.
  static evidence::Record decision(std::string caller, std::string rule, std::string subject = "") {
    evidence::Record record;
    record.decision = rule == "allowed" ? "permit" : "refuse";
    record.caller_name = std::move(caller);
    record.rule = std::move(rule);
    record.reason = "because of " + record.rule;
    record.details = {"a near miss"};
    if (!subject.empty()) record.subjects = {{"", std::move(subject), false}};
    return record;
  }

  std::uint64_t add(evidence::Record record) {
    clock.advance(std::chrono::seconds(1));
    if (record.time == WallTime{}) record.time = clock.now();
    std::string entry;
    if (auto sealed = sealing_->seal(record, entry); !sealed) throw std::runtime_error(sealed.error().message);
    if (auto kept = sealing_->sync(); !kept) throw std::runtime_error(kept.error().message);
    return log.add(as_bytes(entry));
  }

  KeepRecord keep() {
    return [this](const evidence::Record& record) -> Result<std::uint64_t> { return add(record); };
  }
  HeaderKeyOf header_key() const {
    return [this](std::uint64_t record) -> Result<Bytes> {
      if (record >= readable) return fail(ErrorKind::not_found, "not yet");
      auto keys = vault->record_keys(log.entry(record), {.header = true, .analyst = false, .personal = false});
      if (!keys) return std::unexpected(keys.error());
      return *keys->header;
    };
  }
  Result<BuildReport> build() { return build_index(log.publish(), index, keep(), header_key(), clock, kSizes); }

  std::filesystem::path path(const std::string& name) const { return folder_ / name; }

  ManualClock clock;
  std::unique_ptr<vault::Vault> vault;
  TestLog log;
  std::uint64_t readable = ~0ULL;  // records from this one on cannot be opened yet

 private:
  TemporaryFolder folder_;
  std::unique_ptr<evidence::VaultSealing> sealing_;

 public:
  Index index{folder_ / "public"};
};

}  // namespace cordon::audit
