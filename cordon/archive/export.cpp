#include "cordon/archive/export.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/wire/cbor.h"

namespace cordon::archive {

using transparency::Hash;
using wire::CborReader;
using wire::CborType;
using wire::CborWriter;

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMostHashes = 64;
constexpr std::size_t kMostAbout = 4096;
enum Key : std::uint64_t { kCheckpoint = 1, kEntries, kRotations, kAbout, kTime, kReleased };

std::unexpected<Error> refuse(std::string_view what) {
  return fail(ErrorKind::invalid_input, std::format("export: {}", what));
}

template <class T>
std::unexpected<Error> refuse(const Result<T>& result) {
  return std::unexpected(within("export", result.error()));
}

void write_entry(CborWriter& out, const ExportedEntry& entry) {
  out.array(4).unsigned_integer(entry.index).bytes(as_bytes(entry.entry)).array(entry.inclusion.size());
  for (const auto& hash : entry.inclusion) out.bytes(hash);
  if (entry.receipt) {
    out.bytes(*entry.receipt);
  } else {
    out.null();
  }
}

std::string content_of(const Export& content) {
  std::string bytes;
  CborWriter out(bytes);
  out.map(6).unsigned_integer(kCheckpoint).text(content.checkpoint.whole());
  out.unsigned_integer(kEntries).array(content.entries.size());
  for (const auto& entry : content.entries) write_entry(out, entry);
  out.unsigned_integer(kRotations).array(content.rotations.size());
  for (const auto& each : content.rotations) out.text(each.whole());
  out.unsigned_integer(kAbout).text(content.about).unsigned_integer(kTime).text(format_time(content.time));
  out.unsigned_integer(kReleased);
  if (content.released) {
    out.bytes(*content.released);
  } else {
    out.null();
  }
  return bytes;
}

Result<std::optional<Bytes>> bytes_or_null(CborReader& in) {
  if (const auto type = in.peek(); type && *type == CborType::null) {
    if (auto null = in.null(); !null) return std::unexpected(null.error());
    return std::nullopt;
  }
  const auto bytes = in.bytes();
  if (!bytes) return std::unexpected(bytes.error());
  return Bytes(bytes->begin(), bytes->end());
}

Result<std::vector<Hash>> read_hashes(CborReader& in) {
  const auto count = in.array();
  if (!count) return refuse(count);
  if (*count > kMostHashes) return refuse(std::format("a proof of {} hashes", *count));
  std::vector<Hash> out(*count);
  for (auto& hash : out) {
    const auto bytes = in.bytes();
    if (!bytes) return refuse(bytes);
    if (bytes->size() != hash.size()) return refuse("a hash that is not of 32 bytes");
    std::ranges::copy(*bytes, hash.begin());
  }
  return out;
}

Result<ExportedEntry> read_entry(CborReader& in) {
  const auto members = in.array();
  if (!members) return refuse(members);
  if (*members != 4) return refuse("an entry that is no array of four");
  const auto index = in.unsigned_integer();
  if (!index) return refuse(index);
  const auto entry = in.bytes();
  if (!entry) return refuse(entry);
  if (entry->size() > transparency::kMostEntryBytes) return refuse(std::format("entry {} is too long", *index));
  auto inclusion = read_hashes(in);
  if (!inclusion) return std::unexpected(inclusion.error());
  auto receipt = bytes_or_null(in);
  if (!receipt) return refuse(receipt);
  return ExportedEntry{*index, std::string(as_text(*entry)), std::move(*inclusion), std::move(*receipt)};
}

Result<void> read_entries(CborReader& in, std::vector<ExportedEntry>& out) {
  const auto count = in.array();
  if (!count) return refuse(count);
  if (*count > kMostExported) return refuse(std::format("more than {} entries", kMostExported));
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto entry = read_entry(in);
    if (!entry) return std::unexpected(entry.error());
    if (!out.empty() && out.back().index >= entry->index) return refuse("the entries are not in order");
    out.push_back(std::move(*entry));
  }
  return {};
}

