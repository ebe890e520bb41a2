#include "cordon/evidence/sealing.h"

#include <algorithm>
#include <array>

#include "cordon/evidence/pseudonym.h"
#include "cordon/evidence/record_cbor.h"
#include "cordon/transparency/tile.h"

namespace cordon::evidence {

namespace {

using vault::EntryKind;

struct NamedKind {
  std::string_view name;
  EntryKind kind;
};
constexpr auto kKinds = std::to_array<NamedKind>({
    {"decision", EntryKind::decision},
    {"start", EntryKind::start},
    {"snapshot", EntryKind::snapshot},
    {"repair", EntryKind::repair},
    {"gap", EntryKind::gap},
    {"trust", EntryKind::trust},
    {"policy", EntryKind::policy},
    {"verdict", EntryKind::verdict},
    {"credential", EntryKind::credential},
    {"ai", EntryKind::ai},
    {"access", EntryKind::access},
    {"erasure", EntryKind::erasure},
    {"hold", EntryKind::hold},
    {"rotation", EntryKind::rotation},
    {"index", EntryKind::index},
    {"spool", EntryKind::spool},
});

std::string_view kind_name(EntryKind kind) {
  const auto found = std::ranges::find(kKinds, kind, &NamedKind::kind);
  return found == kKinds.end() ? "other" : found->name;
}

bool can_be_sealed(const Subject& subject) {
  return !subject.identifier.empty() && subject.identifier.size() <= kMostIdentifierBytes;
}

// Whether the subjects are what the entry will name, in this order.
bool is_orderly(const std::vector<Subject>& subjects) {
  return subjects.size() <= kMostSubjects && std::ranges::all_of(subjects, can_be_sealed);
}

Record orderly(Record record) {
  std::erase_if(record.subjects, [](const Subject& subject) { return !can_be_sealed(subject); });
  if (record.subjects.size() > kMostSubjects) record.subjects.resize(kMostSubjects);
  return record;
}

Result<std::vector<Subject>> subjects_of(const vault::SealedEntry& sealed, const vault::Opened& opened) {
  std::vector<Subject> subjects;
  for (std::size_t i = 0; i < sealed.personal.size(); ++i) {
    Subject subject{shown_pseudonym(sealed.personal[i].pseudonym), "", false};
    if (i < opened.personal.size()) {
      subject.erased = opened.personal[i].erased;
      if (const auto& payload = opened.personal[i].payload) {
        auto identifier = read_personal(as_bytes(*payload));
        if (!identifier) return std::unexpected(identifier.error());
        subject.identifier = std::move(*identifier);
      }
    }
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

}  // namespace

EntryKind entry_kind(std::string_view kind) {
  const auto found = std::ranges::find(kKinds, kind.substr(0, kind.find('-')), &NamedKind::name);
  return found == kKinds.end() ? EntryKind::other : found->kind;
}

VaultSealing::~VaultSealing() {
  for (auto* text : {&header_, &analyst_, &personal_, &terms_}) {
    wipe({reinterpret_cast<std::uint8_t*>(text->data()), text->size()});  // char may be written as bytes
  }
}

EpochKeys VaultSealing::keys() const { return {vault_.epoch(), vault_.pseudonym_key(), vault_.spool_key()}; }

void VaultSealing::add_term(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  const auto at = terms_.size();
  terms_.append(name).append(value);
  clear_.terms.push_back(std::string_view(terms_).substr(at));
}

void VaultSealing::name_terms(const Record& record) {
  constexpr std::size_t kNames = 64;  // of all "name:" together
  const auto& caller = !record.caller_name.empty() ? record.caller_name
                       : !record.caller.empty()    ? record.caller
                                                   : record.peer;
  terms_.clear();
  // Enough beforehand: the views point into it.
  terms_.reserve(kNames + caller.size() + record.producer_type.size() + record.rule.size() + record.action.size() +
                 record.kind.size());
  clear_.terms.clear();
  add_term("caller:", caller);
  add_term("producer:", record.producer_type);
  add_term("rule:", record.rule);
  add_term("action:", record.action);
  if (record.decision == "refuse") add_term("decision:", record.decision);
  if (record.kind != "decision") add_term("kind:", record.kind);
}

void VaultSealing::add_subjects(const Record& record) {
  constexpr std::size_t kAround = 16;  // what CBOR puts around an identifier
  personal_.clear();
  personal_.reserve(record.subjects.size() * 2 * (kMostIdentifierBytes + kAround));
  clear_.personal.clear();
  for (const auto& subject : record.subjects) {
    const auto name_at = personal_.size();
    personal_ += canonical_identifier(subject.identifier);
    const auto payload_at = personal_.size();
    append_personal(personal_, subject);
    const std::string_view all = personal_;
    clear_.personal.push_back({all.substr(name_at, payload_at - name_at), all.substr(payload_at)});
  }
}

Result<void> VaultSealing::seal(const Record& record, std::string& entry) {
  if (!is_orderly(record.subjects)) return seal(orderly(record), entry);
  header_.clear();
  append_header(header_, record);
  analyst_.clear();
  append_analyst(analyst_, record);
  clear_.kind = entry_kind(record.kind);
  clear_.header = header_;
  clear_.analyst = analyst_;
  name_terms(record);
  add_subjects(record);
  const auto before = entry.size();
  auto sealed = vault_.seal(clear_, entry);
  const auto bytes = entry.size() - before;
  if (sealed && bytes <= transparency::kMostEntryBytes) return {};
  entry.resize(before);
  if (!sealed) return sealed;
  return fail(ErrorKind::invalid_input, std::format("the record takes {} bytes sealed; at most {} are allowed", bytes,
                                                    transparency::kMostEntryBytes));
}

Result<Record> record_of(BytesView entry, const vault::Opened& opened) {
  const auto sealed = vault::parse_entry(entry);
  if (!sealed) return std::unexpected(sealed.error());
  auto subjects = subjects_of(*sealed, opened);
  if (!subjects) return std::unexpected(subjects.error());
  auto record = read_groups(as_bytes(opened.header), as_bytes(opened.analyst), std::move(*subjects));
  if (!record) return record;
  if (opened.header.empty()) record->kind = kind_name(sealed->kind);
  if (entry_kind(record->kind) == sealed->kind) return record;
  return fail(ErrorKind::corrupt,
              std::format("the entry says it is of kind {}, the record in it that it is of kind {}",
                          kind_name(sealed->kind), record->kind));
}

Result<Record> unseal(BytesView entry, const vault::Vault& vault, vault::Groups groups) {
  const auto opened = vault.open(entry, groups);
  if (!opened) return std::unexpected(opened.error());
  return record_of(entry, *opened);
}

}  // namespace cordon::evidence
