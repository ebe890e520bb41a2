#include "cordon/vault/sealer.h"

#include <algorithm>
#include <cstring>

#include "cordon/wire/cbor.h"

namespace cordon::vault {

namespace {

constexpr std::size_t kRecent = 1U << 16;  // times 80 bytes
constexpr std::size_t kMostTerms = 8;
constexpr std::size_t kRecentTerms = 1U << 10;
constexpr std::size_t kLongestRecentTerm = 128;  // bytes; longer ones are made anew each time
constexpr std::size_t kMostPersonal = 4;
constexpr std::size_t kMostEntry = 65'535;  // of a C2SP tlog-tiles bundle
constexpr std::size_t kMostSubject = 1024;
constexpr std::size_t kRandomPart = 8;                                  // of the nonce; the rest counts
constexpr std::size_t kPartOverhead = crypto::kCommittingOverhead + 5;  // and the head of a byte string

std::unexpected<Error> wrong(std::string what) {
  return fail(ErrorKind::invalid_input, std::format("record: {}", what));
}

Result<void> check(const Clear& clear) {
  if (clear.terms.size() > kMostTerms) return wrong(std::format("more than {} terms", kMostTerms));
  if (clear.personal.size() > kMostPersonal) return wrong(std::format("more than {} subjects", kMostPersonal));
  if (clear.kind < EntryKind::decision || clear.kind > EntryKind::other) return wrong("its kind is unknown");
  for (const auto& one : clear.personal) {
    if (one.subject.empty() || one.subject.size() > kMostSubject) return wrong("a subject without identifier");
  }
  return {};
}

// At most; so that the entry's buffer grows once.
std::size_t room_for(const Clear& clear) {
  std::size_t room =
      64 + clear.terms.size() * sizeof(Term) + clear.header.size() + clear.analyst.size() + 2 * kPartOverhead;
  for (const auto& one : clear.personal) room += one.payload.size() + kPartOverhead + 16;
  return room;
}

// The head of a byte string (RFC 8949 3.1) whose content is sealed in place after it.
void byte_string_head(std::string& out, std::size_t size) {
  const auto put = [&](unsigned value, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i));
  };
  if (size < 24) return put(0x40 + static_cast<unsigned>(size), 1);
  if (size < 256) return put(0x58, 1), put(static_cast<unsigned>(size), 1);
  if (size < 65'536) return put(0x59, 1), put(static_cast<unsigned>(size), 2);
  put(0x5a, 1), put(static_cast<unsigned>(size), 4);
}

void put_clear(const Clear& clear, std::uint32_t epoch, const EntryNonce& nonce, std::span<const Term> used,
               std::string& entry) {
  std::array<std::uint8_t, kMostTerms * sizeof(Term)> bytes{};
  for (std::size_t i = 0; i < used.size() * sizeof(Term); ++i) {
    bytes[i] = static_cast<std::uint8_t>(used[i / sizeof(Term)] >> (56 - 8 * (i % sizeof(Term))));
  }
  wire::CborWriter(entry)
      .array(8)
      .unsigned_integer(1)
      .unsigned_integer(static_cast<std::uint64_t>(clear.kind))
      .unsigned_integer(epoch)
      .bytes(nonce)
      .bytes(BytesView(bytes).first(used.size() * sizeof(Term)));
}

}  // namespace

Pseudonym pseudonym_under(const crypto::HmacKey& key, std::string_view subject) {
  Pseudonym out;
  std::ranges::copy(BytesView(key.of(as_bytes(subject))).first(out.size()), out.begin());
  return out;
}

Term term_of(const crypto::HmacKey& index, std::string_view text) {
  const auto mac = index.of(as_bytes(text));
  Term out = 0;
  for (std::size_t i = 0; i < sizeof out; ++i) out = out << 8 | mac[i];
  return out;
}

Term RecentTerms::of(std::uint32_t epoch, const crypto::HmacKey& index, std::string_view text) {
  if (text.empty() || text.size() > kLongestRecentTerm) return term_of(index, text);
  if (made_.empty() || epoch_ != epoch) {
    made_.assign(kRecentTerms, {});
    epoch_ = epoch;
  }
  auto& made = made_[std::hash<std::string_view>{}(text) % kRecentTerms];
  if (made.text != text) {
    made.term = term_of(index, text);
    made.text = text;
  }
  return made.term;
}

