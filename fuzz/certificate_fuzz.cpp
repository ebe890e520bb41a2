// Certificates of strangers: reading one, every accessor, and the identification that rests on them.
#include <cstdint>
#include <cstdlib>

#include "cordon/identity/identify.h"

namespace {

// A certificate that survives reading must be readable everywhere, and its names must be safe to print.
void read_everything(const cordon::crypto::Certificate& certificate) {
  for (const auto& names : {certificate.uris(), certificate.dns_names()}) {
    for (const auto& name : names) {
      for (const char c : name) {
        if (c <= ' ' || c == '\x7f') std::abort();
      }
    }
  }
  (void)certificate.ip_addresses();
  (void)certificate.nf_types();
  (void)certificate.has_extended_usage("clientAuth");
  (void)certificate.not_before();
  (void)certificate.not_after();
  (void)certificate.public_key().kind();
  const auto text = certificate.subject() + certificate.issuer() + certificate.serial() + certificate.thumbprint();
  for (const char c : text) {
    if (c < ' ' || c == '\x7f') std::abort();
  }
  if (!cordon::crypto::Certificate::from_pem(certificate.pem())) std::abort();
}

const cordon::identity::Inventory& inventory() {
  static const auto small = cordon::identity::Inventory::parse(R"(
nfs:
  - {instance: f990ed9a-e555-41f1-9dea-7f66d0edecbf, type: AMF, name: amf1, dns: [amf1.example]}
)",
                                                               "fuzz.yaml");
  if (!small) std::abort();
  return *small;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto certificate = cordon::crypto::Certificate::from_der({data, size});
  if (certificate) {
    read_everything(*certificate);
    (void)cordon::identity::identify(*certificate, inventory());
    (void)cordon::crypto::verify_chain(*certificate, {*certificate}, {*certificate}, {}, "clientAuth");
  }
  (void)cordon::crypto::Certificate::chain_from_pem({reinterpret_cast<const char*>(data), size});
  return 0;
}
