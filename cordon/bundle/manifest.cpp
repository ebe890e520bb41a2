#include "cordon/bundle/manifest.h"

#include <algorithm>
#include <charconv>

#include "cordon/base/text.h"
#include "cordon/bundle/archive.h"
#include "cordon/wire/json.h"

namespace cordon::bundle {

namespace {

constexpr wire::JsonLimits kLimits{.bytes = 1U << 20, .depth = 4, .leaves = 4 * kMostMembers};
constexpr std::size_t kLongestBundleName = 63;
constexpr std::size_t kHexDigest = 64;

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorKind::invalid_input, "manifest.json: " + std::move(message));
}

std::string text_of(const wire::Json& json, std::string_view member) {
  const auto* found = json.find(member);
  return found ? std::string(found->text()) : std::string();
}

std::optional<std::uint64_t> number_of(const wire::Json& json, std::string_view member) {
  const auto* found = json.find(member);
  const auto digits = found ? found->number_text() : std::string_view();
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && stop == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

bool is_digest(std::string_view text) {
  return text.size() == kHexDigest &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Before anything else: what follows may mean something else in another format.
Result<void> check_kind(const wire::Json& json) {
  if (const auto format = text_of(json, "format"); format != kFormat) {
    return wrong(
        std::format("its format is '{}', and this release reads '{}': make the bundle with a release that "
                    "writes it",
                    printable(format), kFormat));
  }
  if (const auto language = text_of(json, "language"); language != kLanguage) {
    return wrong(
        std::format("its policies are written for '{}', and this release runs '{}': check them here and "
                    "make the bundle anew",
                    printable(language), kLanguage));
  }
  return {};
}

Result<std::vector<MemberDigest>> read_members(const wire::Json& json) {
  std::vector<MemberDigest> members;
  const auto* listed = json.find("members");
  for (const auto& each : listed ? listed->array() : wire::JsonArray{}) {
    const auto size = number_of(each, "size");
    MemberDigest member{text_of(each, "name"), text_of(each, "sha256"), size.value_or(0)};
    if (auto checked = check_member_name(member.name); !checked) return wrong(checked.error().message);
    if (!size || !is_digest(member.sha256)) {
      return wrong(std::format("size or sha256 of '{}' is missing or wrong", member.name));
    }
    members.push_back(std::move(member));
  }
  return members;
}

Result<Manifest> read(const wire::Json& json) {
  Manifest manifest{.name = text_of(json, "name"), .policy_set_hash = text_of(json, "policy_set_hash")};
  if (auto checked = check_bundle_name(manifest.name); !checked) return wrong(checked.error().message);
  const auto version = number_of(json, "version");
  if (!version || *version == 0) return wrong("version: expected a whole number from 1 on");
  const auto created = parse_time(text_of(json, "created"));
  if (!created) return wrong("created: expected a time as in 2026-11-21T02:48:04.730123Z");
  if (!is_digest(manifest.policy_set_hash)) return wrong("policy_set_hash: expected 64 hexadecimal digits");
  manifest.version = *version;
  manifest.created = *created;
  auto members = read_members(json);
  if (!members) return std::unexpected(members.error());
  manifest.members = std::move(*members);
  return manifest;
}

}  // namespace

Result<void> check_bundle_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto allowed = [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; };
  if (!name.empty() && name.size() <= kLongestBundleName && plain(name.front()) && std::ranges::all_of(name, allowed))
    return {};
  return fail(
      ErrorKind::invalid_input,
      std::format("name '{}': use at most {} lower-case letters, digits and . _ -, beginning with a letter or "
                  "digit",
                  printable(name), kLongestBundleName));
}

std::string to_text(const Manifest& manifest) {
  wire::JsonArray members;
  for (const auto& member : manifest.members) {
    wire::Json each{wire::JsonObject{}};
    each.set("name", member.name).set("sha256", member.sha256).set("size", member.size);
    members.push_back(std::move(each));
  }
  wire::Json json{wire::JsonObject{}};
  json.set("format", kFormat).set("name", manifest.name).set("version", manifest.version);
  json.set("created", format_time(manifest.created)).set("language", kLanguage);
  json.set("policy_set_hash", manifest.policy_set_hash).set("members", std::move(members));
  return json.pretty() + "\n";
}

Result<Manifest> parse_manifest(std::string_view text) {
  const auto json = wire::parse_json(text, kLimits);
  if (!json) return wrong(json.error().message);
  if (auto checked = check_kind(*json); !checked) return std::unexpected(checked.error());
  auto manifest = read(*json);
  if (manifest && to_text(*manifest) != text) {
    return wrong("not as this format writes it: an unknown member, or other spaces or order");
  }
  return manifest;
}

}  // namespace cordon::bundle
