#include "cordon/audit/release_file.h"

#include <algorithm>
#include <iterator>

#include "cordon/audit/cbor_parts.h"
#include "cordon/evidence/sealing.h"
#include "cordon/vault/release.h"

namespace cordon::audit {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMostFile = std::size_t{1} << 30;
constexpr std::size_t kMostErased = kMostFound * 4;  // every subject of every record

void write(wire::CborWriter& out, const ReleaseFile& file) {
  out.array(15).unsigned_integer(kVersion);
  for (const auto* text :
       {&file.auditor, &file.purpose, &file.case_reference, &file.question, &file.groups, &file.time}) {
    out.text(*text);
  }
  out.unsigned_integer(file.access_record).text(file.checkpoint);
  out.array(file.entries.size());
  for (const auto& entry : file.entries) {
    out.array(3).unsigned_integer(entry.index).bytes(entry.entry);
    write_hashes(out, entry.inclusion);
  }
  out.array(file.clauses.size());
  for (const auto& clause : file.clauses) {
    out.array(2).text(clause.what).array(clause.any.size());
    for (const auto& key : clause.any) out.bytes(key);
  }
  out.array(file.withheld.size());
  for (const auto& each : file.withheld) out.array(2).unsigned_integer(each.index).text(each.why);
  out.array(file.erased.size());
  for (const auto& each : file.erased) out.array(2).unsigned_integer(each.index).text(each.pseudonym);
  out.bytes(file.answer ? to_bytes(encode(*file.answer)) : Bytes{}).bytes(file.keys);
}

ReleaseFile::Entry read_entry(CborItems& items) {
  items.array_of(3);
  ReleaseFile::Entry entry;
  entry.index = items.number();
  entry.entry = items.bytes();
  entry.inclusion = items.hashes();
  return entry;
}

Clause read_clause(CborItems& items) {
  items.array_of(2);
  Clause clause{items.text(), {}};
  for (auto left = items.array(kMostKeys); left > 0 && items.good(); --left) {
    clause.any.push_back(items.fixed<std::tuple_size_v<IndexKey>>());
  }
  return clause;
}

Withheld read_withheld(CborItems& items) {
  items.array_of(2);
  const auto index = items.number();
  return {index, items.text()};
}

ReleaseFile::Erased read_erased(CborItems& items) {
  items.array_of(2);
  const auto index = items.number();
  return {index, items.text()};
}

ReleaseFile read_members(CborItems& items) {
  ReleaseFile file;
  for (auto* text : {&file.auditor, &file.purpose, &file.case_reference, &file.question, &file.groups, &file.time}) {
    *text = items.text();
  }
  file.access_record = items.number();
  file.checkpoint = items.text();
  for (auto left = items.array(kMostFound); left > 0 && items.good(); --left) {
    file.entries.push_back(read_entry(items));
  }
  for (auto left = items.array(16); left > 0 && items.good(); --left) file.clauses.push_back(read_clause(items));
  for (auto left = items.array(kMostFound); left > 0 && items.good(); --left) {
    file.withheld.push_back(read_withheld(items));
  }
  for (auto left = items.array(kMostErased); left > 0 && items.good(); --left) {
    file.erased.push_back(read_erased(items));
  }
  return file;
}

}  // namespace

std::string encode(const ReleaseFile& file) {
  std::string text;
  wire::CborWriter out(text);
  write(out, file);
  return text;
}

std::string bound_purpose(const ReleaseFile& file) {
  auto rest = file;
  rest.keys.clear();
  return std::format("{}, file {}", file.purpose.substr(0, 256), to_hex(crypto::sha256(as_bytes(encode(rest)))));
}

Result<ReleaseFile> parse_release_file(BytesView bytes) {
  if (bytes.size() > kMostFile) return fail(ErrorKind::corrupt, "a released file of more than 1 GiB");
  CborItems items(bytes);
  items.array_of(15);
  if (items.number() != kVersion) items.refuse("not a released file, or of a version this program does not know");
  auto file = read_members(items);
  const auto answer = items.bytes();
  file.keys = items.bytes();
  if (auto whole = items.finish(); !whole) return std::unexpected(within("released file", whole.error()));
  if (answer.empty()) return file;
  auto parsed = parse_answer(answer);
  if (!parsed) return std::unexpected(within("released file", parsed.error()));
  file.answer = std::move(*parsed);
  return file;
}

std::string_view name_of(Completeness completeness) {
  switch (completeness) {
    case Completeness::proved:
      return "proved";
    case Completeness::incomplete:
      return "incomplete";
    case Completeness::unknown:
      break;
  }
  return "unknown";
}

// === verifying

namespace {

class ReleaseCheck {
 public:
  explicit ReleaseCheck(const ReleaseFile& file) : file_(file) {}

  Result<ReleaseVerdict> run(const std::optional<transparency::TrustPolicy>& trust) {
    if (auto good = read_checkpoint(trust); !good) return std::unexpected(good.error());
    if (auto good = check_entries(); !good) return std::unexpected(good.error());
    if (auto good = check_completeness(); !good) return std::unexpected(good.error());
    return std::move(verdict_);
  }

