#include "cordon/crypto/jws.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "cordon/base/text.h"
#include "cordon/crypto/jose_header.h"
#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kLongest = 256U << 10;  // a chain of ML-DSA certificates in x5c is some 30 KiB

using OwnedSignature = Owned<ECDSA_SIG, &ECDSA_SIG_free>;

struct Algorithm {
  JwsAlgorithm id;
  std::string_view name;
  KeyKind kind;
  const char* digest;      // null: the message whole
  std::size_t coordinate;  // octets of r and of s; 0: the signature goes as it is
};
constexpr auto kAlgorithms = std::to_array<Algorithm>({
    {JwsAlgorithm::es256, "ES256", KeyKind::ecdsa_p256, "SHA256", 32},  // RFC 7518 3.4
    {JwsAlgorithm::es384, "ES384", KeyKind::ecdsa_p384, "SHA384", 48},
    {JwsAlgorithm::eddsa, "EdDSA", KeyKind::ed25519, nullptr, 0},  // RFC 8037 3.1
    {JwsAlgorithm::rs256, "RS256", KeyKind::rsa, "SHA256", 0},     // RFC 7518 3.3
    {JwsAlgorithm::rs512, "RS512", KeyKind::rsa, "SHA512", 0},
    {JwsAlgorithm::ml_dsa_65, "ML-DSA-65", KeyKind::ml_dsa_65, nullptr, 0},
});

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorKind::invalid_input, "JWS: " + std::move(message));
}

const Algorithm& entry_of(JwsAlgorithm id) { return *std::ranges::find(kAlgorithms, id, &Algorithm::id); }

Result<void> check_key(const Result<KeyKind>& kind, const Algorithm& algorithm) {
  if (!kind) return refuse(kind.error().message);
  if (*kind == algorithm.kind) return {};
  return refuse(std::format("{} needs a key of the kind {}, and this is {}", algorithm.name, name_of(algorithm.kind),
                            name_of(*kind)));
}

// RFC 7518 3.4: r and s as fixed-length integers, not the DER that OpenSSL makes.
Result<Bytes> raw_from_der(BytesView der, std::size_t coordinate) {
  const unsigned char* cursor = der.data();
  const OwnedSignature signature(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  Bytes raw(2 * coordinate);
  const int size = static_cast<int>(coordinate);
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), size) != size ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + coordinate, size) != size) {
    return fail_openssl(ErrorKind::internal, "JWS: ECDSA signature");
  }
  return raw;
}

Bytes der_from_raw(BytesView raw) {
  const int size = static_cast<int>(raw.size() / 2);
  const OwnedSignature signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(raw.data(), size, nullptr);
  BIGNUM* s = BN_bin2bn(raw.data() + size, size, nullptr);
  ECDSA_SIG_set0(signature.get(), r, s);  // takes both over
  unsigned char* out = nullptr;
  const int length = i2d_ECDSA_SIG(signature.get(), &out);
  const Owned<unsigned char, &free_openssl_memory> owner(out);
  return length > 0 ? Bytes(out, out + length) : Bytes();
}

bool genuine(const Algorithm& algorithm, const PublicKey& key, BytesView message, BytesView signature) {
  if (algorithm.coordinate == 0) return verify_with(KeyAccess::raw(key), algorithm.digest, message, signature);
  return signature.size() == 2 * algorithm.coordinate &&
         verify_with(KeyAccess::raw(key), algorithm.digest, message, der_from_raw(signature));
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // header and payload with the dot between
};

Result<Parts> parts_of(std::string_view jws) {
  if (jws.size() > kLongest) return refuse("more than 256 KiB");
  const auto parts = split(jws, '.');
  if (parts.size() != 3) return refuse("not three parts with dots between");
  if (parts[0].empty() || parts[2].empty()) return refuse("header or signature is empty");
  return Parts{parts[0], parts[1], parts[2], jws.substr(0, jws.size() - parts[2].size() - 1)};
}

Result<Bytes> decoded(std::string_view part, std::string_view what) {
  auto bytes = from_base64url(part);
  if (!bytes) return refuse(std::format("{}: {}", what, bytes.error().message));
  return bytes;
}

