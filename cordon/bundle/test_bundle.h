// Bundles for tests: small, whole, and easily broken.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/bundle/bundle.h"
#include "cordon/crypto/digest.h"

namespace cordon::bundle::test {

inline constexpr std::string_view kPermit = "@id(\"all\") permit (principal, action, resource);\n";
inline constexpr WallTime kCreated{std::chrono::seconds{1'790'000'000}};

// Two signers for all tests of a program: making keys takes its time.
inline const SigningPair& alice() {
  static const auto made = SigningPair::generate("alice").value();
  return made;
}
inline const SigningPair& bob() {
  static const auto made = SigningPair::generate("bob").value();
  return made;
}

inline Trust trust(const std::vector<SigningPair>& pairs, std::size_t threshold = 1) {
  Trust out{.keys = {}, .threshold = threshold};
  for (const auto& pair : pairs) out.keys.push_back(pair.public_pair());
  return out;
}

inline Contents contents(std::uint64_t version = 7, std::string_view policy = kPermit) {
  return {.name = "sbi",
          .version = version,
          .created = kCreated,
          .policy_set_hash = to_hex(crypto::sha256(as_bytes(policy))),
          .members = {{"policies/sbi.cedar", std::string(policy)},
                      {std::string(kSchema), "entity Nf;\n"},
                      {std::string(kEntities), "[]\n"}}};
}

inline Bytes signed_bundle(const std::vector<SigningPair>& signers = {alice()}, const Contents& of = contents()) {
  auto made = create(of, signers);
  if (!made) std::abort();  // the test's own contents
  return *made;
}

// The archive's members, to be changed and put together again.
inline std::vector<Member> members_of(BytesView archive) {
  std::vector<Member> out;
  const auto read = read_archive(archive).value();
  for (const auto& [name, content] : read) out.emplace_back(std::string(name), std::string(content));
  return out;
}

inline std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  if (at == std::string::npos) std::abort();  // the test meant to change something
  return text.replace(at, what.size(), by);
}

}  // namespace cordon::bundle::test
