#include "cordon/tokens/verifier.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/wire/json.h"

namespace cordon::tokens {

namespace {

constexpr std::int64_t kRefusedFor = 10;  // seconds

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// The claims before anything is verified: only `iss` of it is used, to find the issuer's keys.
Checked<Claims> unverified_claims(std::string_view text) {
  if (text.size() > kLongestToken) return refuse("token-malformed", "the token has more than 16 KiB");
  const auto parts = split(text, '.');
  if (parts.size() != 3) return refuse("token-malformed", "the token is no JWT: not three parts with dots between");
  const auto payload = from_base64url(parts[1]);
  if (!payload) return refuse("token-malformed", "the token's claims: " + payload.error().message);
  auto claims = parse_claims(as_text(*payload));
  if (!claims) return refuse("token-malformed", "the token's " + claims.error().message);
  return std::move(*claims);
}

struct Wanted {
  std::optional<std::string> id;  // kid, when the token names one
};

Checked<Wanted> wanted_key(std::string_view text) {
  const auto header = crypto::unverified_jws_header(text);
  if (!header) return refuse("token-malformed", header.error().message);
  const auto json = wire::parse_json(*header, {.bytes = kLongestToken, .depth = 8, .leaves = 128});
  if (!json) return refuse("token-malformed", "JWS header: " + json.error().message);
  const auto* id = json->find("kid");
  if (!id) return Wanted{};
  if (!id->is_string()) return refuse("token-malformed", "JWS header: kid is no text");
  return Wanted{std::string(id->text())};
}

// With a kid that key and no other. Without one (free5GC), the issuer's few keys after one another.
Checked<Claims> signed_claims(std::string_view text, const Issuer& issuer, const Wanted& wanted, Claims claims) {
  std::string why = "no key of the issuer is left";
  for (const auto& key : issuer.keys) {
    if (wanted.id && key.id != *wanted.id) continue;
    const auto content = crypto::verify_jws(text, key.key, key.algorithm);
    if (content) return claims;
    why = content.error().message;
    if (wanted.id) break;
  }
  return refuse("token-signature", "the token's " + why);
}

}  // namespace

Verifier::Verifier(std::vector<Issuer> issuers, std::vector<Anchors> anchors, Sizes sizes)
    : issuers_(std::move(issuers)),
      anchors_(std::move(anchors)),
      tokens_(sizes.tokens),
      refusals_(sizes.refusals),
      assertions_(sizes.assertions) {}

Checked<Claims> Verifier::verified(std::string_view text) {
  auto claims = unverified_claims(text);
  if (!claims) return claims;
  // TS 33.501 13.4.1.1.2: "the issuer ... is among the allowed NRFs".
  const auto issuer = std::ranges::find(issuers_, claims->issuer, &Issuer::name);
  if (issuer == issuers_.end()) {
    return refuse("token-issuer",
                  std::format("the token's issuer '{}' is not configured", printable(claims->issuer)));
  }
  const auto wanted = wanted_key(text);
  if (!wanted) return std::unexpected(wanted.error());
  if (wanted->id && !std::ranges::contains(issuer->keys, *wanted->id, &VerifyKey::id)) {
    unknown_key_ = true;
    return refuse("token-key-unknown",
                  std::format("issuer {} has no key '{}'", issuer->name, printable(*wanted->id)));
  }
  return signed_claims(text, *issuer, *wanted, std::move(*claims));
}

Checked<KnownToken*> Verifier::token(std::string_view text, WallTime now) {
  const auto digest = crypto::sha256(as_bytes(text));
  const auto at = seconds_of(now);
  if (auto* known = tokens_.find(digest, generation_, at)) return ++hits_, known;
  if (const auto* known = refusals_.find(digest, generation_, at)) return ++hits_, std::unexpected(*known);
  ++misses_;
  auto claims = verified(text);
  if (!claims) {
    refusals_.put(digest, generation_, at, at + kRefusedFor, claims.error());
    return std::unexpected(std::move(claims.error()));
  }
  const auto until = claims->expires;
  return &tokens_.put(digest, generation_, at, until, {std::move(*claims)});
}

Checked<const Assertion*> Verifier::assertion(std::string_view text, const identity::Inventory& inventory,
                                              WallTime now) {
  const auto digest = crypto::sha256(as_bytes(text));
  const auto at = seconds_of(now);
  if (const auto* known = assertions_.find(digest, generation_, at)) return known;
  auto made = verify_assertion(text, anchors_, inventory, now);
  if (!made) return std::unexpected(std::move(made.error()));
  const auto until = std::min(made->claims.expires, made->certificate_expires);
  return &assertions_.put(digest, generation_, at, until, std::move(*made));
}

void Verifier::set_issuers(std::vector<Issuer> issuers) {
  issuers_ = std::move(issuers);
  revoke();
}

void Verifier::set_anchors(std::vector<Anchors> anchors) {
  anchors_ = std::move(anchors);
  revoke();
}

}  // namespace cordon::tokens
