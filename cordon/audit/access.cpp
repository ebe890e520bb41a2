#include "cordon/audit/access.h"

#include <algorithm>
#include <format>

#include "cordon/evidence/pseudonym.h"
#include "cordon/vault/release.h"

namespace cordon::audit {

namespace {

constexpr std::size_t kMostLinks = 16;    // of the access record, to what it gave away; all stand in its details
constexpr std::size_t kMostRanges = 400;  // bytes of one line of details
constexpr std::size_t kMostRangeLines = 16;

// The key in the vault's hands is wiped when this is gone; the pseudonyms keep their own copy no longer than a
// question.
evidence::Pseudonyms pseudonyms_of(const vault::Vault& vault) { return evidence::Pseudonyms(vault.pseudonym_key()); }

// "3, 17 to 29, 40": in lines that a record can hold, the last one saying how many more there are.
std::vector<std::string> range_lines(const std::vector<Found>& records) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t i = 0; i < records.size();) {
    auto last = i;
    while (last + 1 < records.size() && records[last + 1].index == records[last].index + 1) ++last;
    line += line.empty() ? "records " : ", ";
    line += last == i ? std::format("{}", records[i].index)
                      : std::format("{} to {}", records[i].index, records[last].index);
    i = last + 1;
    if (line.size() < kMostRanges && i < records.size()) continue;
    lines.push_back(std::exchange(line, {}));
    if (lines.size() < kMostRangeLines || i == records.size()) continue;
    lines.push_back(std::format("and {} more", records.size() - i));
    break;
  }
  return lines;
}

std::int64_t days_before(WallTime now, const std::vector<Found>& records) {
  auto oldest = now;
  for (const auto& found : records) oldest = std::min(oldest, found.record.time);
  return std::chrono::duration_cast<std::chrono::days>(now - oldest).count();
}

class Asking {
 public:
  Asking(const AccessContext& context, Question question, const crypto::KemPublicKey& key)
      : context_(context), question_(std::move(question)), key_(key), now_(context.clock.now()) {}

  Result<Authorised> run() {
    if (auto known = name_subject(); !known) return refused(known.error().message);
    const auto& log = context_.sources.log.checkpoint();
    Facts facts{log.origin, fingerprint(key_), 0, 0};
    // Nobody makes the log be searched who would get nothing of it.
    if (auto ruling = rule(facts); !ruling.permit) return recorded(std::move(ruling));
    auto finding = find(context_.sources, question_.filter, pseudonyms_);
    if (!finding) return refused(finding.error().message);
    finding_ = std::move(*finding);
    facts.records = finding_.records.size();
    facts.oldest_days = days_before(now_, finding_.records);
    return recorded(rule(facts));
  }

 private:
  Ruling rule(const Facts& facts) const { return decide(context_.rules, context_.auditors, question_, facts); }

  Result<void> name_subject() {
    if (question_.filter.subject.empty()) return {};
    question_.filter.subject = evidence::canonical_identifier(question_.filter.subject);
    const auto current = context_.sources.vault.pseudonym(question_.filter.subject);
    if (!current) return std::unexpected(current.error());
    pseudonyms_.push_back(*current);
    pseudonyms_.insert(pseudonyms_.end(), context_.earlier.begin(), context_.earlier.end());
    return {};
  }

  Result<Authorised> refused(std::string reason) {
    return recorded({.permit = false, .policies = {}, .reason = std::move(reason)});
  }

  std::string filter_text() const {
    return text_of(question_.filter, pseudonyms_.empty() ? "" : text_of(pseudonyms_.front()) + epochs_text());
  }

  // Closed epochs' pseudonyms are counted, not named: in one line they would tell that they are one subscriber's.
  std::string epochs_text() const {
    if (context_.sources.vault.epoch() <= 1) return "";
    const auto closed = pseudonyms_.size() - 1;
    return closed == 0 ? " in the running epoch only" : std::format(" and {} closed epochs", closed);
  }

