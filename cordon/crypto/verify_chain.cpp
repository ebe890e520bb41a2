// RFC 5280 section 6: from the leaf to an anchor, and nowhere else.
#include <openssl/err.h>

#include "cordon/crypto/openssl.h"
#include "cordon/crypto/trust_store.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kMostIntermediates = 16;

using OwnedStoreContext = Owned<X509_STORE_CTX, &X509_STORE_CTX_free>;

Result<OwnedChain> chain_of(const std::vector<Certificate>& certificates) {
  if (certificates.size() > kMostIntermediates) {
    return fail(ErrorKind::invalid_input, "certificate chain: more than 16 intermediate certificates");
  }
  OwnedChain chain(sk_X509_new_null());
  for (const auto& certificate : certificates) {
    if (certificate) sk_X509_push(chain.get(), CertificateAccess::raw(certificate));
  }
  return chain;
}

Result<const char*> profile_of(std::string_view purpose) {
  if (purpose == "clientAuth") return "ssl_client";
  if (purpose == "serverAuth") return "ssl_server";
  return fail(ErrorKind::invalid_input, std::format("purpose '{}': use clientAuth or serverAuth", purpose));
}

std::string described(X509_STORE_CTX* context) {
  const int depth = X509_STORE_CTX_get_error_depth(context);
  const char* what = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
  return std::format("certificate chain: {} at depth {}", what, depth);
}

}  // namespace

Result<OwnedStore> trust_store(const std::vector<Certificate>& anchors) {
  OwnedStore store(X509_STORE_new());
  for (const auto& anchor : anchors) {
    if (!anchor) return fail(ErrorKind::invalid_input, "anchors: an empty certificate");
    if (X509_STORE_add_cert(store.get(), CertificateAccess::raw(anchor)) != 1) {
      return fail_openssl(ErrorKind::internal, "anchors");
    }
  }
  // RFC 5280 6.1.1: an anchor is whom we were told to believe; it need not be self-signed.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_STORE_set_depth(store.get(), kDeepestChain);
  return store;
}

Result<void> verify_chain(const Certificate& leaf, const std::vector<Certificate>& intermediates,
                          const std::vector<Certificate>& anchors, WallTime at, std::string_view purpose) {
  if (!leaf) return fail(ErrorKind::invalid_input, "certificate chain: the leaf is empty");
  const auto profile = profile_of(purpose);
  if (!profile) return std::unexpected(profile.error());
  const auto store = trust_store(anchors);
  if (!store) return std::unexpected(store.error());
  const auto chain = chain_of(intermediates);
  if (!chain) return std::unexpected(chain.error());

  const OwnedStoreContext context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), store->get(), CertificateAccess::raw(leaf), chain->get()) != 1 ||
      X509_STORE_CTX_set_default(context.get(), *profile) != 1) {
    return fail_openssl(ErrorKind::internal, "certificate chain");
  }
  auto* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!good) return fail(ErrorKind::permission, described(context.get()));
  return {};
}

}  // namespace cordon::crypto
