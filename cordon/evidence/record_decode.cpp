#include "cordon/evidence/record_cbor.h"
#include "cordon/evidence/record_members.h"
#include "cordon/evidence/record_words.h"
#include "cordon/wire/cbor.h"

namespace cordon::evidence {

namespace {

using wire::CborReader;
using wire::CborType;

std::unexpected<Error> refuse(std::string what) { return fail(ErrorKind::invalid_input, std::move(what)); }

Result<void> in_member(std::string_view name, const Result<void>& read) {
  if (read) return {};
  return refuse(std::format("'{}': {}", name, read.error().message));
}

// One group: a map of ascending unsigned keys that begins with the version (RFC 8949 4.2.1: so no key stands twice).
class GroupReader {
 public:
  GroupReader(BytesView bytes, CborReader& cbor, Record& record) : bytes_(bytes), cbor_(cbor), record_(record) {}
  Result<void> header() { return group(&GroupReader::header_member, record_.later.header); }
  Result<void> analyst() { return group(&GroupReader::analyst_member, record_.later.analyst); }

 private:
  enum class Known { no, yes };
  using Member = Result<Known> (GroupReader::*)(Key key);

  Result<void> group(Member member, std::string& later);
  Result<void> version();
  Result<void> keep(std::size_t from, std::string& later);
  Result<Known> header_member(Key key);
  Result<Known> analyst_member(Key key);
  Result<Known> known(std::string_view name, Result<void> read);

  Result<void> text(const TextMember& member);
  Result<std::string> literal(std::size_t most, bool references);
  Result<void> list(const ListMember& member);
  Result<void> time();
  Result<void> status();
  Result<void> links();
  Result<void> spool();