Sealer::Sealer() { fill_random(std::span(nonce_).first(kRandomPart)); }

// The random part is drawn anew for each open vault and whenever the counter comes round: no two records of an epoch
// have one nonce. Were it to happen, two records would share keys, not a nonce under a key of many records.
void Sealer::next_nonce() {
  if (++count_ == 0) fill_random(std::span(nonce_).first(kRandomPart));
  for (unsigned i = 0; i < 4; ++i) nonce_[kRandomPart + i] = static_cast<std::uint8_t>(count_ >> (24 - 8 * i));
}

void Sealer::forget_keys() { recent_.clear(); }

Result<void> Sealer::seal(KeyRing& ring, const Clear& clear, std::string& entry) {
  if (auto good = check(clear); !good) return good;
  const auto at = entry.size();
  entry.reserve(at + room_for(clear));
  next_nonce();
  auto done = put(ring, clear, entry);
  if (done && entry.size() - at > kMostEntry) {
    done = wrong(std::format("sealed it has {} bytes, and an entry has at most {}", entry.size() - at, kMostEntry));
  }
  if (!done) entry.resize(at);
  return done;
}

Result<void> Sealer::put(KeyRing& ring, const Clear& clear, std::string& entry) {
  const auto& epoch = ring.running();
  const auto at = entry.size();
  terms_.clear();
  for (const auto text : clear.terms) terms_.push_back(recent_terms_.of(epoch.keys.id, epoch.index, text));
  std::ranges::sort(terms_);  // their order would tell what kind of term each is
  put_clear(clear, epoch.keys.id, nonce_, terms_, entry);
  associated_.assign(entry, at);
  if (auto done = put_text(epoch.header, Label::header(), clear.header, entry); !done) return done;
  if (auto done = put_text(epoch.analyst, Label::analyst(), clear.analyst, entry); !done) return done;
  return put_personal(ring, clear, entry);
}

Result<void> Sealer::put_personal(KeyRing& ring, const Clear& clear, std::string& entry) {
  wire::CborWriter(entry).array(clear.personal.size());
  for (std::size_t i = 0; i < clear.personal.size(); ++i) {
    const auto pseudonym = pseudonym_under(ring.running().pseudonym, clear.personal[i].subject);
    const auto key = subject_key(ring, pseudonym);
    if (!key) return std::unexpected(key.error());
    wire::CborWriter(entry).array(2).bytes(pseudonym);
    if (auto done = put_text(**key, Label::personal(i, pseudonym), clear.personal[i].payload, entry); !done)
      return done;
  }
  return {};
}

Result<void> Sealer::put_text(const crypto::HmacKey& group, const Label& label, std::string_view text,
                              std::string& entry) {
  if (text.empty()) {
    byte_string_head(entry, 0);
    return {};
  }
  const RecordKey key(group, nonce_, label);
  byte_string_head(entry, text.size() + crypto::kCommittingOverhead);
  return aead_.seal(key.view(), nonce_, {as_bytes(associated_), label.view()}, as_bytes(text), entry);
}

Result<const crypto::HmacKey*> Sealer::subject_key(KeyRing& ring, const Pseudonym& pseudonym) {
  auto& epoch = ring.running();
  if (recent_.empty() || recent_epoch_ != epoch.keys.id) {
    recent_.assign(kRecent, {});
    recent_epoch_ = epoch.keys.id;
  }
  std::uint64_t bits = 0;
  std::memcpy(&bits, pseudonym.data(), sizeof bits);
  auto& slot = recent_[static_cast<std::size_t>(bits % kRecent)];
  if (slot.taken && slot.pseudonym == pseudonym) return &slot.key;
  const auto table = ring.table(epoch);
  if (!table) return std::unexpected(table.error());
  const auto known = (*table)->find(pseudonym);
  if (!known) return std::unexpected(known.error());
  if (*known) {
    slot = {pseudonym, true, crypto::HmacKey((*known)->view())};
    return &slot.key;
  }
  const auto made = (*table)->add(pseudonym);
  if (!made) return std::unexpected(made.error());
  slot = {pseudonym, true, crypto::HmacKey(made->view())};
  return &slot.key;
}

}  // namespace cordon::vault
