#include "cordon/vault/sealed_entry.h"

#include <algorithm>

#include "cordon/wire/cbor.h"

namespace cordon::vault {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kItems = 8;
constexpr std::size_t kMostEntry = 65'535;  // an entry of a C2SP tlog-tiles bundle
constexpr std::size_t kMostTerms = 8;
constexpr std::size_t kMostPersonal = 4;

std::unexpected<Error> wrong(std::string what) {
  return fail(ErrorKind::invalid_input, std::format("entry: {}", what));
}

// The next of an array's items, each with its name for the error.
template <class T>
Result<T> item(std::string_view name, Result<T> value) {
  if (!value) return std::unexpected(within(std::format("entry: {}", name), value.error()));
  return value;
}

Result<void> read_version(wire::CborReader& reader) {
  const auto items = item("its array", reader.array());
  if (!items) return std::unexpected(items.error());
  if (*items == 0) return wrong("an empty array");
  const auto version = item("version", reader.unsigned_integer());
  if (!version) return std::unexpected(version.error());
  if (*version != kVersion) {
    return wrong(std::format("version {} is not known here; a newer Cordon may read it", *version));
  }
  if (*items != kItems) return wrong(std::format("{} items where there are {}", *items, kItems));
  return {};
}

Result<std::vector<Term>> read_terms(wire::CborReader& reader) {
  const auto bytes = item("terms", reader.bytes());
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() % sizeof(Term) != 0 || bytes->size() / sizeof(Term) > kMostTerms) {
    return wrong(
        std::format("terms of {} bytes: they are at most {} of {}", bytes->size(), kMostTerms, sizeof(Term)));
  }
  std::vector<Term> terms(bytes->size() / sizeof(Term));
  for (std::size_t i = 0; i < bytes->size(); ++i)
    terms[i / sizeof(Term)] = terms[i / sizeof(Term)] << 8 | (*bytes)[i];
  return terms;
}

template <std::size_t kSize>
Result<std::array<std::uint8_t, kSize>> read_array(wire::CborReader& reader, std::string_view name) {
  const auto bytes = item(name, reader.bytes());
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() != kSize) return wrong(std::format("{} of {} bytes instead of {}", name, bytes->size(), kSize));
  std::array<std::uint8_t, kSize> out;
  std::ranges::copy(*bytes, out.begin());
  return out;
}

Result<SealedEntry::Personal> read_personal(wire::CborReader& reader) {
  const auto items = item("personal", reader.array());
  if (!items) return std::unexpected(items.error());
  if (*items != 2) return wrong("personal: not a pair of pseudonym and payload");
  const auto pseudonym = read_array<std::tuple_size_v<Pseudonym>>(reader, "pseudonym");
  if (!pseudonym) return std::unexpected(pseudonym.error());
  const auto payload = item("payload", reader.bytes());
  if (!payload) return std::unexpected(payload.error());
  return SealedEntry::Personal{*pseudonym, *payload};
}

Result<std::vector<SealedEntry::Personal>> read_all_personal(wire::CborReader& reader) {
  const auto count = item("personal", reader.array());
  if (!count) return std::unexpected(count.error());
  if (*count > kMostPersonal) return wrong(std::format("{} subjects where at most {} may be", *count, kMostPersonal));
  std::vector<SealedEntry::Personal> out;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto one = read_personal(reader);
    if (!one) return std::unexpected(one.error());
    out.push_back(*one);
  }
  return out;
}

// Kind, epoch, nonce and terms: what stands in clear and is authenticated with every ciphertext.
Result<SealedEntry> read_clear(wire::CborReader& reader, BytesView entry) {
  SealedEntry out;
  const auto kind = item("kind", reader.unsigned_integer());
  if (!kind) return std::unexpected(kind.error());
  const bool known = *kind >= 1 && *kind < static_cast<std::uint64_t>(EntryKind::other);
  out.kind = known ? static_cast<EntryKind>(*kind) : EntryKind::other;
  const auto epoch = item("epoch", reader.unsigned_integer());
  if (!epoch) return std::unexpected(epoch.error());
  if (*epoch > UINT32_MAX) return wrong("epoch: beyond 32 bits");
  out.epoch = static_cast<std::uint32_t>(*epoch);
  const auto nonce = read_array<std::tuple_size_v<EntryNonce>>(reader, "nonce");
  if (!nonce) return std::unexpected(nonce.error());
  out.nonce = *nonce;
  auto terms = read_terms(reader);
  if (!terms) return std::unexpected(terms.error());
  out.terms = std::move(*terms);
  out.associated = entry.first(reader.position());
  return out;
}

}  // namespace

Result<SealedEntry> parse_entry(BytesView entry) {
  if (entry.size() > kMostEntry) return wrong(std::format("longer than {} bytes", kMostEntry));
  wire::CborReader reader(entry);
  if (auto version = read_version(reader); !version) return std::unexpected(version.error());
  auto out = read_clear(reader, entry);
  if (!out) return out;
  const auto header = item("header", reader.bytes());
  if (!header) return std::unexpected(header.error());
  const auto analyst = item("analyst", reader.bytes());
  if (!analyst) return std::unexpected(analyst.error());
  auto personal = read_all_personal(reader);
  if (!personal) return std::unexpected(personal.error());
  if (!reader.at_end()) return wrong(std::format("{} bytes after its end", entry.size() - reader.position()));
  out->header = *header;
  out->analyst = *analyst;
  out->personal = std::move(*personal);
  return out;
}

}  // namespace cordon::vault