  BytesView bytes_;  // what cbor_ reads
  CborReader& cbor_;
  Record& record_;
};

Result<void> GroupReader::version() {
  const auto key = cbor_.unsigned_integer();
  if (!key) return std::unexpected(key.error());
  const auto version = cbor_.unsigned_integer();
  if (!version) return std::unexpected(version.error());
  if (*key != kVersionKey) return refuse("a record begins with its version");
  if (*version == kRecordVersion) return {};
  return refuse(std::format("a record of version {}; this program reads version {}", *version, kRecordVersion));
}

Result<void> GroupReader::group(Member member, std::string& later) {
  const auto pairs = cbor_.map();
  if (!pairs) return std::unexpected(pairs.error());
  if (*pairs == 0) return refuse("a record begins with its version");
  if (auto read = version(); !read) return read;
  Key last = kVersionKey;
  for (std::uint64_t i = 1; i < *pairs; ++i) {
    const auto from = cbor_.position();
    const auto key = cbor_.unsigned_integer();
    if (!key) return std::unexpected(key.error());
    if (*key <= last) return refuse(std::format("key {} after key {}", *key, last));
    last = *key;
    const auto read = (this->*member)(*key);
    if (!read) return std::unexpected(read.error());
    if (*read == Known::yes) continue;
    if (auto kept = keep(from, later); !kept) return kept;
  }
  return {};
}

// A member that a later version added stays as it came, when there is room for it.
Result<void> GroupReader::keep(std::size_t from, std::string& later) {
  if (auto skipped = cbor_.skip(); !skipped) return skipped;
  ++record_.later.members;
  const auto pair = bytes_.subspan(from, cbor_.position() - from);
  if (later.size() + pair.size() <= kMostLater) later += as_text(pair);
  return {};
}

Result<GroupReader::Known> GroupReader::known(std::string_view name, Result<void> read) {
  if (auto done = in_member(name, read); !done) return std::unexpected(done.error());
  return Known::yes;
}

Result<GroupReader::Known> GroupReader::header_member(Key key) {
  if (key >= kFirstText && key <= kLastText) {
    const auto& member = kTexts[key - kFirstText];
    return known(member.name, text(member));
  }
  switch (key) {
    case kTime:
      return known("time", time());
    case kStatus:
      return known("status", status());
    case kPolicies.key:
      return known(kPolicies.name, list(kPolicies));
    case kObligations.key:
      return known(kObligations.name, list(kObligations));
    case kLinks:
      return known("links", links());
    case kSpool:
      return known("spool", spool());
    default:
      return Known::no;
  }
}

Result<GroupReader::Known> GroupReader::analyst_member(Key key) {
  if (key == kClaims.key) return known(kClaims.name, list(kClaims));
  if (key == kDetails.key) return known(kDetails.name, list(kDetails));
  return Known::no;
}

// A text as it stands there, not packed.
Result<std::string> GroupReader::literal(std::size_t most, bool references) {
  const auto text = cbor_.text();
  if (!text) return std::unexpected(text.error());
  if (text->size() > most) return refuse(std::format("{} bytes; at most {} are allowed", text->size(), most));
  return references ? without_references(*text, record_.subjects) : std::string(*text);
}

Result<void> GroupReader::text(const TextMember& member) {
  const auto type = cbor_.peek();
  if (!type) return std::unexpected(type.error());
  const bool references = member.packing == Packing::references;
  Result<std::string> value;
  if (*type == CborType::unsigned_integer && (member.packing == Packing::word || references)) {
    value = cbor_.unsigned_integer().transform(word_of);
  } else if (*type == CborType::bytes) {
    value = cbor_.bytes().and_then([&](BytesView bytes) { return unpacked(bytes, member.packing); });
  } else {
    value = literal(member.most, references);
  }
  if (!value) return std::unexpected(value.error());
  record_.*member.text = std::move(*value);
  return {};
}

Result<void> GroupReader::list(const ListMember& member) {
  const auto items = cbor_.array();
  if (!items) return std::unexpected(items.error());
  if (*items > kMostItems + 1) return refuse(std::format("{} items; at most {} are allowed", *items, kMostItems));
  auto& texts = record_.*member.texts;
  for (std::uint64_t i = 0; i < *items; ++i) {
    const auto type = cbor_.peek();
    const bool rule = type && *type == CborType::unsigned_integer && member.texts == &Record::policies;
    auto item = rule ? cbor_.unsigned_integer().transform([this](std::uint64_t) { return record_.rule; })
                     : literal(member.most, member.references);
    if (!item) return std::unexpected(item.error());
    texts.push_back(std::move(*item));
  }
  return {};
}

Result<void> GroupReader::time() {
  const auto nanoseconds = cbor_.integer();
  if (!nanoseconds) return std::unexpected(nanoseconds.error());
  record_.time = WallTime(std::chrono::nanoseconds(*nanoseconds));
  return {};
}

Result<void> GroupReader::status() {
  const auto status = cbor_.unsigned_integer();
  if (!status) return std::unexpected(status.error());
  if (*status > static_cast<std::uint64_t>(kMostStatus)) return refuse(std::format("{} is no status", *status));
  record_.status = static_cast<int>(*status);
  return {};
}

Result<void> GroupReader::links() {
  const auto count = cbor_.array();
  if (!count) return std::unexpected(count.error());
  if (*count > kMostLinks) return refuse(std::format("{} links; at most {} are allowed", *count, kMostLinks));
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto link = cbor_.unsigned_integer();
    if (!link) return std::unexpected(link.error());
    record_.links.push_back(*link);
  }
  return {};
}

Result<void> GroupReader::spool() {
  const auto items = cbor_.array();
  if (!items) return std::unexpected(items.error());
  if (*items != 2) return refuse("not a source and a sequence");
  auto source = literal(kShortText, false);
  if (!source) return std::unexpected(source.error());
  const auto sequence = cbor_.unsigned_integer();
  if (!sequence) return std::unexpected(sequence.error());
  record_.spool = SpoolMark{std::move(*source), *sequence};
  return {};
}

// --- subjects ---------------------------------------------------------------------------------------------------

Result<std::string> read_pseudonym(CborReader& cbor) {
  const auto type = cbor.peek();
  if (!type) return std::unexpected(type.error());
  if (*type != CborType::bytes) return cbor.text().transform([](std::string_view text) { return std::string(text); });
  const auto bytes = cbor.bytes();
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() != 10) return refuse(std::format("a pseudonym of {} bytes", bytes->size()));
  return shown_pseudonym(*bytes);
}

