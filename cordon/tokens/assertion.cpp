#include "cordon/tokens/assertion.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/crypto/jws.h"
#include "cordon/identity/identify.h"
#include "cordon/wire/json.h"

namespace cordon::tokens {

namespace {

constexpr std::size_t kMostCertificates = 8;

std::unexpected<Refusal> wrong(std::string_view rule, std::string message) {
  return refuse(rule, "the client credentials assertion: " + std::move(message), Fault::assertion);
}

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// RFC 7515 4.1.6: base64 of DER, the signer's first.
Checked<std::vector<crypto::Certificate>> chain_of(std::string_view header) {
  const auto json = wire::parse_json(header, {.bytes = kLongestToken * 4, .depth = 8, .leaves = 64});
  const auto* list = json ? json->find("x5c") : nullptr;
  if (!list || list->array().empty()) {
    return wrong("assertion-certificate", "its header carries no certificate chain (x5c); x5u is not followed");
  }
  if (list->array().size() > kMostCertificates) return wrong("assertion-certificate", "more than 8 certificates");
  std::vector<crypto::Certificate> chain;
  for (const auto& each : list->array()) {
    const auto der = from_base64(each.text());
    auto certificate = der ? crypto::Certificate::from_der(*der) : std::unexpected(der.error());
    if (!certificate) return wrong("assertion-certificate", "x5c: " + certificate.error().message);
    chain.push_back(std::move(*certificate));
  }
  return chain;
}

// TS 33.501 5.9.3.2: a PLMN is in one anchor only.
std::vector<crypto::Certificate> anchors_for(const std::vector<Anchors>& all, const std::string& plmn) {
  const auto names_it = [&](const Anchors& each) { return std::ranges::contains(each.plmns, plmn); };
  const bool taken = std::ranges::any_of(all, names_it);
  std::vector<crypto::Certificate> out;
  for (const auto& each : all) {
    const bool speaks = taken ? names_it(each) : each.plmns.empty();
    if (speaks) out.insert(out.end(), each.certificates.begin(), each.certificates.end());
  }
  return out;
}

// The signature, by the key of a chain we believe, with the algorithm that belongs to the key.
Checked<crypto::JwsContent> signed_by(std::string_view jws, const std::vector<crypto::Certificate>& chain,
                                      const std::vector<crypto::Certificate>& anchors, WallTime now) {
  const std::vector<crypto::Certificate> others(chain.begin() + 1, chain.end());
  if (auto good = crypto::verify_chain(chain.front(), others, anchors, now, "clientAuth"); !good) {
    return wrong("assertion-certificate", good.error().message);
  }
  const auto key = chain.front().public_key();
  const auto algorithm = crypto::jws_algorithm_for(key);
  if (!algorithm) return wrong("assertion-signature", algorithm.error().message);
  auto content = crypto::verify_jws(jws, key, *algorithm);
  if (!content) return wrong("assertion-signature", content.error().message);
  return std::move(*content);
}

}  // namespace

Checked<Assertion> verify_assertion(std::string_view jws, const std::vector<Anchors>& anchors,
                                    const identity::Inventory& inventory, WallTime now) {
  if (jws.size() > kLongestToken * 4) return wrong("assertion-malformed", "more than 64 KiB");
  const auto header = crypto::unverified_jws_header(jws);
  if (!header) return wrong("assertion-malformed", header.error().message);
  const auto chain = chain_of(*header);
  if (!chain) return std::unexpected(chain.error());
  const auto nf = identity::identify(chain->front(), inventory);
  if (!nf) return wrong("assertion-subject", nf.error().message);
  const auto content = signed_by(jws, *chain, anchors_for(anchors, (*nf)->plmn), now);
  if (!content) return std::unexpected(content.error());
  auto claims = parse_claims(as_text(content->payload));
  if (!claims) return wrong("assertion-malformed", claims.error().message);
  // TS 33.501 13.3.8.2: "the NF instance ID in the certificate ... matches the NF instance ID of the CCA".
  if (const auto subject = NfInstanceId::parse(claims->subject); !subject || *subject != (*nf)->instance) {
    return wrong("assertion-subject", std::format("its subject is '{}', and the certificate that signed it is of {}",
                                                  printable(claims->subject), (*nf)->name));
  }
  Assertion made{std::move(*claims), (*nf)->instance, crypto::sha256(chain->front().der()),
                 seconds_of(chain->front().not_after())};
  return made;
}

std::optional<Refusal> check_assertion(const Assertion& assertion, std::string_view audience, WallTime now,
                                       std::chrono::seconds leeway, std::chrono::seconds longest) {
  const auto no = [](std::string_view rule, std::string message) { return wrong(rule, std::move(message)).error(); };
  const auto& claims = assertion.claims;
  const auto at = seconds_of(now);
  if (!std::ranges::contains(claims.audience, audience)) {
    return no("assertion-audience",
              std::format("it is for {}, and {} is asked", printable(claims.audience.front()), audience));
  }
  // TS 33.501 13.3.8.1: "a timestamp (iat)" and "an expiration time (exp)".
  if (!claims.issued) return no("assertion-time", "it does not say when it was made (iat)");
  if (*claims.issued > at + leeway.count())
    return no("assertion-time", "it comes from the future (iat); compare the clocks");
  if (claims.expires + leeway.count() <= at || assertion.certificate_expires <= at)
    return no("assertion-time", "it has expired");
  if (claims.expires - at > longest.count()) {
    return no("assertion-time", std::format("it is good for longer than {} s", longest.count()));
  }
  return std::nullopt;
}

Result<std::string> sign_assertion(const Claims& claims, const std::vector<crypto::Certificate>& chain,
                                   const crypto::PrivateKey& key) {
  const auto algorithm = crypto::jws_algorithm_for(key.public_key());
  if (!algorithm) return std::unexpected(algorithm.error());
  return crypto::sign_jws(as_bytes(to_json(claims)), {.type = "JWT", .certificates = chain}, key, *algorithm);
}

}  // namespace cordon::tokens
