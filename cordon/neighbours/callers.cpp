#include "cordon/neighbours/callers.h"

#include "cordon/crypto/verify_client.h"

namespace cordon::neighbours {

namespace {

using enforcement::Sender;
using identity::Unidentified;

constexpr std::size_t kLongestCertificate = 64 << 10;
constexpr std::size_t kMostKnown = 4096;
constexpr std::chrono::minutes kLookAgain{1};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Sender nobody(std::string rule, std::string why) {
  Sender out;
  out.unidentified = {std::move(rule), std::move(why)};
  return out;
}

}  // namespace

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

void Callers::use(enforcement::TlsSet set) {
  trust_ = std::move(set);
  forget();
}

const Sender& Callers::by_certificate(std::string_view escaped, const identity::Inventory& inventory, WallTime now) {
  auto found = known_.find(escaped);
  if (found != known_.end() && now < found->second.until) return found->second.sender;
  if (found == known_.end()) {
    if (known_.size() >= kMostKnown) known_.clear();
    found = known_.try_emplace(std::string(escaped.substr(0, kLongestCertificate + 1))).first;
  }
  found->second = {verified(escaped, inventory, now), now + kLookAgain};
  return found->second.sender;
}

Sender Callers::verified(std::string_view escaped, const identity::Inventory& inventory, WallTime now) const {
  if (escaped.empty()) return nobody("identity-no-certificate", "the caller showed no certificate");
  const auto pem = escaped.size() > kLongestCertificate ? std::nullopt : unescape(escaped);
  const auto certificate =
      pem ? crypto::Certificate::from_pem(*pem) : fail(ErrorKind::invalid_input, "its URL-encoding is broken");
  if (!certificate) {
    return nobody("identity-no-certificate",
                  "what the neighbour shows is no certificate: " + certificate.error().message);
  }
  const auto proof = trust_.server ? crypto::verify_client(*trust_.server, *certificate, intermediates_, now)
                                   : fail(ErrorKind::unavailable, "no anchors are loaded");
  if (!proof) return nobody("identity-untrusted", "the caller's certificate: " + proof.error().message);
  Sender out;
  out.proof = *proof;
  enforcement::identify_by_certificate(out, *certificate, inventory, trust_.networks);
  return out;
}

Sender by_principal(std::string_view principal, const identity::Inventory& inventory) {
  constexpr std::string_view kForm = "urn:uuid:";
  if (principal.empty()) return nobody("identity-no-certificate", "the neighbour names no caller");
  const auto instance = principal.starts_with(kForm) ? NfInstanceId::parse(principal.substr(kForm.size()))
                                                     : fail(ErrorKind::invalid_input, "");
  if (!instance) {
    return nobody("identity-no-instance", "the neighbour's name for the caller is not urn:uuid:<nfInstanceId>");
  }
  const auto* nf = inventory.find(*instance);
  if (!nf) {
    return nobody("identity-unknown-instance",
                  std::format("the inventory does not list instance {}", instance->text()));
  }
  if (!nf->withdrawn.empty()) {
    return nobody("identity-revoked", std::format("{} is withdrawn: {}", nf->name, nf->withdrawn));
  }
  Sender out;
  out.nf = nf;
  return out;
}

}  // namespace cordon::neighbours
