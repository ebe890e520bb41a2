#include "cordon/tokens/jwk.h"

#include <algorithm>
#include <array>

#include "cordon/base/text.h"
#include "cordon/crypto/digest.h"
#include "cordon/wire/json.h"

namespace cordon::tokens {

namespace {

using crypto::JwsAlgorithm;
using wire::Json;
using wire::JsonObject;

constexpr wire::JsonLimits kLimits{.bytes = 256U << 10, .depth = 8, .leaves = 2'000};

// A kind of key whose SubjectPublicKeyInfo (RFC 5280 4.1) is a fixed beginning and the bare key.
struct Kind {
  JwsAlgorithm algorithm;
  std::string_view type;   // kty
  std::string_view curve;  // crv; empty: the kind has none
  std::string_view spki;   // hexadecimal
  std::size_t size;        // of the bare key
  std::string_view first;  // member with the bare key, or its first half
};
constexpr auto kKinds = std::to_array<Kind>({
    // RFC 7518 6.2: x and y, after the 04 of an uncompressed point (RFC 5480 2.2)
    {JwsAlgorithm::es256, "EC", "P-256", "3059301306072a8648ce3d020106082a8648ce3d03010703420004", 64, "x"},
    {JwsAlgorithm::es384, "EC", "P-384", "3076301006072a8648ce3d020106052b8104002203620004", 96, "x"},
    // RFC 8037 2
    {JwsAlgorithm::eddsa, "OKP", "Ed25519", "302a300506032b6570032100", 32, "x"},
    // draft-ietf-cose-dilithium: AKP, whose alg is part of the key
    {JwsAlgorithm::ml_dsa_65, "AKP", "", "308207b2300b0609608648016503040312038207a100", 1952, "pub"},
});

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorKind::invalid_input, "JWKS: " + std::move(message));
}

std::string_view text_of(const Json& json, std::string_view member) {
  const auto* value = json.find(member);
  return value ? value->text() : std::string_view();
}

Result<Bytes> bytes_of(const Json& json, std::string_view member) {
  auto bytes = from_base64url(text_of(json, member));
  if (!bytes || bytes->empty()) return wrong(std::format("member '{}' is no base64url", member));
  return bytes;
}

Result<crypto::PublicKey> plain_key(const Json& json, const Kind& kind) {
  auto der = from_hex(kind.spki).value();  // a constant of ours
  const std::size_t parts = kind.type == "EC" ? 2 : 1;
  for (std::size_t i = 0; i < parts; ++i) {
    const auto part = bytes_of(json, i == 0 ? kind.first : "y");
    if (!part) return std::unexpected(part.error());
    // RFC 7518 6.2.1.2: the full size of a coordinate.
    if (part->size() != kind.size / parts)
      return wrong(std::format("a key of type {} has another length", kind.type));
    der.insert(der.end(), part->begin(), part->end());
  }
  return crypto::PublicKey::from_der(der);
}

// X.690 8.1: tag, length, content.
Bytes element(std::uint8_t tag, BytesView content) {
  Bytes out{tag};
  const auto size = content.size();
  if (size >= 256) {
    out.insert(out.end(), {0x82, static_cast<std::uint8_t>(size >> 8)});
  } else if (size >= 128) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<std::uint8_t>(size & 0xff));
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

// X.690 8.3: shortest form, never negative.
Bytes integer(Bytes number) {
  const auto start = std::ranges::find_if(number, [](auto byte) { return byte != 0; });
  number.erase(number.begin(), start);
  if (number.empty() || number.front() >= 0x80) number.insert(number.begin(), 0);
  return element(0x02, number);
}

// RFC 7518 6.3.1 to RFC 8017 A.1.1 within RFC 3279 2.3.1.
Result<crypto::PublicKey> rsa_key(const Json& json) {
  const auto modulus = bytes_of(json, "n");
  const auto exponent = bytes_of(json, "e");
  if (!modulus || !exponent) return wrong("an RSA key lacks n or e");
  constexpr std::size_t kMostOctets = 1024;  // 8192 bits
  if (modulus->size() > kMostOctets || exponent->size() > 8) return wrong("an RSA key is longer than 8192 bits");
  const auto numbers = element(0x30, joined({integer(*modulus), integer(*exponent)}));
  const auto algorithm = from_hex("300d06092a864886f70d0101010500").value();  // rsaEncryption
  return crypto::PublicKey::from_der(element(0x30, joined({algorithm, element(0x03, joined({Bytes{0}, numbers}))})));
}

// The configured algorithm a key is good for: its own word (alg) may only narrow the choice.
const JwsAlgorithm* algorithm_for(const Json& json, std::span<const JwsAlgorithm> allowed) {
  const auto type = text_of(json, "kty");
  const auto curve = text_of(json, "crv");
  const auto said = text_of(json, "alg");
  const auto fits = [&](JwsAlgorithm algorithm) {
    if (!said.empty() && said != crypto::name_of(algorithm)) return false;
    if (algorithm == JwsAlgorithm::rs256 || algorithm == JwsAlgorithm::rs512) return type == "RSA";
    const auto& kind = *std::ranges::find(kKinds, algorithm, &Kind::algorithm);
    return type == kind.type && curve == kind.curve && (type != "AKP" || !said.empty());
  };
  const auto found = std::ranges::find_if(allowed, fits);
  return found == allowed.end() ? nullptr : &*found;
}

Result<void> add_key(std::vector<VerifyKey>& keys, const Json& json, std::span<const JwsAlgorithm> allowed) {
  if (!json.is_object()) return wrong("a key is no object");
  // Whoever reads a JWKS could sign: the file was made from the wrong half.
  if (json.find("d") || json.find("k") || json.find("priv")) {
    return wrong("a private or symmetric key is in the set: publish public keys only, and replace that key");
  }
  const auto use = text_of(json, "use");
  const auto* algorithm = algorithm_for(json, allowed);
  if ((!use.empty() && use != "sig") || !algorithm) return {};
  auto id = std::string(text_of(json, "kid"));
  if (id.size() > 256) return wrong("a kid is longer than 256 bytes");
  if (!id.empty() && std::ranges::contains(keys, id, &VerifyKey::id)) {
    return wrong(std::format("kid '{}' is there twice", printable(id)));
  }
  const auto kind = std::ranges::find(kKinds, *algorithm, &Kind::algorithm);
  auto key = kind == kKinds.end() ? rsa_key(json) : plain_key(json, *kind);
  if (key) {
    if (const auto good = key->kind(); !good) return wrong(good.error().message);
  }
  if (!key) return wrong(std::format("kid '{}': {}", printable(id), key.error().message));
  keys.push_back({std::move(id), std::move(*key), *algorithm});
  return {};
}

// The required members in the order of RFC 7638 3.2.
Result<Json> public_jwk(const crypto::PublicKey& key) {
  const auto algorithm = crypto::jws_algorithm_for(key);
  if (!algorithm) return std::unexpected(algorithm.error());
  const auto kind = std::ranges::find(kKinds, *algorithm, &Kind::algorithm);
  if (kind == kKinds.end()) return wrong("an RSA key signs no tokens here: use ecdsa-p256 or ml-dsa-65");
  const auto der = key.der();
  const auto bare = BytesView(der).last(kind->size);
  Json json{JsonObject{}};
  if (kind->curve.empty()) json.set("alg", crypto::name_of(*algorithm));
  if (!kind->curve.empty()) json.set("crv", kind->curve);
  json.set("kty", kind->type);
  if (kind->type == "EC") {
    json.set("x", to_base64url(bare.first(kind->size / 2))).set("y", to_base64url(bare.last(kind->size / 2)));
  } else {
    json.set(kind->first, to_base64url(bare));
  }
  return json;
}

}  // namespace

