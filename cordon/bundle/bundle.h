// A bundle: policies, schema and static entities in one signed archive with a version that only grows.
//
//   manifest.json        first: what the bundle is, with the SHA-256 of every member between it and the last
//   policies/NAME.cedar  one or more
//   schema.cedarschema   or schema.json; may be absent
//   entities.json        static entities; may be absent
//   signatures.json      last: each signer's pair of signatures over the manifest
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/base/clock.h"
#include "cordon/base/result.h"
#include "cordon/bundle/archive.h"
#include "cordon/bundle/key_pair.h"
#include "cordon/bundle/manifest.h"
#include "cordon/bundle/trust.h"

namespace cordon::bundle {

inline constexpr std::string_view kSchema = "schema.cedarschema";
inline constexpr std::string_view kSchemaJson = "schema.json";
inline constexpr std::string_view kEntities = "entities.json";
inline constexpr std::string_view kPolicies = "policies/";

// What goes into a bundle. Members in any order: they are written by name.
struct Contents {
  std::string name;
  std::uint64_t version = 0;
  WallTime created{};
  std::string policy_set_hash;
  std::vector<Member> members;
};

struct Bundle {
  Manifest manifest;
  std::string digest;                // SHA-256 of the manifest, hexadecimal: names this very bundle, however signed
  std::vector<Member> members;       // policies, schema, entities
  std::vector<std::string> signers;  // open(): trusted and verified; inspect(): as they call themselves

  const Member* find(std::string_view name) const;
  std::vector<const Member*> policies() const;  // in the order of their names
};

// Without signers: for signing elsewhere. Nobody opens it before.
Result<Bytes> create(const Contents& contents, std::span<const SigningPair> signers = {});
Result<Bytes> add_signature(BytesView archive, const SigningPair& signer);

// Every refusal is an error of its own: see bundle_test.cpp. Does not know which version ran before: VersionStore
// does.
Result<Bundle> open(BytesView archive, const Trust& trust);

// What it says and whether it is whole, believing no signature: to show it, never to run it.
Result<Bundle> inspect(BytesView archive);

}  // namespace cordon::bundle