Result<void> read_rotations(CborReader& in, std::vector<SignedStatement>& out) {
  const auto count = in.array();
  if (!count) return refuse(count);
  if (*count > kMostRotations) return refuse(std::format("more than {} changes of keys", kMostRotations));
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto text = in.text();
    if (!text) return refuse(text);
    auto statement = parse_statement(*text);
    if (!statement) return refuse(statement);
    out.push_back(std::move(*statement));
  }
  return {};
}

Result<void> read_key(CborReader& in, std::uint64_t expected) {
  const auto key = in.unsigned_integer();
  if (!key) return refuse(key);
  if (*key != expected) return refuse(std::format("member {} stands where {} belongs", *key, expected));
  return {};
}

// About, time and released keys: what follows entries and statements.
Result<void> read_rest(CborReader& in, Export& out) {
  if (auto key = read_key(in, kAbout); !key) return key;
  const auto about = in.text();
  if (!about) return refuse(about);
  if (about->size() > kMostAbout) return refuse(std::format("what it is about takes more than {} bytes", kMostAbout));
  out.about = *about;
  if (auto key = read_key(in, kTime); !key) return key;
  const auto time = in.text().and_then(parse_time);
  if (!time) return refuse(time);
  out.time = *time;
  if (auto key = read_key(in, kReleased); !key) return key;
  auto released = bytes_or_null(in);
  if (!released) return refuse(released);
  out.released = std::move(*released);
  return {};
}

Result<Export> read_content(BytesView bytes) {
  CborReader in(bytes);
  Export out;
  const auto members = in.map();
  if (!members) return refuse(members);
  if (*members != 6) return refuse("the content has not six members");
  if (auto key = read_key(in, kCheckpoint); !key) return std::unexpected(key.error());
  auto checkpoint = in.text().and_then([](std::string_view text) { return transparency::parse_note(text); });
  if (!checkpoint) return refuse(checkpoint);
  out.checkpoint = std::move(*checkpoint);
  if (auto key = read_key(in, kEntries); !key) return std::unexpected(key.error());
  if (auto entries = read_entries(in, out.entries); !entries) return std::unexpected(entries.error());
  if (auto key = read_key(in, kRotations); !key) return std::unexpected(key.error());
  if (auto rotations = read_rotations(in, out.rotations); !rotations) return std::unexpected(rotations.error());
  if (auto rest = read_rest(in, out); !rest) return std::unexpected(rest.error());
  if (!in.at_end()) return refuse("bytes behind the content");
  return out;
}

// The rotations of an export are a stranger's: verified like those of a log.
Result<KeyChain> chain_of(const Export& content, const transparency::Checkpoint& checkpoint,
                          const transparency::TrustPolicy& trust) {
  return key_chain(
      [&](const std::string& path) -> Result<std::string> {
        for (std::size_t i = 0; i < content.rotations.size(); ++i) {
          if (path == rotation_file(i + 1)) return content.rotations[i].whole();
        }
        return fail(ErrorKind::not_found, path + ": not in the export");
      },
      checkpoint.origin, trust);
}

Result<void> signed_by_log(const SignedExport& file, const transparency::Checkpoint& checkpoint,
                           const KeyChain& chain) {
  Result<void> last = fail(ErrorKind::corrupt, "export: no key to verify it with");
  for (const auto& keys : chain.keys) {
    last = verify_bytes(*file.note, checkpoint.origin, "export", file.content_bytes, keys);
    if (last) return last;
  }
  return last;
}

}  // namespace