// Whatever would need an escape in JSON does not belong into a type or a key ID of ours.
bool is_plain(std::string_view text) {
  return text.size() <= 256 &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

Result<std::string> header_json(const JwsHeader& header, const Algorithm& algorithm) {
  if (!is_plain(header.type) || !is_plain(header.key_id))
    return refuse("typ and kid take printable ASCII without '\"'");
  std::string json = std::format(R"({{"alg":"{}")", algorithm.name);
  if (!header.type.empty()) json += std::format(R"(,"typ":"{}")", header.type);
  if (!header.key_id.empty()) json += std::format(R"(,"kid":"{}")", header.key_id);
  for (std::size_t i = 0; i < header.certificates.size(); ++i) {
    // RFC 7515 4.1.6: base64 of the DER, not base64url.
    json += std::format(R"({}"{}")", i == 0 ? R"(,"x5c":[)" : ",", to_base64(header.certificates[i].der()));
  }
  return json + (header.certificates.empty() ? "}" : "]}");
}

}  // namespace

std::string_view name_of(JwsAlgorithm algorithm) { return entry_of(algorithm).name; }

Result<JwsAlgorithm> jws_algorithm(std::string_view name) {
  const auto found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  if (found != kAlgorithms.end()) return found->id;
  return refuse(
      std::format("unknown algorithm '{}': use ES256, ES384, EdDSA, RS256, RS512 or ML-DSA-65", printable(name)));
}

Result<JwsAlgorithm> jws_algorithm_for(const PublicKey& key) {
  const auto kind = key.kind();
  if (!kind) return std::unexpected(kind.error());
  const auto found = std::ranges::find(kAlgorithms, *kind, &Algorithm::kind);
  if (found != kAlgorithms.end()) return found->id;
  return refuse(std::format("a key of the kind {} signs no tokens here", name_of(*kind)));
}

Result<std::string> sign_jws(BytesView payload, const JwsHeader& header, const PrivateKey& key,
                             JwsAlgorithm algorithm) {
  const auto& entry = entry_of(algorithm);
  if (auto good = check_key(key.kind(), entry); !good) return std::unexpected(good.error());
  const auto json = header_json(header, entry);
  if (!json) return std::unexpected(json.error());
  const auto text = to_base64url(as_bytes(*json)) + "." + to_base64url(payload);
  auto signature = sign_with(KeyAccess::raw(key), entry.digest, as_bytes(text));
  if (signature && entry.coordinate != 0) signature = raw_from_der(*signature, entry.coordinate);
  if (!signature) return std::unexpected(signature.error());
  return text + "." + to_base64url(*signature);
}

Result<JwsContent> verify_jws(std::string_view jws, const PublicKey& key, JwsAlgorithm algorithm) {
  const auto& entry = entry_of(algorithm);
  if (auto good = check_key(key.kind(), entry); !good) return std::unexpected(good.error());
  const auto parts = parts_of(jws);
  if (!parts) return std::unexpected(parts.error());
  const auto header = decoded(parts->header, "header");
  if (!header) return std::unexpected(header.error());
  const auto claimed = algorithm_in_header(as_text(*header));
  if (!claimed) return std::unexpected(claimed.error());
  // RFC 8725 3.1: the token's word counts only as a reason to refuse.
  if (*claimed != entry.name) {
    return refuse(std::format("alg is '{}', and {} is configured", printable(*claimed), entry.name));
  }
  const auto signature = decoded(parts->signature, "signature");
  if (!signature) return std::unexpected(signature.error());
  auto payload = decoded(parts->payload, "payload");
  if (!payload) return std::unexpected(payload.error());
  if (!genuine(entry, key, as_bytes(parts->signed_text), *signature)) {
    return fail(ErrorKind::permission, "JWS: the signature does not verify");
  }
  return JwsContent{std::string(as_text(*header)), std::move(*payload)};
}

Result<std::string> unverified_jws_header(std::string_view jws) {
  const auto parts = parts_of(jws);
  if (!parts) return std::unexpected(parts.error());
  const auto header = decoded(parts->header, "header");
  if (!header) return std::unexpected(header.error());
  if (auto outline = algorithm_in_header(as_text(*header)); !outline) return std::unexpected(outline.error());
  return std::string(as_text(*header));
}

}  // namespace cordon::crypto
