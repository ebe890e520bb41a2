#include "cordon/vault/release.h"

#include <algorithm>

#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/vault/wrap.h"
#include "cordon/wire/cbor.h"

namespace cordon::vault {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kWord = "cordon key release";
constexpr std::size_t kMostFile = 64U << 20;
constexpr std::size_t kMostPurpose = 1024;
constexpr std::size_t kMostPersonal = 4;
constexpr std::size_t kKeySize = 32;

std::unexpected<Error> broken(std::string_view what) {
  return fail(ErrorKind::corrupt, std::format("key release: {}", what));
}

void put_key(wire::CborWriter& writer, const std::optional<Bytes>& key) {
  if (key) {
    writer.bytes(*key);
  } else {
    writer.null();
  }
}

std::string write_records(const std::vector<ReleasedKeys>& records) {
  std::string out;
  out.reserve(records.size() * 256 + 16);  // at most: nothing secret is left behind by growing
  wire::CborWriter writer(out);
  writer.array(records.size());
  for (const auto& one : records) {
    writer.array(5).unsigned_integer(one.index).bytes(one.leaf);
    put_key(writer, one.keys.header);
    put_key(writer, one.keys.analyst);
    writer.array(one.keys.personal.size());
    for (const auto& key : one.keys.personal) put_key(writer, key);
  }
  return out;
}

Result<std::optional<Bytes>> read_key(wire::CborReader& reader) {
  const auto type = reader.peek();
  if (!type) return std::unexpected(type.error());
  if (*type == wire::CborType::null) {
    if (auto read = reader.null(); !read) return std::unexpected(read.error());
    return std::nullopt;
  }
  const auto bytes = reader.bytes();
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() != kKeySize) return broken("a key of another length");
  return Bytes(bytes->begin(), bytes->end());
}

Result<RecordKeys> read_keys(wire::CborReader& reader) {
  RecordKeys out;
  auto header = read_key(reader);
  if (!header) return std::unexpected(header.error());
  auto analyst = read_key(reader);
  if (!analyst) return std::unexpected(analyst.error());
  out.header = std::move(*header);
  out.analyst = std::move(*analyst);
  const auto count = reader.array();
  if (!count) return std::unexpected(count.error());
  if (*count > kMostPersonal) return broken("too many subjects in one record");
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto key = read_key(reader);
    if (!key) return std::unexpected(key.error());
    out.personal.push_back(std::move(*key));
  }
  return out;
}

Result<ReleasedKeys> read_record(wire::CborReader& reader) {
  const auto items = reader.array();
  if (!items) return std::unexpected(items.error());
  if (*items != 5) return broken("a record of another shape");
  ReleasedKeys out;
  const auto index = reader.unsigned_integer();
  if (!index) return std::unexpected(index.error());
  out.index = *index;
  const auto leaf = reader.bytes();
  if (!leaf) return std::unexpected(leaf.error());
  if (leaf->size() != out.leaf.size()) return broken("a leaf hash of another length");
  std::ranges::copy(*leaf, out.leaf.begin());
  auto keys = read_keys(reader);
  if (!keys) return std::unexpected(keys.error());
  out.keys = std::move(*keys);
  return out;
}

Result<std::vector<ReleasedKeys>> read_records(BytesView bytes) {
  wire::CborReader reader(bytes);
  const auto count = reader.array();
  if (!count) return std::unexpected(count.error());
  if (*count > kMostReleased) return broken("too many records");
  std::vector<ReleasedKeys> out;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto one = read_record(reader);
    if (!one) return std::unexpected(one.error());
    out.push_back(std::move(*one));
  }
  if (!reader.at_end()) return broken("bytes after its end");
  return out;
}

// The file up to the sealed part: read without a key, and authenticated with it.
struct Envelope {
  BytesView recipient;
  std::string purpose;
  BytesView ciphertext;
  BytesView clear;
  BytesView sealed;
};

Result<void> read_words(wire::CborReader& reader) {
  const auto items = reader.array();
  if (!items || *items == 0) return broken("not a CBOR array");
  const auto version = reader.unsigned_integer();
  if (!version || *version != kVersion) return broken("its version is not known here");
  const auto word = *items == 6 ? reader.text() : fail(ErrorKind::corrupt, "");
  if (!word || *word != kWord) return broken("this file is something else");
  return {};
}