  // People write numbers into reasons and case references; none of them enters the log.
  evidence::Record record_of(const Ruling& ruling) const {
    const auto hide = pseudonyms_of(context_.sources.vault);
    evidence::Record record;
    record.time = now_;
    record.kind = "access";
    record.decision = ruling.permit ? "permit" : "refuse";
    record.rule = ruling.policies.empty() ? "access" : ruling.policies.front();
    record.policies = ruling.policies;
    record.policy_set = context_.rules.policies.digest();
    record.caller_name = hide.pseudonymise(question_.auditor.substr(0, 64));
    record.caller_type = "auditor";
    record.certificate = fingerprint(key_);
    record.action = std::format("read {}", text_of(question_.groups));
    record.resource = hide.pseudonymise(filter_text());
    record.reason = hide.pseudonymise(ruling.reason);
    record.claims = {hide.pseudonymise("purpose=" + question_.purpose.substr(0, 64)),
                     hide.pseudonymise("case=" + question_.case_reference.substr(0, 200))};
    if (!pseudonyms_.empty()) record.subjects = {{text_of(pseudonyms_.front()), question_.filter.subject}};
    if (!ruling.permit) return record;
    record.details = range_lines(finding_.records);
    for (const auto& found : finding_.records) {
      if (record.links.size() < kMostLinks) record.links.push_back(found.index);
    }
    return record;
  }

  Result<Authorised> recorded(Ruling ruling) {
    const auto kept = context_.keep(record_of(ruling));
    if (!kept) {
      return std::unexpected(within("nothing is released, for the access could not be recorded", kept.error()));
    }
    Authorised authorised{std::move(ruling), *kept, filter_text(), {}, pseudonyms_};
    if (authorised.ruling.permit) authorised.finding = std::move(finding_);
    return authorised;
  }

  const AccessContext& context_;
  Question question_;
  const crypto::KemPublicKey& key_;
  WallTime now_;
  std::vector<vault::Pseudonym> pseudonyms_;
  Finding finding_;
};

}  // namespace

std::string fingerprint(const crypto::KemPublicKey& key) { return key ? to_hex(crypto::sha256(key.bytes())) : ""; }

Result<Authorised> authorise(const AccessContext& context, const Question& question,
                             const crypto::KemPublicKey& auditor_key) {
  return Asking(context, question, auditor_key).run();
}

namespace {

static_assert(kMostFound <= vault::kMostReleased);

// A record may be about several subscribers. Who asks about one of them gets nobody else's identifier.
void hold_back_others(BytesView entry, const std::vector<vault::Pseudonym>& subject, vault::RecordKeys& keys) {
  const auto sealed = vault::parse_entry(entry);
  if (subject.empty() || !sealed) return;
  for (std::size_t i = 0; i < std::min(sealed->personal.size(), keys.personal.size()); ++i) {
    auto& key = keys.personal[i];
    if (!key || std::ranges::contains(subject, sealed->personal[i].pseudonym)) continue;
    wipe(*key);
    key.reset();
  }
}

Result<ReleaseFile> release(const AccessContext& context, const Question& question, Authorised authorised,
                            const crypto::KemPublicKey& auditor_key) {
  auto& finding = authorised.finding;
  ReleaseFile file{.auditor = question.auditor,
                   .purpose = question.purpose,
                   .case_reference = question.case_reference,
                   .question = authorised.question,
                   .groups = text_of(question.groups),
                   .time = format_time(context.clock.now()),
                   .access_record = authorised.record,
                   .checkpoint = context.sources.log.note().whole()};
  file.clauses = std::move(finding.clauses);
  file.withheld = std::move(finding.withheld);
  file.answer = std::move(finding.answer);
  vault::Release keys;
  for (auto& found : finding.records) {
    auto proven = context.sources.log.prove(found.index);
    if (!proven) return std::unexpected(proven.error());
    auto opened = context.sources.vault.record_keys(found.entry, question.groups);
    if (!opened) return std::unexpected(within(std::format("record {}", found.index), opened.error()));
    hold_back_others(found.entry, authorised.subject, *opened);
    for (const auto& subject : found.record.subjects) {
      if (subject.erased) file.erased.push_back({found.index, subject.pseudonym});
    }
    keys.records.push_back({found.index, transparency::leaf_hash(found.entry), std::move(*opened)});
    file.entries.push_back({found.index, std::move(found.entry), std::move(proven->inclusion)});
  }
  keys.purpose = bound_purpose(file);
  const auto wrapped = vault::release_keys(keys, auditor_key);
  for (auto& each : keys.records) vault::wipe_keys(each.keys);
  if (!wrapped) return std::unexpected(wrapped.error());
  file.keys = to_bytes(*wrapped);
  return file;
}

}  // namespace

Result<Access> ask(const AccessContext& context, const Question& question, const crypto::KemPublicKey& auditor_key) {
  auto authorised = authorise(context, question, auditor_key);
  if (!authorised) return std::unexpected(authorised.error());
  Access access{authorised->ruling, authorised->record, std::nullopt};
  if (!access.ruling.permit) return access;
  auto file = release(context, question, std::move(*authorised), auditor_key);
  if (!file) return std::unexpected(file.error());
  access.file = std::move(*file);
  return access;
}

}  // namespace cordon::audit