 private:
  Result<void> read_checkpoint(const std::optional<transparency::TrustPolicy>& trust) {
    const auto note = transparency::parse_note(file_.checkpoint);
    if (!note) return std::unexpected(within("checkpoint", note.error()));
    auto checkpoint = transparency::parse_checkpoint(note->text);
    if (!checkpoint) return std::unexpected(within("checkpoint", checkpoint.error()));
    verdict_.checkpoint = std::move(*checkpoint);
    if (!trust) return {};
    auto witnessed = transparency::verify_checkpoint(*note, *trust);
    if (!witnessed) return std::unexpected(witnessed.error());
    verdict_.witnessed = std::move(*witnessed);
    return {};
  }

  Result<void> check_entries() {
    std::optional<std::uint64_t> before;
    for (const auto& entry : file_.entries) {
      if (before && entry.index <= *before)
        return fail(ErrorKind::corrupt, "released file: records are not in order");
      before = entry.index;
      const auto held =
          transparency::verify_inclusion(transparency::leaf_hash(entry.entry), entry.index, verdict_.checkpoint.size,
                                         entry.inclusion, verdict_.checkpoint.root);
      if (!held) {
        return std::unexpected(within(std::format("record {} is not in the log", entry.index), held.error()));
      }
    }
    return {};
  }

  // What the index names must be here, or be said to be withheld.
  Result<void> check_completeness() {
    if (!file_.answer) return {};
    if (file_.answer->keys != keys_of(file_.clauses)) {
      return fail(ErrorKind::corrupt, "released file: the answer is not to the question's conditions");
    }
    const auto answered = verify_answer(*file_.answer, verdict_.checkpoint);
    if (!answered) return std::unexpected(answered.error());
    for (const auto& range : answered->missing) miss(std::format("no index for entries {}", range.text()));
    std::vector<std::uint64_t> here;
    for (const auto& entry : file_.entries) here.push_back(entry.index);
    for (const auto& each : file_.withheld) here.push_back(each.index);
    std::ranges::sort(here);
    std::vector<std::uint64_t> lacking;
    std::ranges::set_difference(candidates(file_.clauses, *answered), here, std::back_inserter(lacking));
    for (const auto index : lacking) miss(std::format("record {} is named by the index but not here", index));
    for (const auto index : answered->found.at(unreadable_key())) {
      miss(std::format("record {} is of a version that this program cannot read", index));
    }
    verdict_.completeness = verdict_.missing.empty() ? Completeness::proved : Completeness::incomplete;
    return {};
  }

  void miss(std::string what) { verdict_.missing.push_back(std::move(what)); }

  const ReleaseFile& file_;
  ReleaseVerdict verdict_;
};

}  // namespace

Result<ReleaseVerdict> verify_release(const ReleaseFile& file,
                                      const std::optional<transparency::TrustPolicy>& trust) {
  return ReleaseCheck(file).run(trust);
}

// === opening

namespace {

Result<evidence::Record> open_entry(const ReleaseFile::Entry& entry, const vault::ReleasedKeys& released) {
  if (released.index != entry.index || released.leaf != transparency::leaf_hash(entry.entry)) {
    return fail(ErrorKind::corrupt, "its keys are another record's");
  }
  const auto opened = vault::open_with(entry.entry, released.keys);
  if (!opened) return std::unexpected(opened.error());
  auto record = evidence::record_of(entry.entry, *opened);
  if (record) record->sequence = entry.index;
  return record;
}

void mark_erased(const ReleaseFile& file, evidence::Record& record) {
  for (auto& subject : record.subjects) {
    const ReleaseFile::Erased wanted{record.sequence, subject.pseudonym};
    if (subject.identifier.empty() && std::ranges::contains(file.erased, wanted)) subject.erased = true;
  }
}

}  // namespace

Result<std::vector<evidence::Record>> open_release(const ReleaseFile& file, const crypto::KemPrivateKey& key) {
  auto released = vault::open_release(file.keys, key);
  if (!released) return std::unexpected(released.error());
  if (released->purpose != bound_purpose(file)) {
    return fail(ErrorKind::corrupt, "released file: it was altered after the keys were wrapped");
  }
  if (released->records.size() != file.entries.size()) {
    return fail(ErrorKind::corrupt, "released file: its keys are not those of its records");
  }
  std::vector<evidence::Record> records;
  for (std::size_t i = 0; i < file.entries.size(); ++i) {
    auto record = open_entry(file.entries[i], released->records[i]);
    vault::wipe_keys(released->records[i].keys);
    if (!record) return std::unexpected(within(std::format("record {}", file.entries[i].index), record.error()));
    if (!file.erased.empty()) mark_erased(file, *record);
    records.push_back(std::move(*record));
  }
  return records;
}

}  // namespace cordon::audit
