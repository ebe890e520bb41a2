#include "cordon/bundle/bundle.h"

#include <algorithm>

#include "cordon/crypto/digest.h"

namespace cordon::bundle {

namespace {

constexpr std::string_view kManifest = "manifest.json";
constexpr std::string_view kSignatures = "signatures.json";

std::string hex_digest(std::string_view content) { return to_hex(crypto::sha256(as_bytes(content))); }

std::unexpected<Error> wrong(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

// The three parts of an archive; the views point into it.
struct Parts {
  std::string_view manifest;
  std::vector<MemberView> members;
  std::string_view signatures;
};

Result<Parts> take_apart(BytesView archive) {
  auto members = read_archive(archive);
  if (!members) return std::unexpected(members.error());
  if (members->empty() || members->front().name != kManifest) {
    return wrong("manifest.json is not the first member: this is no bundle");
  }
  if (members->back().name != kSignatures) {
    return wrong("signatures.json is not the last member: the bundle is not signed, or members were added behind it");
  }
  return Parts{members->front().content, {members->begin() + 1, members->end() - 1}, members->back().content};
}

bool is_policy(std::string_view name) {
  return name.starts_with(kPolicies) && name.ends_with(".cedar") && name.size() > kPolicies.size() + 6 &&
         !name.substr(kPolicies.size()).contains('/');
}

// The members a bundle may have; an unknown one would be signed and yet mean nothing.
template <class Members>
Result<void> check_kinds(const Members& members) {
  std::size_t policies = 0;
  std::size_t schemas = 0;
  for (const auto& member : members) {
    policies += is_policy(member.name) ? 1U : 0U;
    schemas += member.name == kSchema || member.name == kSchemaJson ? 1U : 0U;
    if (!is_policy(member.name) && member.name != kSchema && member.name != kSchemaJson && member.name != kEntities) {
      return wrong(std::format("member '{}' is none a bundle has: policies/NAME.cedar, {}, {} and {}", member.name,
                               kSchema, kSchemaJson, kEntities));
    }
  }
  if (policies == 0) return wrong("there is no policy: a bundle has at least one policies/NAME.cedar");
  if (schemas > 1) return wrong(std::format("there are two schemas: keep {} or {}", kSchema, kSchemaJson));
  return {};
}

// What the archive holds is what the manifest lists: the same names in the same order, the same sizes and digests.
Result<void> compare(const std::vector<MemberDigest>& listed, const std::vector<MemberView>& found) {
  for (const auto& member : found) {
    if (!std::ranges::contains(listed, member.name, &MemberDigest::name)) {
      return wrong(std::format("member '{}' is not in the manifest: it was added later", member.name));
    }
  }
  for (const auto& member : listed) {
    const auto it = std::ranges::find(found, member.name, &MemberView::name);
    if (it == found.end()) return wrong(std::format("member '{}' of the manifest is missing", member.name));
    if (it->content.size() != member.size || hex_digest(it->content) != member.sha256) {
      return wrong(std::format("member '{}' was changed: it does not fit the manifest's digest", member.name));
    }
  }
  if (!std::ranges::equal(listed, found, {}, &MemberDigest::name, &MemberView::name)) {
    return wrong("the members are not in the manifest's order");
  }
  return {};
}

Result<Bundle> read(const Parts& parts) {
  auto manifest = parse_manifest(parts.manifest);
  if (!manifest) return std::unexpected(manifest.error());
  if (auto compared = compare(manifest->members, parts.members); !compared) return std::unexpected(compared.error());
  if (auto known = check_kinds(parts.members); !known) return std::unexpected(known.error());
  Bundle bundle{.manifest = std::move(*manifest), .digest = hex_digest(parts.manifest), .members = {}, .signers = {}};
  for (const auto& [name, content] : parts.members)
    bundle.members.emplace_back(std::string(name), std::string(content));
  return bundle;
}

Result<Bytes> put_together(std::string manifest, std::vector<Member> members,
                           const std::vector<Signature>& signatures) {
  members.insert(members.begin(), {std::string(kManifest), std::move(manifest)});
  members.emplace_back(std::string(kSignatures), to_text(signatures));
  return write_archive(members);
}

}  // namespace

const Member* Bundle::find(std::string_view name) const {
  const auto found = std::ranges::find(members, name, &Member::name);
  return found == members.end() ? nullptr : &*found;
}

std::vector<const Member*> Bundle::policies() const {
  std::vector<const Member*> out;
  for (const auto& member : members) {
    if (is_policy(member.name)) out.push_back(&member);
  }
  return out;
}

Result<Bytes> create(const Contents& contents, std::span<const SigningPair> signers) {
  auto members = contents.members;
  std::ranges::sort(members, {}, &Member::name);
  if (auto known = check_kinds(members); !known) return std::unexpected(known.error());
  Manifest manifest{contents.name, contents.version, contents.created, contents.policy_set_hash, {}};
  for (const auto& [name, content] : members)
    manifest.members.emplace_back(name, hex_digest(content), content.size());
  auto text = to_text(manifest);
  if (auto parsed = parse_manifest(text); !parsed) return std::unexpected(parsed.error());  // name, version, hash
  std::vector<Signature> signatures;
  for (const auto& signer : signers) {
    auto signature = sign(text, signer);
    if (!signature) return std::unexpected(signature.error());
    signatures.push_back(std::move(*signature));
  }
  auto archive = put_together(std::move(text), std::move(members), signatures);
  if (!archive) return archive;
  if (auto whole = inspect(*archive); !whole) return std::unexpected(whole.error());  // members twice, signers twice
  return archive;
}

Result<Bytes> add_signature(BytesView archive, const SigningPair& signer) {
  auto bundle = inspect(archive);
  if (!bundle) return std::unexpected(bundle.error());
  const auto parts = take_apart(archive);
  auto signatures = parse_signatures(parts->signatures);  // inspect has seen both
  auto signature = sign(parts->manifest, signer);
  if (!signature) return std::unexpected(signature.error());
  if (std::ranges::contains(*signatures, signature->key, &Signature::key)) {
    return wrong(std::format("'{}' has signed it already", signature->name));
  }
  signatures->push_back(std::move(*signature));
  return put_together(std::string(parts->manifest), std::move(bundle->members), *signatures);
}

Result<Bundle> open(BytesView archive, const Trust& trust) {
  const auto parts = take_apart(archive);
  if (!parts) return std::unexpected(parts.error());
  const auto signatures = parse_signatures(parts->signatures);
  if (!signatures) return std::unexpected(signatures.error());
  // Before anything of it is read: the manifest is a stranger's text until its signers are known.
  auto signers = verified_signers(parts->manifest, *signatures, trust);
  if (!signers) return std::unexpected(signers.error());
  auto bundle = read(*parts);
  if (bundle) bundle->signers = std::move(*signers);
  return bundle;
}

Result<Bundle> inspect(BytesView archive) {
  const auto parts = take_apart(archive);
  if (!parts) return std::unexpected(parts.error());
  const auto signatures = parse_signatures(parts->signatures);
  if (!signatures) return std::unexpected(signatures.error());
  auto bundle = read(*parts);
  if (!bundle) return bundle;
  for (const auto& signature : *signatures) bundle->signers.push_back(signature.name);
  return bundle;
}

}  // namespace cordon::bundle
