// The room's own view of OpenSSL: owners for its objects, its error queue in words, and the way into our opaque
// types. Only files of this room include it.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"
#include "cordon/crypto/certificate.h"
#include "cordon/crypto/key.h"

namespace cordon::crypto {

template <auto kFree>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, FreeWith<kFree>>;

inline void free_chain(STACK_OF(X509) * chain) { sk_X509_free(chain); }  // borrows its certificates
inline void free_openssl_memory(void* memory) { OPENSSL_free(memory); }

using OwnedBio = Owned<BIO, &BIO_free_all>;
using OwnedKey = Owned<EVP_PKEY, &EVP_PKEY_free>;
using OwnedKeyContext = Owned<EVP_PKEY_CTX, &EVP_PKEY_CTX_free>;
using OwnedDigestContext = Owned<EVP_MD_CTX, &EVP_MD_CTX_free>;
using OwnedCertificate = Owned<X509, &X509_free>;
using OwnedExtension = Owned<X509_EXTENSION, &X509_EXTENSION_free>;
using OwnedNames = Owned<GENERAL_NAMES, &GENERAL_NAMES_free>;
using OwnedStore = Owned<X509_STORE, &X509_STORE_free>;
using OwnedChain = Owned<STACK_OF(X509), &free_chain>;

// The oldest reason in the thread's error queue, or otherwise; empties the queue. Never contains key material:
// the data strings that OpenSSL attaches are left out.
std::string openssl_reason(std::string_view otherwise);
std::unexpected<Error> fail_openssl(ErrorKind kind, std::string_view what);

// A PEM password callback that never asks: encrypted PEM is an error, not a prompt on a terminal.
int no_password(char* buffer, int size, int for_writing, void* unused);

std::string text_of(BIO* memory);  // what was written into a memory BIO

struct KeyAccess {
  static EVP_PKEY* raw(const PublicKey& key) { return static_cast<EVP_PKEY*>(key.key_.get()); }
  static EVP_PKEY* raw(const PrivateKey& key) { return static_cast<EVP_PKEY*>(key.key_.get()); }
  static PublicKey public_key(OwnedKey key);  // the caller vouches that it has no private half
  static PrivateKey private_key(OwnedKey key);
};

struct CertificateAccess {
  static X509* raw(const Certificate& certificate) { return static_cast<X509*>(certificate.certificate_.get()); }
  static Certificate wrap(OwnedCertificate certificate);
};

class RevocationList;
X509_CRL* raw_list(const RevocationList& list);

std::string name_text(const X509_NAME* name);  // RFC 2253, safe in a log line
WallTime wall_time(const ASN1_TIME* time, WallTime when_malformed);

// The digest a key of that kind signs with by default; null for Ed25519 and ML-DSA, which take the message whole.
const char* default_digest(KeyKind kind);
Result<KeyKind> kind_of(EVP_PKEY* key);
Result<Bytes> sign_with(EVP_PKEY* key, const char* digest, BytesView message);
bool verify_with(EVP_PKEY* key, const char* digest, BytesView message, BytesView signature);

}  // namespace cordon::crypto
