// From the files the configuration names to one checked policy: a .cedar file, or a signed bundle.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cordon/administrator/check_policy.h"
#include "cordon/base/result.h"
#include "cordon/bundle/bundle.h"
#include "cordon/enforcement/settings.h"

namespace cordon::administrator {

struct Sources {
  std::filesystem::path policy;  // Cedar text, or a bundle when the last says whose signatures count
  std::filesystem::path inventory;
  std::optional<std::filesystem::path> schema = {};  // for a policy that brings none; else the built-in one
  std::optional<enforcement::BundleTrust> bundle = {};
};

Sources sources_of(const enforcement::Settings& settings);

// Every file whose change may change what is activated.
std::vector<std::filesystem::path> files_of(const Sources& sources);

Result<bundle::Trust> read_trust(const std::vector<std::filesystem::path>& keys, std::size_t threshold);

// The bundle's texts as check_policy wants them; file: of the bundle, for places.
PolicyTexts texts_of(const bundle::Bundle& bundle, const std::string& file);

// The policies of a plain file or of a bundle as one text, to be shown beside a record that names their digest.
// Believes no signature.
Result<std::string> policy_text(const std::filesystem::path& file);

struct ReadPolicy {
  CheckedPolicy checked;
  std::optional<bundle::Bundle> bundle;  // whose version still has to be accepted
};
Result<ReadPolicy> read_policy(const Sources& sources);

}  // namespace cordon::administrator
