#include "cordon/bundle/trust.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/wire/json.h"

namespace cordon::bundle {

namespace {

constexpr std::string_view kSignatures = "cordon-bundle-signatures-1";
constexpr std::size_t kMostSigners = 16;  // verifying costs time, and the file is not trusted yet
constexpr wire::JsonLimits kLimits{.bytes = 256U << 10, .depth = 4, .leaves = 8 * kMostSigners};

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorKind::invalid_input, "signatures.json: " + std::move(message));
}

std::unexpected<Error> refused(std::string message) { return fail(ErrorKind::permission, std::move(message)); }

std::string text_of(const wire::Json& json, std::string_view member) {
  const auto* found = json.find(member);
  return found ? std::string(found->text()) : std::string();
}

// A half that is missing or not base64 stays empty, and an empty half never verifies.
Bytes half(const wire::Json& json, std::string_view member) {
  return from_base64(text_of(json, member)).value_or(Bytes());
}

std::string names_of(const std::vector<Signature>& signatures) {
  std::string out;
  for (const auto& each : signatures) {
    out += std::format("{}'{}' ({})", out.empty() ? "" : ", ", printable(each.name), printable(each.key));
  }
  return out;
}

std::string why_wrong(const Signature& signature, const PublicPair& key) {
  if (signature.halves.ed25519.empty() || signature.halves.ml_dsa_65.empty()) {
    return std::format("'{}' signed with {} alone: a signature counts only with both Ed25519 and ML-DSA-65",
                       key.name(), signature.halves.ed25519.empty() ? "ML-DSA-65" : "Ed25519");
  }
  return std::format(
      "the signature of '{}' is wrong: the manifest was changed after it was signed, or the bundle is "
      "not of that signer",
      key.name());
}

}  // namespace

Result<void> check(const Trust& trust) {
  const auto& keys = trust.keys;
  if (keys.empty()) return refused("no key is trusted: name the public keys of those who may sign bundles");
  if (trust.threshold == 0 || trust.threshold > keys.size()) {
    return refused(std::format("threshold {}: expected a number from 1 to {}, the count of trusted keys",
                               trust.threshold, keys.size()));
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (keys[i].shares_a_key_with(keys[j])) {
        return refused(std::format("'{}' and '{}' are the same key or share a half of it: name each key once",
                                   keys[j].name(), keys[i].name()));
      }
    }
  }
  return {};
}

std::string to_text(const std::vector<Signature>& signatures) {
  wire::JsonArray list;
  for (const auto& signature : signatures) {
    wire::Json each{wire::JsonObject{}};
    each.set("key", signature.key).set("name", signature.name);
    each.set("ed25519", to_base64(signature.halves.ed25519)).set("ml_dsa_65", to_base64(signature.halves.ml_dsa_65));
    list.push_back(std::move(each));
  }
  wire::Json json{wire::JsonObject{}};
  json.set("format", kSignatures).set("signatures", std::move(list));
  return json.pretty() + "\n";
}

Result<std::vector<Signature>> parse_signatures(std::string_view text) {
  const auto json = wire::parse_json(text, kLimits);
  if (!json) return wrong(json.error().message);
  if (text_of(*json, "format") != kSignatures) {
    return wrong(
        std::format("expected the format '{}', found '{}'", kSignatures, printable(text_of(*json, "format"))));
  }
  const auto* list = json->find("signatures");
  if (list == nullptr || !list->is_array()) return wrong("'signatures' is no list");
  if (list->array().size() > kMostSigners) return wrong(std::format("more than {} signatures", kMostSigners));
  std::vector<Signature> out;
  for (const auto& each : list->array()) {
    Signature signature{
        text_of(each, "key"), text_of(each, "name"), {half(each, "ed25519"), half(each, "ml_dsa_65")}};
    if (std::ranges::contains(out, signature.key, &Signature::key)) {
      return wrong(std::format("the key {} signed twice", printable(signature.key)));
    }
    out.push_back(std::move(signature));
  }
  return out;
}

Result<Signature> sign(std::string_view manifest, const SigningPair& pair) {
  auto halves = pair.sign(manifest);
  if (!halves) return std::unexpected(halves.error());
  const auto known = pair.public_pair();
  return Signature{known.id(), known.name(), std::move(*halves)};
}

Result<std::vector<std::string>> verified_signers(std::string_view manifest, const std::vector<Signature>& signatures,
                                                  const Trust& trust) {
  if (auto checked = check(trust); !checked) return std::unexpected(checked.error());
  if (signatures.empty()) return refused("it is not signed: sign it with 'cordon policy bundle sign'");
  std::vector<std::string> signers;
  for (const auto& signature : signatures) {
    const auto key = std::ranges::find(trust.keys, signature.key, &PublicPair::id);
    if (key == trust.keys.end()) continue;
    if (!key->verify(manifest, signature.halves)) return refused(why_wrong(signature, *key));
    signers.push_back(key->name());
  }
  if (signers.empty()) {
    return refused(std::format("signed by no trusted key, but by {}: trust that key, or sign with a trusted one",
                               names_of(signatures)));
  }
  if (signers.size() < trust.threshold) {
    return refused(std::format("{} trusted signatures, and {} are needed: have it signed by more of the trusted keys",
                               signers.size(), trust.threshold));
  }
  return signers;
}

}  // namespace cordon::bundle
