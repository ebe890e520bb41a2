#include "cordon/identity/identify.h"

#include <algorithm>

#include "cordon/base/text.h"

namespace cordon::identity {

namespace {

constexpr std::string_view kUuidPrefix = "urn:uuid:";  // RFC 9562 4

using Refusal = std::unexpected<Unidentified>;

Refusal refuse(std::string rule, std::string message) { return Refusal({std::move(rule), std::move(message)}); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// RFC 8141 3.1: "urn" and the namespace are compared without case.
bool names_instance(const std::string& uri) {
  return uri.size() >= kUuidPrefix.size() &&
         std::ranges::equal(kUuidPrefix, std::string_view(uri).substr(0, kUuidPrefix.size()), {}, {}, lower);
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kEnough = 4;  // the certificate's words: a log line is no place for hundreds of them
  if (names.empty()) return "none";
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kEnough); ++i) {
    text += (text.empty() ? "" : ", ") + printable(names[i]);
  }
  return names.size() > kEnough ? text + ", ..." : text;
}

// TS 33.310 6.1.3c: the NF instance ID is one URI of the subjectAltName, "urn:uuid:<nfInstanceId>".
std::expected<NfInstanceId, Unidentified> instance_of(const crypto::Certificate& certificate) {
  auto uris = certificate.uris();
  std::erase_if(uris, [](const auto& uri) { return !names_instance(uri); });
  if (uris.empty()) {
    return refuse("identity-no-instance",
                  "the certificate names no NF instance: it needs one subjectAltName URI urn:uuid:<nfInstanceId>");
  }
  if (uris.size() > 1) {
    return refuse("identity-many-instances",
                  std::format("the certificate names {} NF instances ({}), and exactly one is allowed", uris.size(),
                              listed(uris)));
  }
  const auto instance = NfInstanceId::parse(std::string_view(uris.front()).substr(kUuidPrefix.size()));
  if (instance) return *instance;
  return refuse("identity-bad-instance", std::format("'{}' is not urn:uuid: and a UUID", printable(uris.front())));
}

// Exact names only: a wildcard in the certificate is a name like any other, and none the inventory can list.
std::expected<void, Unidentified> check_name(const crypto::Certificate& certificate, const ExpectedNf& nf) {
  const auto names = certificate.dns_names();
  const auto carried = [&](const auto& expected) { return std::ranges::contains(names, expected); };
  if (std::ranges::any_of(nf.dns_names, carried)) return {};
  return refuse("identity-wrong-name",
                std::format("the certificate of {} carries the DNS names {}, and {} is expected", nf.name,
                            listed(names), listed(nf.dns_names)));
}

// RFC 9310 5: a relying party that knows the type it expects checks that the certificate allows it.
std::expected<void, Unidentified> check_type(const crypto::Certificate& certificate, const ExpectedNf& nf) {
  const auto types = certificate.nf_types();
  if (types.empty() || std::ranges::contains(types, nf.type)) return {};
  return refuse("identity-wrong-type", std::format("the certificate of {} is for the NF types {}, and {} is expected",
                                                   nf.name, listed(types), nf.type));
}

}  // namespace

std::string revocation_of(const crypto::Certificate& certificate, const Inventory& inventory) {
  const auto said = [&](std::string_view kind, std::string_view value) -> std::string {
    const auto* because = inventory.revoked(kind, value);
    return because ? std::format("the {} {} is withdrawn: {}", kind, value, *because) : "";
  };
  if (auto why = said("thumbprint", certificate.thumbprint()); !why.empty()) return why;
  if (auto why = said("serial", certificate.serial()); !why.empty()) return why;
  const auto instance = instance_of(certificate);
  return instance ? said("instance", instance->text()) : "";
}

std::expected<const ExpectedNf*, Unidentified> identify(const crypto::Certificate& certificate,
                                                        const Inventory& inventory) {
  if (!certificate) return refuse("identity-no-certificate", "the caller showed no certificate");
  if (auto why = revocation_of(certificate, inventory); !why.empty()) return refuse("identity-revoked", why);
  const auto instance = instance_of(certificate);
  if (!instance) return Refusal(instance.error());
  const ExpectedNf* nf = inventory.find(*instance);
  if (nf == nullptr) {
    return refuse(
        "identity-unknown-instance",
        std::format("the certificate names instance {}, which the inventory does not list", instance->text()));
  }
  if (const auto good = check_name(certificate, *nf); !good) return Refusal(good.error());
  if (const auto good = check_type(certificate, *nf); !good) return Refusal(good.error());
  return nf;
}

}  // namespace cordon::identity
