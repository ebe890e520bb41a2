#include "cordon/crypto/certificate.h"

#include <arpa/inet.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "cordon/crypto/nf_types.h"
#include "cordon/crypto/openssl.h"

namespace cordon::crypto {

namespace {

constexpr std::size_t kLongestDer = 64U << 10;
constexpr std::size_t kLongestPem = 4U << 20;
constexpr std::size_t kMostInText = 256;  // anchors of many PLMNs in one file

std::string_view string_view_of(const ASN1_STRING* text) {
  return as_text({ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))});
}

// Null when absent, malformed or there twice: then there are no names, and nobody is identified.
OwnedNames alternative_names(const X509* certificate) {
  if (certificate == nullptr) return nullptr;
  OwnedNames names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  ERR_clear_error();
  return names;
}

// NUL would cut the name short for readers in C; neither it nor blanks nor other octets belong into a URI or a DNS
// name.
bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::vector<std::string> names_of_kind(const X509* certificate, int kind) {
  const auto names = alternative_names(certificate);
  std::vector<std::string> found;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != kind) continue;
    if (const auto text = string_view_of(name->d.ia5); is_plain(text)) found.emplace_back(text);
  }
  return found;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string address_text(BytesView octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (octets.size() != 4 && octets.size() != 16) return {};
  inet_ntop(octets.size() == 4 ? AF_INET : AF_INET6, octets.data(), text.data(), text.size());
  return text.data();
}

struct DerBlock {
  Owned<unsigned char, &free_openssl_memory> data;
  long size = 0;
};

// The next block 'CERTIFICATE'; other blocks (a key in the same file) are passed over and wiped. Empty at the end.
Result<DerBlock> next_block(BIO* bio) {
  unsigned char* data = nullptr;
  long size = 0;
  ERR_clear_error();
  if (PEM_bytes_read_bio_secmem(&data, &size, nullptr, PEM_STRING_X509, bio, &no_password, nullptr) == 1) {
    // Not secret: into ordinary memory, so that one way of freeing does.
    Owned<unsigned char, &free_openssl_memory> copy(
        static_cast<unsigned char*>(OPENSSL_memdup(data, static_cast<std::size_t>(size))));
    OPENSSL_secure_clear_free(data, static_cast<std::size_t>(size));
    return DerBlock{std::move(copy), size};
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) {
    ERR_clear_error();
    return DerBlock{};
  }
  return fail_openssl(ErrorKind::invalid_input, "certificate: malformed PEM");
}

Result<std::vector<Certificate>> read_blocks(std::string_view pem, std::size_t most) {
  if (pem.size() > kLongestPem) return fail(ErrorKind::invalid_input, "certificate: more than 4 MiB of PEM");
  const OwnedBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<Certificate> found;
  while (found.size() < most) {
    const auto block = next_block(bio.get());
    if (!block) return std::unexpected(block.error());
    if (!block->data) break;
    auto certificate = Certificate::from_der({block->data.get(), static_cast<std::size_t>(block->size)});
    if (!certificate) return std::unexpected(certificate.error());
    found.push_back(std::move(*certificate));
  }
  if (found.empty()) return fail(ErrorKind::invalid_input, "certificate: no PEM block 'CERTIFICATE'");
  return found;
}

}  // namespace

// RFC 2253 with control and non-ASCII characters escaped: safe in a log line.
std::string name_text(const X509_NAME* name) {
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  return text_of(bio.get());
}

// RFC 5280 4.1.2.5 reaches to the year 9999, nanoseconds only to 2262: what lies outside is moved to the edge.
WallTime wall_time(const ASN1_TIME* time, WallTime when_malformed) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return when_malformed;
  const int year = parts.tm_year + 1900;
  if (year > 2261) return WallTime::max();
  if (year < 1678) return WallTime::min();
  const std::chrono::year_month_day day{std::chrono::year{year}, std::chrono::month{unsigned(parts.tm_mon) + 1},
                                        std::chrono::day{unsigned(parts.tm_mday)}};
  return std::chrono::sys_days{day} + std::chrono::hours{parts.tm_hour} + std::chrono::minutes{parts.tm_min} +
         std::chrono::seconds{parts.tm_sec};
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  auto blocks = read_blocks(pem, 1);
  if (!blocks) return std::unexpected(blocks.error());
  return std::move(blocks->front());
}

