#include <algorithm>

#include "cordon/evidence/record_cbor.h"
#include "cordon/evidence/record_members.h"
#include "cordon/evidence/record_words.h"
#include "cordon/wire/cbor.h"

namespace cordon::evidence {

namespace {

using wire::CborReader;
using wire::CborWriter;
using Subjects = std::span<const Subject>;

constexpr std::string_view kUsualKind = "decision";

bool is_absent(const Record& record, const TextMember& member) {
  const auto& text = record.*member.text;
  return member.text == &Record::kind ? text == kUsualKind : text.empty();
}

// Null: none, or none that could be read again.
const SpoolMark* good_mark(const SpoolMark* mark) {
  return mark && !mark->source.empty() && mark->source.size() <= kMostSourceBytes ? mark : nullptr;
}

const SpoolMark* mark_of(const Record& record) { return good_mark(record.spool ? &*record.spool : nullptr); }

// Pairs of members that a later version wrote. Nothing when they are not what a reader left there.
std::uint64_t count_pairs(std::string_view pairs) {
  CborReader reader(as_bytes(pairs));
  std::uint64_t count = 0;
  while (!reader.at_end()) {
    if (!reader.unsigned_integer() || !reader.skip()) return 0;
    ++count;
  }
  return count;
}

Subjects subjects_of(const Record& record) {
  return Subjects(record.subjects).first(std::min(record.subjects.size(), kMostSubjects));
}

void write_text(std::string& out, const TextMember& member, std::string_view value, Subjects subjects) {
  CborWriter cbor(out);
  cbor.unsigned_integer(member.key);
  if (member.packing == Packing::word || member.packing == Packing::references) {
    if (const auto number = value.size() < kShortText ? word_number(value) : std::nullopt) {
      cbor.unsigned_integer(*number);
      return;
    }
  } else if (const auto packed = Packed::of(value, member.packing); !packed.bytes().empty()) {
    cbor.bytes(packed.bytes());
    return;
  }
  std::string scratch;
  auto text = fitted(value, member.most, scratch);
  if (member.packing == Packing::references) text = with_references(text, subjects, scratch);
  cbor.text(text);
}

// How many items fit, all or with a mark behind them.
std::size_t items_that_fit(const std::vector<std::string>& texts, std::size_t most) {
  std::size_t used = 0;
  std::string scratch;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    used += fitted(texts[i], kItemText, scratch).size() + 3;
    const bool last = i + 1 == texts.size();
    if (used > most - (last ? 0 : kMarkText) || (i + 1 == kMostItems && !last)) return i;
  }
  return texts.size();
}

void write_list(std::string& out, const ListMember& member, const Record& record) {
  const auto& texts = record.*member.texts;
  if (texts.empty()) return;
  const auto fit = items_that_fit(texts, member.most);
  CborWriter cbor(out);
  cbor.unsigned_integer(member.key).array(fit + (fit < texts.size() ? 1 : 0));
  std::string scratch;
  for (std::size_t i = 0; i < fit; ++i) {
    const bool rule = &member == &kPolicies && texts[i] == record.rule && texts[i].size() < kShortText / 2;
    auto text = fitted(texts[i], kItemText, scratch);
    if (member.references) text = with_references(text, subjects_of(record), scratch);
    if (rule) {
      cbor.unsigned_integer(0);
    } else {
      cbor.text(text);
    }
  }
  if (fit < texts.size()) cbor.text(std::format("...[{} more]", texts.size() - fit));
}

std::uint64_t header_pairs(const Record& record, const SpoolMark* mark) {
  std::uint64_t pairs = 2;  // version and time
  for (const auto& member : kTexts) pairs += is_absent(record, member) ? 0U : 1U;
  pairs += record.status > 0 ? 1U : 0U;
  pairs += record.policies.empty() ? 0U : 1U;
  pairs += record.obligations.empty() ? 0U : 1U;
  pairs += record.links.empty() ? 0U : 1U;
  pairs += mark ? 1U : 0U;
  return pairs;
}

void write_links(std::string& out, const std::vector<std::uint64_t>& links) {
  if (links.empty()) return;
  const auto count = std::min(links.size(), kMostLinks);
  CborWriter cbor(out);
  cbor.unsigned_integer(kLinks).array(count);
  for (std::size_t i = 0; i < count; ++i) cbor.unsigned_integer(links[i]);
}

void write_subjects(std::string& out, Subjects subjects) {
  CborWriter cbor(out);
  cbor.array(subjects.size());
  for (const auto& subject : subjects) {
    const auto pseudonym = pseudonym_bytes(subject.pseudonym);
    std::string scratch;
    cbor.array(2);
    if (pseudonym) {
      cbor.bytes(*pseudonym);
    } else {
      cbor.text(fitted(subject.pseudonym, kShortText, scratch));
    }
    const bool fits = subject.identifier.size() <= kMostIdentifierBytes;
    cbor.bytes(fits ? as_bytes(subject.identifier) : BytesView{});
  }
}

void write_analyst(std::string& out, const Record& record) {
  const auto later = count_pairs(record.later.analyst);
  CborWriter cbor(out);
  cbor.map(1 + (record.claims.empty() ? 0U : 1U) + (record.details.empty() ? 0U : 1U) + later);
  cbor.unsigned_integer(kVersionKey).unsigned_integer(kRecordVersion);
  write_list(out, kClaims, record);
  write_list(out, kDetails, record);
  if (later > 0) out += record.later.analyst;
}

bool has_analyst(const Record& record) {
  return !record.claims.empty() || !record.details.empty() || !record.later.analyst.empty();
}

void write_header(std::string& out, const Record& record, const SpoolMark* mark) {
  const auto later = count_pairs(record.later.header);
  CborWriter cbor(out);
  cbor.map(header_pairs(record, mark) + later);
  cbor.unsigned_integer(kVersionKey).unsigned_integer(kRecordVersion);
  cbor.unsigned_integer(kTime).integer(record.time.time_since_epoch().count());
  if (record.status > 0)
    cbor.unsigned_integer(kStatus).unsigned_integer(static_cast<std::uint64_t>(std::min(record.status, kMostStatus)));
  for (const auto& member : kTexts) {
    if (!is_absent(record, member)) write_text(out, member, record.*member.text, subjects_of(record));
  }
  write_list(out, kPolicies, record);
  write_list(out, kObligations, record);
  write_links(out, record.links);
  if (mark) {
    std::string scratch;
    cbor.unsigned_integer(kSpool).array(2).text(fitted(mark->source, kShortText, scratch));
    cbor.unsigned_integer(mark->sequence);
  }
  if (later > 0) out += record.later.header;
}

}  // namespace

void append_header(std::string& out, const Record& record) { write_header(out, record, mark_of(record)); }

void append_analyst(std::string& out, const Record& record) {
  if (has_analyst(record)) write_analyst(out, record);
}

void append_personal(std::string& out, const Subject& subject) {
  CborWriter cbor(out);
  cbor.map(2).unsigned_integer(kVersionKey).unsigned_integer(kRecordVersion);
  cbor.unsigned_integer(kIdentifier).bytes(as_bytes(subject.identifier));
}

void encode_record(const Record& record, std::string& out, const SpoolMark* spool) {
  CborWriter cbor(out);
  cbor.array(3);
  write_subjects(out, subjects_of(record));
  write_header(out, record, spool ? good_mark(spool) : mark_of(record));
  if (has_analyst(record)) {
    write_analyst(out, record);
  } else {
    cbor.null();
  }
}

}  // namespace cordon::evidence
