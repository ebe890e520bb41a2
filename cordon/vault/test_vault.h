// A vault in a folder of its own, with custodians whose passphrases cost nothing to try: for tests of every room.
#pragma once

#include <gtest/gtest.h>

#include "cordon/base/temporary_folder.h"
#include "cordon/vault/custodians.h"
#include "cordon/vault/vault.h"

namespace cordon::vault {

inline constexpr crypto::Argon2 kFastArgon2{.memory_kib = 64, .passes = 1, .lanes = 1};
inline constexpr std::string_view kSubject = "imsi-999700000021309";
inline constexpr std::string_view kOtherSubject = "imsi-999700000021310";

inline Clear about(std::string_view subject, std::string_view payload = "the identifier") {
  return {.kind = EntryKind::decision,
          .header = "who decided what",
          .analyst = "features",
          .terms = {"caller:amf1", "rule:own-profile-only"},
          .personal = {{subject, payload}}};
}

struct TestVault {
  TemporaryFolder place;
  ManualClock clock;
  RootKey root = KeyFile{place / "root.key"};
  std::filesystem::path folder = place / "vault";
  std::unique_ptr<Vault> vault;

  TestVault() {
    auto made = Vault::create(folder, root, clock);
    EXPECT_TRUE(made) << made.error().message;
    if (made) vault = std::move(*made);
  }
  std::unique_ptr<Vault> another() const {
    auto opened = Vault::open(folder, root, clock);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  std::shared_ptr<KeyFolder> keys() const {
    auto opened = KeyFolder::open(folder, root);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *opened : nullptr;
  }
  void add_custodians() const {
    for (const auto* name : {"alice", "bob", "carol"}) {
      const auto added = add_custodian(*keys(), name, std::string("passphrase of ") + name, kFastArgon2);
      EXPECT_TRUE(added) << added.error().message;
    }
  }
  // One record that is durable, as the writer would have it.
  std::string kept(const Clear& clear) const {
    std::string entry;
    const auto sealed = vault->seal(clear, entry);
    EXPECT_TRUE(sealed) << sealed.error().message;
    EXPECT_TRUE(vault->sync());
    return entry;
  }
};

inline std::vector<Approval> approvals(std::initializer_list<const char*> names) {
  std::vector<Approval> out;
  for (const auto* name : names) out.push_back({name, crypto::Secret::of(std::string("passphrase of ") + name)});
  return out;
}

}  // namespace cordon::vault