Result<Envelope> read_envelope(BytesView file) {
  if (file.size() > kMostFile) return broken("longer than 64 MiB");
  wire::CborReader reader(file);
  if (auto words = read_words(reader); !words) return std::unexpected(words.error());
  Envelope out;
  const auto recipient = reader.bytes();
  if (!recipient || recipient->size() != kKeySize) return broken("it names no recipient");
  const auto purpose = reader.text();
  if (!purpose || purpose->size() > kMostPurpose) return broken("it names no purpose");
  const auto ciphertext = reader.bytes();
  if (!ciphertext) return broken("its KEM ciphertext is missing");
  out.clear = file.first(reader.position());
  const auto sealed = reader.bytes();
  if (!sealed || !reader.at_end()) return broken("its sealed part does not end with it");
  out.recipient = *recipient;
  out.purpose = *purpose;
  out.ciphertext = *ciphertext;
  out.sealed = *sealed;
  return out;
}

}  // namespace

Result<std::string> release_keys(const Release& release, const crypto::KemPublicKey& auditor) {
  if (release.records.size() > kMostReleased) {
    return fail(ErrorKind::invalid_input, std::format("at most {} records fit one release", kMostReleased));
  }
  if (release.purpose.empty() || release.purpose.size() > kMostPurpose) {
    return fail(ErrorKind::invalid_input, "say for what purpose, in at most 1,024 bytes");
  }
  auto made = auditor.encapsulate();
  if (!made) return std::unexpected(made.error());
  std::string out;
  wire::CborWriter writer(out);
  writer.array(6).unsigned_integer(kVersion).text(kWord).bytes(crypto::sha256(auditor.bytes()));
  writer.text(release.purpose).bytes(made->ciphertext);
  const auto key = derive(made->shared.view(), out);  // binds the key to all that stands before
  if (!key) return std::unexpected(key.error());
  auto records = write_records(release.records);
  const auto sealed = wrap(key->view(), as_bytes(records), kWord);
  crypto::wipe_text(records);
  if (!sealed) return std::unexpected(sealed.error());
  writer.bytes(*sealed);
  return out;
}

Result<Release> open_release(BytesView file, const crypto::KemPrivateKey& auditor) {
  const auto envelope = read_envelope(file);
  if (!envelope) return std::unexpected(envelope.error());
  const auto own = crypto::sha256(auditor.public_key().bytes());
  if (!std::ranges::equal(own, envelope->recipient)) {
    return fail(ErrorKind::permission, "key release: it was made for another auditor's key");
  }
  const auto shared = auditor.decapsulate(envelope->ciphertext);
  if (!shared) return std::unexpected(within("key release", shared.error()));
  const auto key = derive(shared->view(), as_text(envelope->clear));
  if (!key) return std::unexpected(key.error());
  const auto plain = unwrap(key->view(), envelope->sealed, kWord);
  if (!plain) return broken("altered since it was made");
  auto records = read_records(plain->view());
  if (!records) return std::unexpected(within("key release", records.error()));
  return Release{envelope->purpose, std::move(*records)};
}

Result<void> make_auditor_key(const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) {
    return fail(ErrorKind::invalid_input, std::format("{} exists already: name another file", file.string()));
  }
  const auto pair = crypto::KemPrivateKey::generate();
  if (!pair) return std::unexpected(pair.error());
  auto pem = pair->pem();
  const auto written = write_file(file, pem, 0600);
  crypto::wipe_text(pem);
  if (!written) return written;
  return write_file(file.string() + ".pub", pair->public_key().pem(), 0644);
}

Result<crypto::KemPrivateKey> read_auditor_key(const std::filesystem::path& file) {
  auto pem = read_file(file, 64U << 10);
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::KemPrivateKey::from_pem(*pem);
  crypto::wipe_text(*pem);
  if (key) return key;
  return fail(key.error().kind,
              std::format("{}: {}; give the auditor's private key, NAME.key", file.string(), key.error().message));
}

Result<crypto::KemPublicKey> read_auditor_public_key(const std::filesystem::path& file) {
  const auto pem = read_file(file, 64U << 10);
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::KemPublicKey::from_pem(*pem);
  if (key) return key;
  return fail(key.error().kind,
              std::format("{}: {}; give the auditor's public key, NAME.key.pub", file.string(), key.error().message));
}

}  // namespace cordon::vault
