#include "cordon/administrator/read_policy.h"

#include "cordon/base/file.h"

namespace cordon::administrator {

namespace {

constexpr std::size_t kLongestKeyFile = 64U << 10;

Result<std::optional<NamedText>> read_schema(const Sources& sources) {
  if (!sources.schema) return std::nullopt;
  auto text = read_file(*sources.schema);
  if (!text) return std::unexpected(text.error());
  return NamedText{sources.schema->string(), std::move(*text)};
}

Result<ReadPolicy> read_plain(const Sources& sources) {
  auto text = read_file(sources.policy, bundle::kLongestArchive);
  if (!text) return std::unexpected(text.error());
  PolicyTexts texts{.policies = {{sources.policy.string(), std::move(*text)}}, .schema = {}, .entities = {}};
  auto schema = read_schema(sources);
  if (!schema) return std::unexpected(schema.error());
  texts.schema = std::move(*schema);
  auto checked = check_policy(texts);
  if (!checked) return std::unexpected(checked.error());
  return ReadPolicy{std::move(*checked), std::nullopt};
}

Result<bundle::Bundle> open_bundle(const Sources& sources) {
  const auto trust = read_trust(sources.bundle->keys, sources.bundle->threshold);
  if (!trust) return std::unexpected(trust.error());
  const auto archive = read_file(sources.policy, bundle::kLongestArchive);
  if (!archive) return std::unexpected(archive.error());
  auto bundle = bundle::open(as_bytes(*archive), *trust);
  if (!bundle) return std::unexpected(within(sources.policy.string(), bundle.error()));
  return bundle;
}

Result<ReadPolicy> read_bundle(const Sources& sources) {
  auto bundle = open_bundle(sources);
  if (!bundle) return std::unexpected(bundle.error());
  auto texts = texts_of(*bundle, sources.policy.string());
  if (!texts.schema) {
    auto schema = read_schema(sources);
    if (!schema) return std::unexpected(schema.error());
    texts.schema = std::move(*schema);
  }
  auto checked = check_policy(texts);
  if (!checked) return std::unexpected(checked.error());
  if (checked->policy_set_hash != bundle->manifest.policy_set_hash) {
    return fail(
        ErrorKind::invalid_input,
        std::format("{}: its manifest names the policy set {}, and its policies are {}: make it anew with this "
                    "release",
                    sources.policy.string(), bundle->manifest.policy_set_hash, checked->policy_set_hash));
  }
  return ReadPolicy{std::move(*checked), std::move(*bundle)};
}

}  // namespace

Sources sources_of(const enforcement::Settings& settings) {
  return {settings.policy, settings.inventory, settings.schema, settings.bundle};
}

std::vector<std::filesystem::path> files_of(const Sources& sources) {
  std::vector<std::filesystem::path> files{sources.policy, sources.inventory};
  if (sources.schema) files.push_back(*sources.schema);
  if (sources.bundle) files.insert(files.end(), sources.bundle->keys.begin(), sources.bundle->keys.end());
  return files;
}

Result<bundle::Trust> read_trust(const std::vector<std::filesystem::path>& keys, std::size_t threshold) {
  bundle::Trust trust{.keys = {}, .threshold = threshold};
  for (const auto& file : keys) {
    const auto pem = read_file(file, kLongestKeyFile);
    if (!pem) return std::unexpected(pem.error());
    auto key = bundle::PublicPair::parse(*pem, file.stem().string());
    if (!key) return std::unexpected(within(file.string(), key.error()));
    trust.keys.push_back(std::move(*key));
  }
  if (auto checked = bundle::check(trust); !checked) return std::unexpected(checked.error());
  return trust;
}

PolicyTexts texts_of(const bundle::Bundle& bundle, const std::string& file) {
  const auto named = [&](const bundle::Member& member) {
    return NamedText{std::format("{}:{}", file, member.name), member.content};
  };
  PolicyTexts texts;
  for (const auto* policy : bundle.policies()) texts.policies.push_back(named(*policy));
  for (const auto name : {bundle::kSchema, bundle::kSchemaJson}) {
    if (const auto* schema = bundle.find(name)) texts.schema = named(*schema);
  }
  if (const auto* entities = bundle.find(bundle::kEntities)) texts.entities = named(*entities);
  return texts;
}

Result<std::string> policy_text(const std::filesystem::path& file) {
  auto content = read_file(file, bundle::kLongestArchive);
  if (!content) return content;
  const auto bundle = bundle::inspect(as_bytes(*content));
  return bundle ? joined(texts_of(*bundle, file.string()).policies) : content;
}

Result<ReadPolicy> read_policy(const Sources& sources) {
  return sources.bundle ? read_bundle(sources) : read_plain(sources);
}

}  // namespace cordon::administrator
