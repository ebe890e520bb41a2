#include "cordon/enforcement/settings_sections.h"

namespace cordon::enforcement {

namespace {

constexpr std::size_t kLongestOrigin = 128;

}  // namespace

// Origins are schema-less URLs (C2SP tlog-checkpoint). A default name is good for one machine; for a log that others
// witness, a person names it.
EvidenceSettings read_evidence(ConfigMap map, const std::filesystem::path& folder, const Settings& settings) {
  EvidenceSettings evidence;
  evidence.origin = map.text("origin", settings.name + ".cordon.invalid/evidence");
  if (evidence.origin.size() > kLongestOrigin || evidence.origin.find_first_of(" +\t\n") != std::string::npos)
    map.note("origin", "a log's name has 1 to 128 characters, and no space and no '+'");
  evidence.root_key_file =
      map.optional_text("key_file") ? folder / map.text("key_file", "") : settings.state / "vault-key";
  if (const auto file = map.optional_text("passphrase_file")) evidence.passphrase = folder / *file;
  if (map.is_map("token")) {
    auto token = map.map("token");
    evidence.token = {token.required_text("module"), token.required_text("label"),
                      folder / token.required_text("pin_file")};
    token.finish();
  }
  if (evidence.token && evidence.passphrase) map.note("token", "a token or a passphrase_file, not both");
  if (const auto file = map.optional_text("witnesses")) evidence.witnesses = folder / *file;
  evidence.witness_time = std::chrono::milliseconds(map.number("witness_milliseconds", 500, 10, 60'000));
  constexpr std::int64_t kMebi = 1 << 20;
  evidence.spool_bytes = static_cast<std::uint64_t>(map.number("spool_mebibytes", 64, 1, 65'536) * kMebi);
  evidence.free_bytes = static_cast<std::uint64_t>(map.number("free_mebibytes", 256, 0, 1'048'576) * kMebi);
  map.finish();
  return evidence;
}

}  // namespace cordon::enforcement
