#include "cordon/bundle/version_store.h"

#include <charconv>

#include "cordon/base/file.h"
#include "cordon/wire/json.h"

namespace cordon::bundle {

namespace {

constexpr std::string_view kStore = "cordon-bundle-versions-1";
constexpr std::size_t kLongestStore = 1U << 20;

// On one line, to be pasted.
constexpr std::string_view kRemedy =
    R"(without it an old bundle cannot be told from a new one: restore it, or write into it the version that last ran, )"
    R"(as in {"format":"cordon-bundle-versions-1","bundles":[{"name":"sbi","version":7}]})";

std::unexpected<Error> corrupt(std::string_view what) { return fail(ErrorKind::corrupt, std::string(what)); }

std::string text_of(const wire::Json& json, std::string_view member) {
  const auto* found = json.find(member);
  return found ? std::string(found->text()) : std::string();
}

std::uint64_t number_of(const wire::Json& json, std::string_view member) {
  const auto* found = json.find(member);
  const auto digits = found ? found->number_text() : std::string_view();
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && stop == digits.data() + digits.size() ? number : 0;
}

}  // namespace

Result<VersionStore::Versions> VersionStore::parse(std::string_view text) {
  const auto json = wire::parse_json(text, {.bytes = kLongestStore});
  if (!json) return corrupt(json.error().message);
  if (text_of(*json, "format") != kStore) return corrupt("it is not of the format " + std::string(kStore));
  const auto* bundles = json->find("bundles");
  if (bundles == nullptr || !bundles->is_array()) return corrupt("'bundles' is no list");
  Versions versions;
  for (const auto& each : bundles->array()) {
    const auto name = text_of(each, "name");
    const auto version = number_of(each, "version");
    if (!check_bundle_name(name) || version == 0) return corrupt("a name or version is missing or wrong");
    if (!versions.emplace(name, Accepted{version, text_of(each, "manifest")}).second) {
      return corrupt(std::format("'{}' is in it twice", name));
    }
  }
  return versions;
}

std::string VersionStore::to_text(const Versions& versions) {
  wire::JsonArray bundles;
  for (const auto& [name, accepted] : versions) {
    wire::Json each{wire::JsonObject{}};
    each.set("name", name).set("version", accepted.version);
    if (!accepted.manifest.empty()) each.set("manifest", accepted.manifest);
    bundles.push_back(std::move(each));
  }
  wire::Json json{wire::JsonObject{}};
  json.set("format", kStore).set("bundles", std::move(bundles));
  return json.dump() + "\n";
}

Result<VersionStore> VersionStore::open(std::filesystem::path file) {
  const auto unusable = [&](const Error& error) {
    return fail(error.kind, std::format("{}: the record of accepted bundle versions cannot be used: {}; {}",
                                        file.string(), error.message, kRemedy));
  };
  const auto text = read_file(file, kLongestStore);
  if (!text) return unusable(text.error());
  auto versions = parse(*text);
  if (!versions) return unusable(versions.error());
  VersionStore store(std::move(file));
  store.versions_ = std::move(*versions);
  return store;
}

Result<VersionStore> VersionStore::create(std::filesystem::path file) {
  std::error_code error;
  if (std::filesystem::exists(file, error) || error) {
    return fail(ErrorKind::invalid_input, file.string() + ": there is a record of bundle versions already");
  }
  VersionStore store(std::move(file));
  if (auto written = write_file(store.file_, to_text({}), 0600); !written) return std::unexpected(written.error());
  return store;
}

Result<void> VersionStore::check(const Bundle& bundle, std::string_view pinned) const {
  const auto& [name, version, created, hash, members] = bundle.manifest;
  if (!pinned.empty() && name != pinned) {
    return fail(ErrorKind::permission, std::format("the bundle is named '{}', and '{}' is expected", name, pinned));
  }
  const auto found = versions_.find(name);
  if (found == versions_.end()) {
    if (versions_.empty() || !pinned.empty()) return {};
    return fail(ErrorKind::permission,
                std::format("the bundle is named '{}', and '{}' ran so far: name the one you want in the "
                            "configuration (policy.name)",
                            name, versions_.begin()->first));
  }
  const auto& [highest, manifest] = found->second;
  if (version < highest) {
    return fail(ErrorKind::permission,
                std::format("version {} of '{}' is older than {}, which was accepted before: give a correction a new "
                            "version, also when it brings old rules back",
                            version, name, highest));
  }
  if (version == highest && !manifest.empty() && manifest != bundle.digest) {
    return fail(ErrorKind::permission,
                std::format("version {} of '{}' was accepted before with other content: give every change a new "
                            "version",
                            version, name));
  }
  return {};
}

Result<void> VersionStore::accept(const Bundle& bundle, std::string_view pinned) {
  if (auto checked = check(bundle, pinned); !checked) return checked;
  const auto found = versions_.find(bundle.manifest.name);
  const bool known = found != versions_.end() && found->second.version == bundle.manifest.version &&
                     found->second.manifest == bundle.digest;
  if (known) return {};
  auto versions = versions_;
  versions[bundle.manifest.name] = {bundle.manifest.version, bundle.digest};
  if (auto written = write_file(file_, to_text(versions), 0600); !written) return written;
  versions_ = std::move(versions);
  return {};
}

}  // namespace cordon::bundle
