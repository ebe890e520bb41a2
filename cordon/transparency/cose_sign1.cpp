#include "cordon/transparency/cose_sign1.h"

#include <set>

#include "cordon/transparency/lines.h"
#include "cordon/wire/cbor.h"

namespace cordon::transparency {

namespace {

using wire::CborReader;
using wire::CborType;
using wire::CborWriter;

constexpr std::size_t kLongest = 256U << 10;
constexpr std::uint64_t kMostReceipts = 64;

// RFC 9052 4.2 and its registries.
constexpr std::uint64_t kSign1Tag = 18;
constexpr std::int64_t kAlgorithm = 1;
constexpr std::int64_t kCritical = 2;
constexpr std::int64_t kContentType = 3;
constexpr std::int64_t kKeyId = 4;
constexpr std::int64_t kClaims = 15;     // RFC 9597
constexpr std::int64_t kReceipts = 394;  // RFC 9942
constexpr std::int64_t kStructure = 395;
constexpr std::int64_t kProofs = 396;
constexpr std::int64_t kInclusion = -1;
constexpr std::int64_t kConsistency = -2;
constexpr std::int64_t kIssuer = 1;  // RFC 8392
constexpr std::int64_t kSubject = 2;

std::unexpected<Error> refuse(std::string message) { return fail(ErrorKind::invalid_input, "COSE: " + message); }

Bytes copied(BytesView bytes) { return {bytes.begin(), bytes.end()}; }

// One entry of a map; label is nothing for texts, which no header here has.
template <class OnEntry>
Result<void> each_entry(CborReader& reader, OnEntry on_entry) {
  const auto pairs = reader.map();
  if (!pairs) return std::unexpected(pairs.error());
  std::set<std::int64_t> seen;
  for (std::uint64_t i = 0; i < *pairs; ++i) {
    const auto type = reader.peek();
    if (!type) return std::unexpected(type.error());
    if (*type == CborType::text) {
      if (auto skipped = reader.skip(); !skipped) return skipped;
      if (auto skipped = reader.skip(); !skipped) return skipped;
      continue;
    }
    const auto label = reader.integer();
    if (!label) return std::unexpected(label.error());
    // RFC 9052 3: "Labels in each of the maps MUST be unique."
    if (!seen.insert(*label).second) return refuse(std::format("header {} is there twice", *label));
    if (auto read = on_entry(*label); !read) return read;
  }
  return {};
}

template <class Value, class Into>
Result<void> store(Result<Value> value, Into& into) {
  if (!value) return std::unexpected(value.error());
  into = Into(value->begin(), value->end());
  return {};
}

Result<void> read_claims(CborReader& reader, Claims& claims) {
  return each_entry(reader, [&](std::int64_t label) -> Result<void> {
    if (label == kIssuer) return store(reader.text(), claims.issuer);
    if (label == kSubject) return store(reader.text(), claims.subject);
    return reader.skip();
  });
}

Result<void> read_content_type(CborReader& reader, std::string& content_type) {
  if (reader.peek() == CborType::text) return store(reader.text(), content_type);
  return reader.skip();  // a number of the CoAP registry
}

Result<CoseHeader> parse_header(BytesView bytes) {
  CborReader reader(bytes);
  CoseHeader header;
  const auto read = each_entry(reader, [&](std::int64_t label) -> Result<void> {
    switch (label) {
      case kAlgorithm:
        return reader.integer().transform([&](std::int64_t value) { header.algorithm = value; });
      case kCritical:  // RFC 9052 3.1: whoever does not understand what is critical must refuse
        return refuse("critical headers are not understood here");
      case kContentType:
        return read_content_type(reader, header.content_type);
      case kKeyId:
        return store(reader.bytes(), header.key_id);
      case kClaims:
        return read_claims(reader, header.claims);
      case kStructure:
        return reader.integer().transform([&](std::int64_t value) { header.structure = value; });
      default:
        return reader.skip();
    }
  });
  if (!read) return std::unexpected(read.error());
  if (!reader.at_end()) return refuse("bytes after the protected header");
  return header;
}

Result<std::vector<Bytes>> read_strings(CborReader& reader, std::uint64_t most, std::string_view what) {
  const auto count = reader.array();
  if (!count) return std::unexpected(count.error());
  if (*count == 0 || *count > most) return refuse(std::format("{} {}, where 1 to {} may be", *count, what, most));
  std::vector<Bytes> all;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto bytes = reader.bytes();
    if (!bytes) return std::unexpected(bytes.error());
    all.push_back(copied(*bytes));
  }
  return all;
}

Result<void> read_proofs(CborReader& reader, CoseUnprotected& unprotected) {
  return each_entry(reader, [&](std::int64_t label) -> Result<void> {
    if (label != kInclusion && label != kConsistency) return reader.skip();
    auto proofs = read_strings(reader, 1, "proofs of a kind");
    if (!proofs) return std::unexpected(proofs.error());
    (label == kInclusion ? unprotected.inclusion : unprotected.consistency) = std::move(proofs->front());
    return {};
  });
}

Result<CoseUnprotected> read_unprotected(CborReader& reader) {
  CoseUnprotected unprotected;
  const auto read = each_entry(reader, [&](std::int64_t label) -> Result<void> {
    if (label == kProofs) return read_proofs(reader, unprotected);
    if (label != kReceipts) return reader.skip();
    return read_strings(reader, kMostReceipts, "receipts").transform([&](std::vector<Bytes> receipts) {
      unprotected.receipts = std::move(receipts);
    });
  });
  if (!read) return std::unexpected(read.error());
  return unprotected;
}

Result<std::optional<Bytes>> read_payload(CborReader& reader) {
  if (reader.peek() == CborType::null) {
    return reader.null().transform([] { return std::optional<Bytes>(); });
  }
  return reader.bytes().transform([](BytesView payload) { return std::optional(copied(payload)); });
}

Result<std::int64_t> algorithm_of(const Result<crypto::KeyKind>& kind) {
  if (!kind) return std::unexpected(kind.error());
  if (*kind == crypto::KeyKind::ed25519) return -8;     // RFC 9053 2.2
  if (*kind == crypto::KeyKind::ml_dsa_44) return -48;  // RFC 9964
  return refuse(std::format("a key of the kind {} signs nothing here: use ed25519 or ml-dsa-44", name_of(*kind)));
}

// RFC 9052 4.4: Sig_structure
std::string to_be_signed(BytesView protected_header, BytesView payload) {
  std::string out;
  CborWriter(out).array(4).text("Signature1").bytes(protected_header).bytes({}).bytes(payload);
  return out;
}

void write_unprotected(CborWriter& writer, const CoseUnprotected& unprotected) {
  const bool proofs = unprotected.inclusion || unprotected.consistency;
  writer.map((unprotected.receipts.empty() ? 0U : 1U) + (proofs ? 1U : 0U));
  if (!unprotected.receipts.empty()) {
    writer.integer(kReceipts).array(unprotected.receipts.size());
    for (const auto& receipt : unprotected.receipts) writer.bytes(receipt);
  }
  if (!proofs) return;
  writer.integer(kProofs).map((unprotected.inclusion ? 1U : 0U) + (unprotected.consistency ? 1U : 0U));
  if (unprotected.inclusion) writer.integer(kInclusion).array(1).bytes(*unprotected.inclusion);
  if (unprotected.consistency) writer.integer(kConsistency).array(1).bytes(*unprotected.consistency);
}

}  // namespace