Result<std::vector<Certificate>> Certificate::chain_from_pem(std::string_view pem) {
  auto blocks = read_blocks(pem, kMostInText + 1);
  if (blocks && blocks->size() > kMostInText) {
    return fail(ErrorKind::invalid_input, "certificate: more than 256 certificates in one text");
  }
  return blocks;
}

Result<Certificate> Certificate::from_der(BytesView der) {
  if (der.size() > kLongestDer) return fail(ErrorKind::invalid_input, "certificate: more than 64 KiB of DER");
  const unsigned char* cursor = der.data();
  OwnedCertificate certificate(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  if (!certificate) return fail_openssl(ErrorKind::invalid_input, "certificate: not X.509");
  if (cursor != der.data() + der.size()) return fail(ErrorKind::invalid_input, "certificate: bytes after its end");
  return CertificateAccess::wrap(std::move(certificate));
}

std::string Certificate::pem() const {
  if (!certificate_) return {};
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), CertificateAccess::raw(*this));
  return text_of(bio.get());
}

Bytes Certificate::der() const {
  if (!certificate_) return {};
  unsigned char* out = nullptr;
  const int size = i2d_X509(CertificateAccess::raw(*this), &out);
  const Owned<unsigned char, &free_openssl_memory> owner(out);
  return size > 0 ? Bytes(out, out + size) : Bytes();
}

std::string Certificate::subject() const {
  return certificate_ ? name_text(X509_get_subject_name(CertificateAccess::raw(*this))) : std::string();
}

std::string Certificate::issuer() const {
  return certificate_ ? name_text(X509_get_issuer_name(CertificateAccess::raw(*this))) : std::string();
}

std::string Certificate::serial() const {
  if (!certificate_) return {};
  const ASN1_INTEGER* serial = X509_get0_serialNumber(CertificateAccess::raw(*this));
  return to_hex(as_bytes(string_view_of(serial)));
}

std::vector<std::string> Certificate::uris() const { return names_of_kind(CertificateAccess::raw(*this), GEN_URI); }

std::vector<std::string> Certificate::dns_names() const {
  auto names = names_of_kind(CertificateAccess::raw(*this), GEN_DNS);
  for (auto& name : names) std::ranges::transform(name, name.begin(), lower);
  return names;
}

std::vector<std::string> Certificate::ip_addresses() const {
  const auto names = alternative_names(CertificateAccess::raw(*this));
  std::vector<std::string> found;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_IPADD) continue;
    if (auto text = address_text(as_bytes(string_view_of(name->d.ip))); !text.empty()) found.push_back(text);
  }
  return found;
}

std::vector<std::string> Certificate::nf_types() const {
  return certificate_ ? read_nf_types(CertificateAccess::raw(*this)) : std::vector<std::string>();
}

bool Certificate::has_extended_usage(std::string_view usage) const {
  if (!certificate_) return false;
  const Owned<EXTENDED_KEY_USAGE, &EXTENDED_KEY_USAGE_free> usages(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(CertificateAccess::raw(*this), NID_ext_key_usage, nullptr, nullptr)));
  ERR_clear_error();
  const int wanted = OBJ_sn2nid(std::string(usage).c_str());
  for (int i = 0; usages && wanted != NID_undef && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    if (OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), i)) == wanted) return true;
  }
  return false;
}

// A malformed time makes the certificate invalid at every moment.
WallTime Certificate::not_before() const {
  return wall_time(certificate_ ? X509_get0_notBefore(CertificateAccess::raw(*this)) : nullptr, WallTime::max());
}

WallTime Certificate::not_after() const {
  return wall_time(certificate_ ? X509_get0_notAfter(CertificateAccess::raw(*this)) : nullptr, WallTime::min());
}

PublicKey Certificate::public_key() const {
  if (!certificate_) return {};
  OwnedKey key(X509_get_pubkey(CertificateAccess::raw(*this)));
  ERR_clear_error();
  return key ? KeyAccess::public_key(std::move(key)) : PublicKey();
}

std::string Certificate::thumbprint() const {
  if (!certificate_) return {};
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  X509_digest(CertificateAccess::raw(*this), EVP_sha256(), digest.data(), &size);
  return to_hex(BytesView(digest).first(size));
}

}  // namespace cordon::crypto