Result<std::string> read_identifier(CborReader& cbor) {
  const auto bytes = cbor.bytes();
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() <= kMostIdentifierBytes) return std::string(as_text(*bytes));
  return refuse(
      std::format("an identifier of {} bytes; at most {} are allowed", bytes->size(), kMostIdentifierBytes));
}

Result<Subject> read_subject(CborReader& cbor) {
  const auto items = cbor.array();
  if (!items) return std::unexpected(items.error());
  if (*items != 2) return refuse("not a pseudonym and an identifier");
  auto pseudonym = read_pseudonym(cbor);
  if (!pseudonym) return std::unexpected(pseudonym.error());
  auto identifier = read_identifier(cbor);
  if (!identifier) return std::unexpected(identifier.error());
  return Subject{std::move(*pseudonym), std::move(*identifier), false};
}

Result<std::vector<Subject>> read_subjects(CborReader& cbor) {
  const auto count = cbor.array();
  if (!count) return std::unexpected(count.error());
  if (*count > kMostSubjects)
    return refuse(std::format("{} subjects; at most {} are allowed", *count, kMostSubjects));
  std::vector<Subject> subjects;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto subject = read_subject(cbor);
    if (!subject) return std::unexpected(within("'subjects'", subject.error()));
    subjects.push_back(std::move(*subject));
  }
  return subjects;
}

Result<void> at_end(const CborReader& cbor) {
  if (cbor.at_end()) return {};
  return refuse(std::format("bytes behind the record, from byte {} on", cbor.position()));
}

Result<void> read_analyst(BytesView bytes, CborReader& cbor, Record& record) {
  const auto type = cbor.peek();
  if (!type) return std::unexpected(type.error());
  return *type == CborType::null ? cbor.null() : GroupReader(bytes, cbor, record).analyst();
}

}  // namespace

Result<Record> read_groups(BytesView header, BytesView analyst, std::vector<Subject> subjects) {
  Record record;
  record.subjects = std::move(subjects);
  if (!header.empty()) {
    CborReader cbor(header);
    if (auto read = GroupReader(header, cbor, record).header(); !read) return std::unexpected(read.error());
    if (auto read = at_end(cbor); !read) return std::unexpected(read.error());
  }
  if (!analyst.empty()) {
    CborReader cbor(analyst);
    if (auto read = GroupReader(analyst, cbor, record).analyst(); !read) return std::unexpected(read.error());
    if (auto read = at_end(cbor); !read) return std::unexpected(read.error());
  }
  return record;
}

Result<std::string> read_personal(BytesView payload) {
  CborReader cbor(payload);
  const auto pairs = cbor.map();
  if (!pairs) return std::unexpected(pairs.error());
  std::string identifier;
  for (std::uint64_t i = 0; i < *pairs; ++i) {
    const auto key = cbor.unsigned_integer();
    if (!key) return std::unexpected(key.error());
    if (*key != kIdentifier) {
      if (auto skipped = cbor.skip(); !skipped) return std::unexpected(skipped.error());
      continue;
    }
    auto read = read_identifier(cbor);
    if (!read) return read;
    identifier = std::move(*read);
  }
  if (auto read = at_end(cbor); !read) return std::unexpected(read.error());
  return identifier;
}

Result<Record> decode_record(BytesView bytes) {
  CborReader cbor(bytes);
  const auto items = cbor.array();
  if (!items) return std::unexpected(items.error());
  if (*items != 3) return refuse("a record is an array of its subjects, header and analyst group");
  auto subjects = read_subjects(cbor);
  if (!subjects) return std::unexpected(subjects.error());
  Record record;
  record.subjects = std::move(*subjects);
  if (auto read = GroupReader(bytes, cbor, record).header(); !read) return std::unexpected(read.error());
  if (auto read = read_analyst(bytes, cbor, record); !read) return std::unexpected(read.error());
  if (auto read = at_end(cbor); !read) return std::unexpected(read.error());
  return record;
}

}  // namespace cordon::evidence
