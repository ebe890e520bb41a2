// Cordon in front of Open5GS by configuration only: certificates, and the files of Open5GS rewritten.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/identity/inventory.h"

namespace cordon::app {

extern const std::string_view kOpen5gsInventory;  // the NFs of Open5GS as it is packaged

// What an NF's file says under "NF:" as default and sbi, when Cordon stands in for all NFs of the inventory.
std::string open5gs_sections(const identity::ExpectedNf& nf, const identity::ExpectedNf& nrf,
                             const std::filesystem::path& pki);

// The file with these sections in place of its own; everything else stays. Fails when there is no "NF:" in it.
Result<std::string> with_open5gs_sections(std::string_view text, std::string_view nf, std::string_view sections);

// Reads NAME.yaml or TYPE.yaml of each NF in `from`, writes NAME.yaml and hosts into folder/open5gs and certificates
// into folder/pki. Returns what it wrote.
Result<std::vector<std::filesystem::path>> prepare_open5gs(const std::filesystem::path& folder,
                                                           const std::filesystem::path& from);

}  // namespace cordon::app
