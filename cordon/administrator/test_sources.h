// Policy and inventory on disk, for tests that change them.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "cordon/administrator/assemble.h"
#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon::administrator::test {

inline constexpr std::string_view kPolicy = "@id(\"all\") permit (principal, action, resource);\n";
inline constexpr std::string_view kInventory =
    "nfs:\n  - {instance: f990ed9a-e555-41f1-9dea-7f66d0edecbf, type: AMF, name: amf1, dns: [amf1.5gc.test]}\n";

struct TestSources {
  TestSources() {
    write_policy(kPolicy);
    write_inventory(kInventory);
  }
  void write_policy(std::string_view text) const { write(sources.policy, text); }
  void write_inventory(std::string_view text) const { write(sources.inventory, text); }

  TemporaryFolder folder;
  Sources sources{folder / "sbi.cedar", folder / "inventory.yaml"};

 private:
  static void write(const std::filesystem::path& file, std::string_view text) {
    if (!write_file(file, text)) std::abort();  // a test needs its folder
  }
};

}  // namespace cordon::administrator::test