Bytes CoseSign1::encoded() const {
  std::string out;
  CborWriter writer(out);
  writer.tag(kSign1Tag).array(4).bytes(protected_header);
  write_unprotected(writer, unprotected);
  payload ? writer.bytes(*payload) : writer.null();
  writer.bytes(signature);
  return to_bytes(out);
}

Result<CoseHeader> header_for(const crypto::PublicKey& key, Claims claims) {
  const auto algorithm = algorithm_of(key.kind());
  if (!algorithm) return std::unexpected(algorithm.error());
  auto key_id = cose_key_thumbprint(key);
  if (!key_id) return std::unexpected(key_id.error());
  return CoseHeader{.algorithm = *algorithm,
                    .content_type = {},
                    .key_id = std::move(*key_id),
                    .claims = std::move(claims),
                    .structure = {}};
}

// RFC 8949 4.2.1: labels in the order of their encoding.
Bytes encoded(const CoseHeader& header) {
  std::string out;
  CborWriter writer(out);
  writer.map(3U + (header.content_type.empty() ? 0U : 1U) + (header.structure ? 1U : 0U));
  writer.integer(kAlgorithm).integer(header.algorithm);
  if (!header.content_type.empty()) writer.integer(kContentType).text(header.content_type);
  writer.integer(kKeyId).bytes(header.key_id);
  writer.integer(kClaims).map(2).integer(kIssuer).text(header.claims.issuer);
  writer.integer(kSubject).text(header.claims.subject);
  if (header.structure) writer.integer(kStructure).integer(*header.structure);
  return to_bytes(out);
}

