// Policy, bundle and inventory on disk, for tests that change them.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/administrator/assemble.h"
#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/bundle/bundle.h"

namespace cordon::administrator::test {

inline constexpr std::string_view kPolicy = "@id(\"all\") permit (principal, action, resource);\n";
inline constexpr std::string_view kInventory =
    "nfs:\n  - {instance: f990ed9a-e555-41f1-9dea-7f66d0edecbf, type: AMF, name: amf1, dns: [amf1.5gc.test]}\n";

// Two signers for all tests of a program: making keys takes its time.
inline const bundle::SigningPair& alice() {
  static const auto made = bundle::SigningPair::generate("alice").value();
  return made;
}
inline const bundle::SigningPair& bob() {
  static const auto made = bundle::SigningPair::generate("bob").value();
  return made;
}

struct TestSources {
  TestSources() {
    write_policy(kPolicy);
    write_inventory(kInventory);
  }
  void write_policy(std::string_view text) const { write(sources.policy, text); }
  void write_inventory(std::string_view text) const { write(sources.inventory, text); }

  // From now on the policy is a bundle that alice, and with two keys also bob, may sign.
  void trust(std::vector<const bundle::SigningPair*> pairs = {&alice()}) {
    sources.policy = folder / "sbi.bundle";
    sources.bundle.emplace();
    for (const auto* pair : pairs) {
      const auto known = pair->public_pair();
      sources.bundle->keys.push_back(folder / (known.name() + ".pub"));
      write(sources.bundle->keys.back(), known.pem());
    }
  }
  // A bundle whose policy_set_hash is right for one policy file.
  bundle::Contents contents(std::uint64_t version, std::string_view policy = kPolicy) const {
    return {.name = "sbi",
            .version = version,
            .created = WallTime{std::chrono::seconds{1'790'000'000}},
            .policy_set_hash = policy::PolicySet::parse(policy, "test").value().digest(),
            .members = {{"policies/sbi.cedar", std::string(policy)}}};
  }
  void write_bundle(const bundle::Contents& contents, const std::vector<bundle::SigningPair>& by = {alice()}) const {
    write(sources.policy, as_text(bundle::create(contents, by).value()));
  }

  TemporaryFolder folder;
  Sources sources{folder / "sbi.cedar", folder / "inventory.yaml"};

 private:
  static void write(const std::filesystem::path& file, std::string_view text) {
    if (!write_file(file, text)) std::abort();  // a test needs its folder
  }
};

}  // namespace cordon::administrator::test
