#include "cordon/crypto/openssl.h"

#include <openssl/err.h>

namespace cordon::crypto {

std::string openssl_reason(std::string_view otherwise) {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? std::string(otherwise) : std::string(reason);
}

std::unexpected<Error> fail_openssl(ErrorKind kind, std::string_view what) {
  return fail(kind, std::format("{}: {}", what, openssl_reason("no reason given")));
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

int no_password(char*, int, int, void*) { return -1; }

PublicKey KeyAccess::public_key(OwnedKey key) {
  PublicKey result;
  result.key_ = std::shared_ptr<void>(key.release(), [](void* raw) { EVP_PKEY_free(static_cast<EVP_PKEY*>(raw)); });
  return result;
}

PrivateKey KeyAccess::private_key(OwnedKey key) {
  PrivateKey result;
  result.key_ = std::shared_ptr<void>(key.release(), [](void* raw) { EVP_PKEY_free(static_cast<EVP_PKEY*>(raw)); });
  return result;
}

Certificate CertificateAccess::wrap(OwnedCertificate certificate) {
  Certificate result;
  result.certificate_ =
      std::shared_ptr<void>(certificate.release(), [](void* raw) { X509_free(static_cast<X509*>(raw)); });
  return result;
}

}  // namespace cordon::crypto