Result<Export> collect(const LogReader& log, const ExportRequest& request, const Clock& clock) {
  auto indices = request.indices;
  std::ranges::sort(indices);
  indices.erase(std::ranges::unique(indices).begin(), indices.end());
  if (indices.size() > kMostExported)
    return refuse(std::format("at most {} entries go into one file", kMostExported));
  if (request.about.size() > kMostAbout) return refuse(std::format("describe it in at most {} bytes", kMostAbout));
  Export out{.checkpoint = log.note(),
             .entries = {},
             .rotations = {},
             .about = request.about,
             .time = std::chrono::floor<std::chrono::microseconds>(clock.now()),
             .released = request.released};
  auto rotations = archive::read_rotations(log.resources(), log.checkpoint().origin);
  if (!rotations) return std::unexpected(rotations.error());
  out.rotations = std::move(*rotations);
  for (const auto index : indices) {
    auto proven = log.prove(index);
    if (!proven) return std::unexpected(proven.error());
    ExportedEntry entry{index, std::move(proven->entry), std::move(proven->inclusion), {}};
    if (request.receipt) {
      auto receipt = request.receipt(log, entry);
      if (!receipt) return std::unexpected(receipt.error());
      entry.receipt = std::move(*receipt);
    }
    out.entries.push_back(std::move(entry));
    if (request.progress) request.progress(out.entries.size(), indices.size());
  }
  return out;
}

Result<std::string> write_export(const Export& content, const transparency::LogSigner* signer) {
  const auto bytes = content_of(content);
  std::string note;
  if (signer != nullptr) {
    const auto made = sign_bytes(*signer, "export", bytes, content.time);
    if (!made) return std::unexpected(made.error());
    note = made->whole();
  }
  std::string file;
  CborWriter(file).array(3).unsigned_integer(kVersion).bytes(as_bytes(bytes)).text(note);
  if (file.size() > kMostExportBytes) return refuse("more than 1 GiB: choose fewer entries");
  return file;
}

Result<SignedExport> parse_export(std::string_view file) {
  if (file.size() > kMostExportBytes) return refuse("longer than 1 GiB");
  CborReader in(as_bytes(file));
  const auto members = in.array();
  if (!members) return refuse(members);
  const auto version = in.unsigned_integer();
  if (!version) return refuse(version);
  if (*members != 3 || *version != kVersion) {
    return refuse(std::format("version {} is not known; take a newer Cordon", *version));
  }
  const auto bytes = in.bytes();
  if (!bytes) return refuse(bytes);
  const auto note_text = in.text();
  if (!note_text) return refuse(note_text);
  if (!in.at_end()) return refuse("bytes behind its end");
  auto content = read_content(*bytes);
  if (!content) return std::unexpected(content.error());
  SignedExport out{std::move(*content), std::string(as_text(*bytes)), {}};
  if (note_text->empty()) return out;
  auto note = transparency::parse_note(*note_text);
  if (!note) return refuse(note);
  out.note = std::move(*note);
  return out;
}

Result<ExportVerdict> verify_export(const SignedExport& file, const transparency::TrustPolicy& trust) {
  const auto& content = file.content;
  const auto checkpoint = transparency::parse_checkpoint(content.checkpoint.text);
  if (!checkpoint) return refuse(checkpoint);
  if (std::ranges::none_of(trust.logs, [&](const auto& key) { return key.name == checkpoint->origin; })) {
    return fail(ErrorKind::corrupt,
                std::format("export: the trust policy names no key of the log {}", checkpoint->origin));
  }
  const auto chain = chain_of(content, *checkpoint, trust);
  if (!chain) return refuse(chain);
  auto witnessed = verify_signatures(content.checkpoint, *chain, trust);
  if (!witnessed) return refuse(witnessed);
  for (const auto& entry : content.entries) {
    const auto leaf = transparency::leaf_hash(as_bytes(entry.entry));
    const auto holds =
        transparency::verify_inclusion(leaf, entry.index, checkpoint->size, entry.inclusion, checkpoint->root);
    if (!holds) return std::unexpected(within(std::format("export: entry {}", entry.index), holds.error()));
  }
  if (file.note) {
    if (auto by_log = signed_by_log(file, *checkpoint, *chain); !by_log) return std::unexpected(by_log.error());
  }
  return ExportVerdict{*checkpoint, content.entries.size(), std::move(*witnessed), file.note.has_value()};
}

}  // namespace cordon::archive