Result<std::vector<VerifyKey>> parse_jwks(std::string_view text, std::span<const JwsAlgorithm> algorithms) {
  const auto json = wire::parse_json(text, kLimits);
  if (!json) return std::unexpected(within("JWKS", json.error()));
  const auto* list = json->find("keys");
  if (!list || !list->is_array()) return wrong("there is no list 'keys' (RFC 7517 5)");
  std::vector<VerifyKey> keys;
  for (const auto& each : list->array()) {
    if (auto added = add_key(keys, each, algorithms); !added) return std::unexpected(added.error());
  }
  if (keys.empty()) return wrong("no key fits the algorithms configured for this issuer");
  if (keys.size() > kMostKeys) return wrong(std::format("{} keys, {} are allowed", keys.size(), kMostKeys));
  return keys;
}

Result<std::string> to_jwks(std::span<const VerifyKey> keys) {
  wire::JsonArray list;
  for (const auto& each : keys) {
    auto json = public_jwk(each.key);
    if (!json) return std::unexpected(json.error());
    list.push_back(json->set("kid", each.id).set("use", "sig").set("alg", crypto::name_of(each.algorithm)));
  }
  return Json{JsonObject{}}.set("keys", std::move(list)).dump();
}

Result<std::string> key_id_of(const crypto::PublicKey& key) {
  const auto json = public_jwk(key);
  if (!json) return std::unexpected(json.error());
  return to_base64url(crypto::sha256(as_bytes(json->dump())));
}

}  // namespace cordon::tokens
