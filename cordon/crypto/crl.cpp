#include "cordon/crypto/crl.h"

#include <openssl/err.h>

#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kLongestList = 16U << 20;
constexpr std::size_t kMostLists = 256;

using OwnedList = Owned<X509_CRL, &X509_CRL_free>;

}  // namespace

struct ListAccess {
  static Result<RevocationList> wrap(OwnedList list) {
    if (X509_CRL_get_ext_by_NID(list.get(), NID_delta_crl, -1) >= 0) {
      return fail(ErrorKind::invalid_input, "revocation list: a delta list; give the complete one");
    }
    RevocationList out;
    out.list_ = std::shared_ptr<void>(list.release(), [](void* raw) { X509_CRL_free(static_cast<X509_CRL*>(raw)); });
    return out;
  }
  static X509_CRL* raw(const RevocationList& list) { return static_cast<X509_CRL*>(list.list_.get()); }
};

X509_CRL* raw_list(const RevocationList& list) { return ListAccess::raw(list); }

namespace {

Result<RevocationList> from_der(std::string_view text) {
  const auto* cursor = as_bytes(text).data();
  const auto* end = cursor + text.size();
  OwnedList list(d2i_X509_CRL(nullptr, &cursor, static_cast<long>(text.size())));
  if (!list) return fail_openssl(ErrorKind::invalid_input, "revocation list: neither PEM nor DER");
  if (cursor != end) return fail(ErrorKind::invalid_input, "revocation list: bytes after its end");
  return ListAccess::wrap(std::move(list));
}

}  // namespace

Result<std::vector<RevocationList>> RevocationList::from_text(std::string_view text) {
  if (text.size() > kLongestList) return fail(ErrorKind::invalid_input, "revocation list: more than 16 MiB");
  std::vector<RevocationList> found;
  const auto add = [&](Result<RevocationList> list) -> Result<void> {
    if (!list) return std::unexpected(list.error());
    found.push_back(std::move(*list));
    return {};
  };
  if (!text.contains("-----BEGIN X509 CRL-----")) {
    if (auto added = add(from_der(text)); !added) return std::unexpected(added.error());
    return found;
  }
  const OwnedBio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  while (OwnedList list{PEM_read_bio_X509_CRL(bio.get(), nullptr, &no_password, nullptr)}) {
    if (found.size() == kMostLists)
      return fail(ErrorKind::invalid_input, "revocation list: more than 256 in one file");
    if (auto added = add(ListAccess::wrap(std::move(list))); !added) return std::unexpected(added.error());
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end || found.empty()) return fail_openssl(ErrorKind::invalid_input, "revocation list: malformed PEM");
  ERR_clear_error();
  return found;
}

std::string RevocationList::issuer() const {
  return list_ ? name_text(X509_CRL_get_issuer(ListAccess::raw(*this))) : std::string();
}

WallTime RevocationList::this_update() const {
  return wall_time(list_ ? X509_CRL_get0_lastUpdate(ListAccess::raw(*this)) : nullptr, WallTime::max());
}

WallTime RevocationList::next_update() const {
  return wall_time(list_ ? X509_CRL_get0_nextUpdate(ListAccess::raw(*this)) : nullptr, WallTime::min());
}

bool RevocationList::is_for(const Certificate& certificate) const {
  return list_ && certificate &&
         X509_NAME_cmp(X509_CRL_get_issuer(ListAccess::raw(*this)),
                       X509_get_issuer_name(CertificateAccess::raw(certificate))) == 0;
}

bool RevocationList::lists(const Certificate& certificate) const {
  X509_REVOKED* entry = nullptr;
  return is_for(certificate) &&
         X509_CRL_get0_by_cert(ListAccess::raw(*this), &entry, CertificateAccess::raw(certificate)) == 1;
}

bool RevocationList::signed_by(const Certificate& authority) const {
  if (!list_ || !authority) return false;
  const auto key = authority.public_key();
  const bool good = key && X509_CRL_verify(ListAccess::raw(*this), KeyAccess::raw(key)) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace cordon::crypto
