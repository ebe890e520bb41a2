#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/enforcement/settings_sections.h"
#include "cordon/wire/sbi/catalogue.h"

namespace cordon::enforcement {

namespace {

using Folder = const std::filesystem::path&;
using Mode = TokenSettings::Mode;

tokens::IssuerFile read_issuer(ConfigMap& map, Folder folder) {
  tokens::IssuerFile issuer{map.required_text("name"), folder / map.required_text("jwks"), {}};
  for (const auto& name : map.texts("algorithms")) {
    const auto algorithm = crypto::jws_algorithm(name);
    if (algorithm) {
      issuer.algorithms.push_back(*algorithm);
    } else {
      map.note("algorithms", algorithm.error().message);
    }
  }
  // RFC 8725 3.1: the algorithms are ours to say, never the token's.
  if (issuer.algorithms.empty()) map.note("algorithms", "name the algorithms this issuer signs with, like [ES256]");
  map.finish();
  return issuer;
}

TokenSettings::Authority read_authority(ConfigMap map, Folder folder, const Settings& settings) {
  TokenSettings::Authority authority;
  authority.issuer = map.required_text("issuer");
  const auto instance = NfInstanceId::parse(authority.issuer);
  if (instance) {
    authority.issuer = instance->text();
  } else if (!authority.issuer.empty()) {
    map.note("issuer", "expected the NF instance (UUID) of the NRF in whose name tokens are issued");
  }
  const auto key = map.optional_text("key");
  authority.key = key ? folder / *key : settings.state / "token-key.pem";
  authority.life = std::chrono::seconds(map.number("life_seconds", 60, 5, 3600));
  authority.serve = map.flag("serve", true);
  map.finish();
  return authority;
}

tokens::Rules read_rules(ConfigMap& map) {
  tokens::Rules rules;
  rules.leeway = std::chrono::seconds(map.number("leeway_seconds", 5, 0, 300));
  rules.longest = std::chrono::seconds(map.number("longest_seconds", 86'400, 10, 366 * 86'400));
  rules.oldest = std::chrono::seconds(map.number("oldest_seconds", 0, 0, 366 * 86'400));
  rules.require_binding = map.flag("require_binding", false);
  const auto demand = map.choice("cca", "optional", {"off", "optional", "required"});
  rules.assertion = demand == "off"        ? tokens::Demand::never
                    : demand == "required" ? tokens::Demand::required
                                           : tokens::Demand::optional;
  return rules;
}

void check_issuers(ConfigMap& map, const TokenSettings& out) {
  std::vector<std::string> names;
  for (const auto& issuer : out.issuers) names.push_back(issuer.name);
  if (out.authority) names.push_back(out.authority->issuer);
  std::ranges::sort(names);
  if (std::ranges::adjacent_find(names) != names.end())
    map.note("issuers", "an issuer is there twice: one name, one set of keys");
  if (names.empty() && out.mode != Mode::off)
    map.note("issuers", "whose tokens count? name an issuer, or an authority");
  if (names.size() > 32) map.note("issuers", "more than 32 issuers");
  if (out.mode == Mode::attach && !out.authority)
    map.note("mode", "attach needs an authority that issues the tokens");
}

void read_tokenless(ConfigMap& map, TokenSettings& out) {
  if (!map.has("tokenless_services")) return;
  out.tokenless = map.texts("tokenless_services");
  for (const auto& service : out.tokenless) {
    if (std::ranges::contains(wire::sbi::operations(), service, &wire::sbi::Operation::service)) continue;
    map.note("tokenless_services", std::format("'{}' is no service of the catalogue", printable(service)));
  }
}

}  // namespace

// The section is there: tokens are demanded unless it says otherwise.
TokenSettings read_tokens(ConfigMap map, const std::filesystem::path& folder, const Settings& settings) {
  static const std::vector<std::string> kModes{"off", "optional", "required", "attach"};  // in the order of Mode
  TokenSettings out;
  const auto mode = std::ranges::find(kModes, map.choice("mode", "required", kModes));
  out.mode = static_cast<Mode>(mode - kModes.begin());
  for (auto& each : map.maps("issuers")) out.issuers.push_back(read_issuer(each, folder));
  out.rules = read_rules(map);
  read_tokenless(map, out);
  out.forward = map.flag("forward", true);
  out.cache = static_cast<std::size_t>(map.number("cache", 4096, 4, 1'000'000));
  if (map.has("authority")) out.authority = read_authority(map.map("authority"), folder, settings);
  check_issuers(map, out);
  map.finish();
  return out;
}

}  // namespace cordon::enforcement
