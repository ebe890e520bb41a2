#include "app/cordon/init_certificates.h"

#include <algorithm>

#include "cordon/base/clock.h"
#include "cordon/base/file.h"
#include "cordon/crypto/certificate.h"
#include "cordon/crypto/key.h"

namespace cordon::app {

namespace {

using std::filesystem::path;

constexpr std::chrono::hours kLifetime{24 * 365};

struct Pair {
  crypto::Certificate certificate;
  crypto::PrivateKey key;
};

bool exists(const path& folder, const std::string& name) { return std::filesystem::exists(folder / (name + ".crt")); }

Result<void> store(const path& folder, const std::string& name, const Pair& pair) {
  if (auto done = write_file(folder / (name + ".key"), pair.key.pem(), 0600); !done) return done;
  return write_file(folder / (name + ".crt"), pair.certificate.pem());
}

Result<Pair> load(const path& folder, const std::string& name) {
  const auto remedy =
      std::format("{} (certificates are missing, and this authority would issue them)", (folder / name).string());
  const auto certificate = read_file(folder / (name + ".crt")).and_then(crypto::Certificate::from_pem);
  if (!certificate) return std::unexpected(within(remedy, certificate.error()));
  const auto key =
      read_file(folder / (name + ".key")).and_then([](const auto& pem) { return crypto::PrivateKey::from_pem(pem); });
  if (!key) return std::unexpected(within(remedy, key.error()));
  return Pair{*certificate, *key};
}

// issuer null: an authority that signs itself.
Result<Pair> issue(crypto::IssueRequest request, const Pair* issuer) {
  auto key = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256);
  if (!key) return std::unexpected(key.error());
  request.public_key = key->public_key();
  request.lifetime = kLifetime;
  request.now = system_clock().now();
  request.authority = issuer == nullptr;
  auto certificate =
      crypto::issue(request, issuer ? issuer->certificate : crypto::Certificate{}, issuer ? issuer->key : *key);
  if (!certificate) return std::unexpected(certificate.error());
  return Pair{*certificate, *key};
}

Result<void> make_authority(const path& folder, const std::string& name, const std::string& common_name) {
  if (exists(folder, name)) return {};
  auto made = issue({.common_name = common_name}, nullptr);
  return made ? store(folder, name, *made) : std::unexpected(made.error());
}

Result<void> make_leaf(const path& folder, const std::string& name, const std::string& authority,
                       crypto::IssueRequest request) {
  if (exists(folder, name)) return {};
  const auto issuer = load(folder, authority);
  if (!issuer) return std::unexpected(issuer.error());
  auto made = issue(std::move(request), &*issuer);
  return made ? store(folder, name, *made) : std::unexpected(made.error());
}

// TS 33.310 6.1.3c: the instance as a URI; RFC 9310: the type.
crypto::IssueRequest request_for(const identity::ExpectedNf& nf) {
  crypto::IssueRequest request{.common_name = nf.dns_names.front()};
  request.uris = {"urn:uuid:" + nf.instance.text()};
  request.dns_names = nf.dns_names;
  if (!nf.upstream_name.empty() && !std::ranges::contains(nf.dns_names, nf.upstream_name)) {
    request.dns_names.push_back(nf.upstream_name);
  }
  if (nf.upstream) request.ip_addresses = {nf.upstream->address};
  request.nf_types = {nf.type};
  return request;
}

// Cordon answers to every name and every listener of the NFs it stands in for.
crypto::IssueRequest request_for_cordon(const identity::Inventory& inventory) {
  crypto::IssueRequest request{.common_name = "Cordon enforcement point"};
  request.uris = {"urn:uuid:" + Uuid::random().text()};
  for (const auto& nf : inventory.nfs()) {
    if (!nf.listen) continue;
    request.dns_names.insert(request.dns_names.end(), nf.dns_names.begin(), nf.dns_names.end());
    if (!std::ranges::contains(request.ip_addresses, nf.listen->address)) {
      request.ip_addresses.push_back(nf.listen->address);
    }
  }
  return request;
}

}  // namespace

Result<void> make_certificates(const path& folder, const identity::Inventory& inventory) {
  if (auto made = make_folder(folder, 0700); !made) return made;
  if (auto made = make_authority(folder, "operator-ca", "Operator CA for NFs"); !made) return made;
  if (auto made = make_authority(folder, "cordon-ca", "CA of Cordon alone"); !made) return made;
  if (auto made = make_leaf(folder, "cordon", "cordon-ca", request_for_cordon(inventory)); !made) return made;
  for (const auto& nf : inventory.nfs()) {
    if (auto made = make_leaf(folder, nf.name, "operator-ca", request_for(nf)); !made) return made;
  }
  return {};
}

}  // namespace cordon::app
