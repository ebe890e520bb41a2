#include "cordon/crypto/nf_types.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>

#include <algorithm>
#include <optional>

namespace cordon::crypto {

namespace {

constexpr std::size_t kLongestType = 32;  // RFC 9310 4: IA5String (SIZE (1..32))
constexpr std::size_t kMostTypes = 64;

inline void free_sequence(ASN1_SEQUENCE_ANY* sequence) { sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free); }
using OwnedSequence = Owned<ASN1_SEQUENCE_ANY, &free_sequence>;
using OwnedObject = Owned<ASN1_OBJECT, &ASN1_OBJECT_free>;
using OwnedOctets = Owned<ASN1_OCTET_STRING, &ASN1_OCTET_STRING_free>;

OwnedObject extension_id() { return OwnedObject(OBJ_txt2obj("1.3.6.1.5.5.7.1.34", 1)); }

// RFC 9310 3: uppercase letters, digits and a few joints; TS 29.510 uses letters, digits and the underscore.
bool is_nf_type(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !text.empty() && text.size() <= kLongestType && std::ranges::all_of(text, fits);
}

std::optional<std::string> nf_type(const ASN1_TYPE* value) {
  if (value->type != V_ASN1_IA5STRING) return std::nullopt;
  const ASN1_IA5STRING* text = value->value.ia5string;
  const std::string name(as_text({ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))}));
  return is_nf_type(name) ? std::optional(name) : std::nullopt;
}

std::optional<std::vector<std::string>> parse(const ASN1_OCTET_STRING* octets) {
  const unsigned char* cursor = ASN1_STRING_get0_data(octets);
  const unsigned char* end = cursor + ASN1_STRING_length(octets);
  const OwnedSequence sequence(d2i_ASN1_SEQUENCE_ANY(nullptr, &cursor, ASN1_STRING_length(octets)));
  if (!sequence || cursor != end) return std::nullopt;
  const int count = sk_ASN1_TYPE_num(sequence.get());
  if (count < 1 || static_cast<std::size_t>(count) > kMostTypes) return std::nullopt;
  std::vector<std::string> types;
  for (int i = 0; i < count; ++i) {
    auto type = nf_type(sk_ASN1_TYPE_value(sequence.get(), i));
    if (!type) return std::nullopt;
    types.push_back(std::move(*type));
  }
  return types;
}

// Lengths stay far below 64 KiB, so two length bytes always do.
void put_header(Bytes& out, std::uint8_t tag, std::size_t size) {
  out.push_back(tag);
  if (size >= 256) {
    out.insert(out.end(), {0x82, static_cast<std::uint8_t>(size >> 8)});
  } else if (size >= 128) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<std::uint8_t>(size & 0xff));
}

Bytes encoded(const std::vector<std::string>& types) {
  Bytes items;
  for (const auto& type : types) {
    put_header(items, V_ASN1_IA5STRING, type.size());
    items.insert(items.end(), type.begin(), type.end());
  }
  Bytes sequence;
  put_header(sequence, V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED, items.size());
  sequence.insert(sequence.end(), items.begin(), items.end());
  return sequence;
}

}  // namespace

std::vector<std::string> read_nf_types(const X509* certificate) {
  const auto id = extension_id();
  const int place = X509_get_ext_by_OBJ(certificate, id.get(), -1);
  if (place < 0) return {};
  const bool twice = X509_get_ext_by_OBJ(certificate, id.get(), place) >= 0;  // RFC 5280 4.2 forbids it
  auto types = twice ? std::nullopt : parse(X509_EXTENSION_get_data(X509_get_ext(certificate, place)));
  return types.value_or(std::vector<std::string>{""});
}

Result<OwnedExtension> make_nf_types(std::vector<std::string> types) {
  std::ranges::sort(types);
  types.erase(std::ranges::unique(types).begin(), types.end());
  if (types.size() > kMostTypes) return fail(ErrorKind::invalid_input, "more than 64 NF types");
  for (const auto& type : types) {
    if (!is_nf_type(type)) {
      return fail(ErrorKind::invalid_input, "an NF type is 1 to 32 capital letters, digits, '_' or '-', like AMF");
    }
  }
  const auto content = encoded(types);
  const OwnedOctets octets(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(octets.get(), content.data(), static_cast<int>(content.size()));
  // RFC 9310 3: the extension is not critical.
  OwnedExtension extension(X509_EXTENSION_create_by_OBJ(nullptr, extension_id().get(), 0, octets.get()));
  if (!extension) return fail_openssl(ErrorKind::internal, "NF types extension");
  return extension;
}

}  // namespace cordon::crypto
