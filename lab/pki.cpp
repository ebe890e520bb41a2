#include "lab/pki.h"

#include <algorithm>
#include <format>

#include "cordon/base/clock.h"
#include "cordon/base/file.h"

namespace cordon::lab {

namespace {

using std::filesystem::path;

constexpr std::chrono::hours kLifetime{24 * 365};

std::string file_name(NfType type) {
  std::string name(name_of(type));
  std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
  return name;
}

NfNames proxy_names() {
  NfNames names{
      .instance_id = "c0dd0000-e555-41f1-8000-000000000001", .dns_names = {}, .ip_addresses = {}, .nf_types = {}};
  names.ip_addresses.push_back("127.0.0.1");
  for (const auto type : kNfTypes) {
    names.dns_names.push_back(dns_name_of(type));
    names.ip_addresses.push_back(std::format("127.0.1.{}", facts_of(type).host));
  }
  return names;
}

Result<Identity> issue_from(const Authority& authority, const NfNames& names) {
  auto key = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256);
  if (!key) return std::unexpected(key.error());
  crypto::IssueRequest request;
  request.common_name = names.dns_names.empty() ? names.instance_id : names.dns_names.front();
  request.uris = {"urn:uuid:" + names.instance_id};
  request.dns_names = names.dns_names;
  request.ip_addresses = names.ip_addresses;
  request.nf_types = names.nf_types;
  request.public_key = key->public_key();
  request.lifetime = kLifetime;
  request.now = system_clock().now();
  auto certificate = crypto::issue(request, authority.certificate, authority.key);
  if (!certificate) return std::unexpected(certificate.error());
  return Identity{.chain = {*certificate}, .key = *key};
}

Result<Authority> new_authority(std::string name) {
  auto key = crypto::PrivateKey::generate(crypto::KeyKind::ecdsa_p256);
  if (!key) return std::unexpected(key.error());
  crypto::IssueRequest request;
  request.common_name = std::move(name);
  request.public_key = key->public_key();
  request.lifetime = kLifetime;
  request.now = system_clock().now();
  request.authority = true;
  auto certificate = crypto::issue(request, {}, *key);
  if (!certificate) return std::unexpected(certificate.error());
  return Authority{.certificate = *certificate, .key = *key};
}

Result<void> store(const path& folder, const std::string& name, const crypto::Certificate& certificate,
                   const crypto::PrivateKey& key) {
  if (auto done = write_file(folder / (name + ".key"), key.pem(), 0600); !done) return done;
  return write_file(folder / (name + ".pem"), certificate.pem());
}

Result<Authority> load(const path& folder, const std::string& name) {
  const auto remedy = std::format("{} (delete the folder to have it made anew)", (folder / name).string());
  const auto pem = read_file(folder / (name + ".pem"));
  if (!pem) return std::unexpected(within(remedy, pem.error()));
  const auto key_pem = read_file(folder / (name + ".key"));
  if (!key_pem) return std::unexpected(within(remedy, key_pem.error()));
  const auto certificate = crypto::Certificate::from_pem(*pem);
  if (!certificate) return std::unexpected(within(remedy, certificate.error()));
  const auto key = crypto::PrivateKey::from_pem(*key_pem);
  if (!key) return std::unexpected(within(remedy, key.error()));
  if (certificate->not_after() <= system_clock().now()) {
    return fail(ErrorKind::invalid_input, remedy + ": the certificate has expired");
  }
  return Authority{.certificate = *certificate, .key = *key};
}

Result<Identity> load_identity(const path& folder, const std::string& name) {
  auto loaded = load(folder, name);
  if (!loaded) return std::unexpected(loaded.error());
  return Identity{.chain = {loaded->certificate}, .key = loaded->key};
}

Result<LabPki> load_all(const path& folder) {
  const auto operator_ca = load(folder, "operator-ca");
  if (!operator_ca) return std::unexpected(operator_ca.error());
  const auto pep_ca = load(folder, "pep-ca");
  if (!pep_ca) return std::unexpected(pep_ca.error());
  const auto proxy = load_identity(folder, "proxy");
  if (!proxy) return std::unexpected(proxy.error());
  LabPki pki{.operator_ca = *operator_ca, .pep_ca = *pep_ca, .nfs = {}, .proxy = *proxy};
  for (const auto type : kNfTypes) {
    const auto identity = load_identity(folder, file_name(type));
    if (!identity) return std::unexpected(identity.error());
    pki.nfs.emplace(type, *identity);
  }
  return pki;
}

Result<LabPki> generate() {
  const auto operator_ca = new_authority("Cordon lab operator CA");
  if (!operator_ca) return std::unexpected(operator_ca.error());
  const auto pep_ca = new_authority("Cordon lab enforcement point CA");
  if (!pep_ca) return std::unexpected(pep_ca.error());
  const auto proxy = issue_from(*pep_ca, proxy_names());
  if (!proxy) return std::unexpected(proxy.error());
  LabPki pki{.operator_ca = *operator_ca, .pep_ca = *pep_ca, .nfs = {}, .proxy = *proxy};
  for (const auto type : kNfTypes) {
    const auto identity = pki.issue_nf(names_of(type));
    if (!identity) return std::unexpected(identity.error());
    pki.nfs.emplace(type, *identity);
  }
  return pki;
}

// operator-ca.pem comes last: its presence says that the rest is complete.
Result<void> store_all(const path& folder, const LabPki& pki) {
  for (const auto& [type, identity] : pki.nfs) {
    if (auto done = store(folder, file_name(type), identity.chain.front(), identity.key); !done) return done;
  }
  if (auto done = store(folder, "proxy", pki.proxy.chain.front(), pki.proxy.key); !done) return done;
  if (auto done = store(folder, "pep-ca", pki.pep_ca.certificate, pki.pep_ca.key); !done) return done;
  return store(folder, "operator-ca", pki.operator_ca.certificate, pki.operator_ca.key);
}

}  // namespace

NfNames names_of(NfType type) {
  const auto& facts = facts_of(type);
  NfNames names{.instance_id = std::string(facts.instance_id),
                .dns_names = {dns_name_of(type)},
                .ip_addresses = {},
                .nf_types = {std::string(facts.name)}};
  for (const int network : {0, 1, 2}) names.ip_addresses.push_back(std::format("127.0.{}.{}", network, facts.host));
  return names;
}

Result<LabPki> LabPki::open(const std::filesystem::path& folder) {
  if (auto made = make_folder(folder, 0700); !made) return std::unexpected(made.error());
  if (std::filesystem::exists(folder / "operator-ca.pem")) return load_all(folder);
  auto pki = generate();
  if (!pki) return pki;
  if (auto stored = store_all(folder, *pki); !stored) return std::unexpected(stored.error());
  return pki;
}

Result<Identity> LabPki::issue_nf(const NfNames& names) const { return issue_from(operator_ca, names); }

}  // namespace cordon::lab
