// The manifest: what a bundle is, and the digest of everything in it. Signatures are over its bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/base/result.h"

namespace cordon::bundle {

inline constexpr std::string_view kFormat = "cordon-bundle-1";
inline constexpr std::string_view kLanguage = "Cedar 4.5 / SDK 4.12.0";  // what the policies mean is pinned, too

struct MemberDigest {
  std::string name;
  std::string sha256;  // hexadecimal
  std::uint64_t size = 0;
  bool operator==(const MemberDigest&) const = default;
};

struct Manifest {
  std::string name;           // whose policy this is: "sbi"; versions are counted for each name
  std::uint64_t version = 0;  // from 1, only ever grows
  WallTime created{};
  std::string policy_set_hash;        // of the policies as one set, as decisions name it
  std::vector<MemberDigest> members;  // in the archive's order
  bool operator==(const Manifest&) const = default;
};

// Lower-case letters, digits and . _ -, beginning with a letter or digit, at most 63.
Result<void> check_bundle_name(std::string_view name);

std::string to_text(const Manifest& manifest);

// Refuses another format or language, a wrong value, and any text that to_text would have written differently.
Result<Manifest> parse_manifest(std::string_view text);

}  // namespace cordon::bundle