Result<CoseSign1> parse_sign1(BytesView bytes) {
  if (bytes.size() > kLongest) return refuse("more than 256 KiB");
  CborReader reader(bytes);
  // RFC 9942 2: "Receipts MUST be tagged as COSE_Sign1"; RFC 9943 says the same of statements.
  if (const auto tag = reader.tag(); !tag || *tag != kSign1Tag) return refuse("not tagged as COSE_Sign1");
  if (const auto items = reader.array(); !items || *items != 4) return refuse("not an array of four");
  CoseSign1 object;
  const auto protected_header = reader.bytes();
  if (!protected_header) return std::unexpected(protected_header.error());
  object.protected_header = copied(*protected_header);
  auto header = parse_header(*protected_header);
  if (!header) return std::unexpected(within("protected header", header.error()));
  object.header = std::move(*header);
  auto unprotected = read_unprotected(reader);
  if (!unprotected) return std::unexpected(unprotected.error());
  object.unprotected = std::move(*unprotected);
  auto payload = read_payload(reader);
  if (!payload) return std::unexpected(payload.error());
  object.payload = std::move(*payload);
  if (auto signature = store(reader.bytes(), object.signature); !signature) return std::unexpected(signature.error());
  if (!reader.at_end()) return refuse("bytes after the object");
  return object;
}

Result<Bytes> sign_sign1(BytesView protected_header, BytesView payload, const crypto::PrivateKey& key) {
  return key.sign(as_bytes(to_be_signed(protected_header, payload)));
}

Result<void> verify_sign1(const CoseSign1& object, BytesView payload, const crypto::PublicKey& key) {
  const auto algorithm = algorithm_of(key.kind());
  if (!algorithm) return std::unexpected(algorithm.error());
  if (object.header.algorithm != *algorithm) {
    return refuse(std::format("the algorithm is {}, and the key's {}", object.header.algorithm, *algorithm));
  }
  if (key.verify(as_bytes(to_be_signed(object.protected_header, payload)), object.signature)) return {};
  return fail(ErrorKind::corrupt, "COSE: the signature does not verify");
}

Result<Bytes> cose_key_thumbprint(const crypto::PublicKey& key) {
  const auto algorithm = algorithm_of(key.kind());
  if (!algorithm) return std::unexpected(algorithm.error());
  const auto raw = key.raw();
  if (!raw) return std::unexpected(raw.error());
  std::string out;
  CborWriter writer(out);
  writer.map(3).integer(1);
  if (*algorithm == -8) {
    writer.integer(1).integer(-1).integer(6).integer(-2).bytes(*raw);  // OKP, Ed25519, x (RFC 9053 7.2)
  } else {
    writer.integer(7).integer(3).integer(*algorithm).integer(-1).bytes(*raw);  // AKP, alg, pub (RFC 9964)
  }
  const auto digest = crypto::sha256(as_bytes(out));
  return Bytes(digest.begin(), digest.end());
}

}  // namespace cordon::transparency
