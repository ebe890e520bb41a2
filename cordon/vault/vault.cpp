#include "cordon/vault/vault.h"

#include "cordon/vault/key_ring.h"
#include "cordon/vault/record_key.h"
#include "cordon/vault/sealer.h"
#include "cordon/vault/wrap.h"

namespace cordon::vault {

namespace {

class FolderVault final : public Vault {
 public:
  FolderVault(KeyRing ring, const Clock& clock) : ring_(std::move(ring)), clock_(clock) {}

  Result<void> seal(const Clear& clear, std::string& entry) override;
  Result<void> sync() override;
  Result<void> refresh() override { return refreshed(); }
  Result<Opened> open(BytesView entry, Groups groups) const override;
  Result<RecordKeys> record_keys(BytesView entry, Groups groups) const override;
  std::uint32_t epoch() const override;
  Result<void> rotate() override;
  Bytes pseudonym_key() const override;
  Bytes spool_key() const override;
  Term term(std::uint32_t epoch, std::string_view text) const override;
  Result<Pseudonym> pseudonym(std::string_view subject) const override;

 private:
  Result<void> refreshed() const;
  Result<void> begin_sealing();
  Result<RecordKeys> keys_of(const SealedEntry& entry, Groups groups) const;
  Result<std::optional<Bytes>> personal_key(OpenEpoch& epoch, const SealedEntry& entry, std::size_t place) const;
  Result<bool> is_erased(const SealedEntry& entry, std::size_t place) const;

  // Reading tables and following the folder changes what is in memory, not what the vault says.
  mutable KeyRing ring_;
  mutable crypto::CommittingAead aead_;
  mutable Sealer sealer_;
  const Clock& clock_;
  Fd writer_;  // held from the first seal() on
};

Result<void> FolderVault::refreshed() const {
  if (!ring_.stale()) return {};
  sealer_.forget_keys();
  return ring_.refresh();
}

Result<void> FolderVault::begin_sealing() {
  auto lock = ring_.folder().writer_lock();
  if (!lock) return std::unexpected(lock.error());
  const auto exclusive = ring_.folder().lock(KeyFolder::Access::exclusive);
  if (!exclusive) return std::unexpected(exclusive.error());
  const auto table = ring_.table(ring_.running());
  if (!table) return std::unexpected(table.error());
  const auto repaired = (*table)->repair_end();
  if (!repaired) return std::unexpected(repaired.error());
  if (*repaired > 0) ring_.folder().changed();  // rows have moved: readers look again
  writer_ = std::move(*lock);
  return {};
}

Result<void> FolderVault::seal(const Clear& clear, std::string& entry) {
  if (ring_.stale()) {
    if (auto done = refreshed(); !done) return done;
  }
  if (!writer_) {
    if (auto begun = begin_sealing(); !begun) return begun;
  }
  return sealer_.seal(ring_, clear, entry);
}

Result<void> FolderVault::sync() {
  if (!ring_.has_pending()) return {};
  const auto lock = ring_.folder().lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  if (ring_.stale()) {  // an erasure may have put another file in the place of the one we know
    sealer_.forget_keys();
    if (auto read = ring_.refresh(true); !read) return read;
  }
  return ring_.flush();
}

Result<std::optional<Bytes>> FolderVault::personal_key(OpenEpoch& epoch, const SealedEntry& entry,
                                                       std::size_t place) const {
  const auto& one = entry.personal[place];
  const auto subject = ring_.subject_key(epoch, one.pseudonym);
  if (!subject) return std::unexpected(subject.error());
  if (!*subject) return std::nullopt;
  const auto label = Label::personal(place, one.pseudonym);
  const RecordKey key(crypto::HmacKey((*subject)->view()), entry.nonce, label);
  // Erased and seen again later, a subject has a new key: older records do not open with it.
  if (ring_.was_erased(epoch.keys.id, one.pseudonym)) {
    if (!open_group(aead_, key.view(), entry, label, one.payload)) return std::nullopt;
  }
  return key.bytes();
}

Result<RecordKeys> FolderVault::keys_of(const SealedEntry& entry, Groups groups) const {
  const auto epoch = ring_.epoch(entry.epoch);
  if (!epoch) return std::unexpected(epoch.error());
  RecordKeys out;
  if (groups.header && !entry.header.empty()) {
    out.header = RecordKey((*epoch)->header, entry.nonce, Label::header()).bytes();
  }
  if (groups.analyst && !entry.analyst.empty()) {
    out.analyst = RecordKey((*epoch)->analyst, entry.nonce, Label::analyst()).bytes();
  }
  out.personal.resize(entry.personal.size());
  for (std::size_t i = 0; groups.personal && i < entry.personal.size(); ++i) {
    auto key = personal_key(**epoch, entry, i);
    if (!key) {
      wipe_keys(out);
      return std::unexpected(key.error());
    }
    out.personal[i] = std::move(*key);
  }
  return out;
}

// Also told to who did not ask for the personal group: an erased subject seen again has a key, for newer records
// only.
Result<bool> FolderVault::is_erased(const SealedEntry& entry, std::size_t place) const {
  if (!ring_.was_erased(entry.epoch, entry.personal[place].pseudonym)) return false;
  const auto epoch = ring_.epoch(entry.epoch);
  if (!epoch) return std::unexpected(epoch.error());
  auto key = personal_key(**epoch, entry, place);
  if (!key) return std::unexpected(key.error());
  if (*key) wipe(**key);
  return !key->has_value();
}

Result<RecordKeys> FolderVault::record_keys(BytesView entry, Groups groups) const {
  if (auto done = refreshed(); !done) return std::unexpected(done.error());
  const auto sealed = parse_entry(entry);
  if (!sealed) return std::unexpected(sealed.error());
  return keys_of(*sealed, groups);
}

Result<Opened> FolderVault::open(BytesView entry, Groups groups) const {
  if (auto done = refreshed(); !done) return std::unexpected(done.error());
  const auto sealed = parse_entry(entry);
  if (!sealed) return std::unexpected(sealed.error());
  auto keys = keys_of(*sealed, groups);
  if (!keys) return std::unexpected(keys.error());
  auto opened = open_with(entry, *keys);
  wipe_keys(*keys);
  if (!opened) return opened;
  for (std::size_t i = 0; i < opened->personal.size(); ++i) {
    if (opened->personal[i].payload) continue;
    const auto erased = is_erased(*sealed, i);
    if (!erased) return std::unexpected(erased.error());
    opened->personal[i].erased = *erased;
  }
  return opened;
}

std::uint32_t FolderVault::epoch() const {
  static_cast<void>(refreshed());  // what fails here fails again, with words, where something is sealed or opened
  return ring_.running().keys.id;
}

Result<void> FolderVault::rotate() {
  if (auto synced = sync(); !synced) return synced;
  const auto rotated = rotate_epoch(ring_.folder(), clock_);
  if (!rotated) return std::unexpected(rotated.error());
  return refreshed();
}

Bytes FolderVault::pseudonym_key() const {
  static_cast<void>(refreshed());  // as in epoch()
  const auto key = ring_.running().keys.pseudonym.view();
  return {key.begin(), key.end()};
}

Bytes FolderVault::spool_key() const {
  const auto key = derive(ring_.folder().kek(), "cordon vault 1 spool");
  return key ? Bytes(key->view().begin(), key->view().end()) : Bytes();
}

Term FolderVault::term(std::uint32_t epoch, std::string_view text) const {
  static_cast<void>(refreshed());  // as in epoch()
  const auto found = ring_.epoch(epoch);
  return found ? term_of((*found)->index, text) : 0;
}

Result<Pseudonym> FolderVault::pseudonym(std::string_view subject) const {
  if (auto done = refreshed(); !done) return std::unexpected(done.error());
  return pseudonym_under(ring_.running().pseudonym, subject);
}

}  // namespace

Result<std::unique_ptr<Vault>> Vault::create(const std::filesystem::path& folder, const RootKey& root,
                                             const Clock& clock) {
  auto keys = KeyFolder::create(folder, root, clock);
  if (!keys) return std::unexpected(keys.error());
  return open(std::move(*keys), clock);
}

Result<std::unique_ptr<Vault>> Vault::open(const std::filesystem::path& folder, const RootKey& root,
                                           const Clock& clock) {
  auto keys = KeyFolder::open(folder, root);
  if (!keys) return std::unexpected(keys.error());
  return open(std::move(*keys), clock);
}

Result<std::unique_ptr<Vault>> Vault::open(std::shared_ptr<KeyFolder> keys, const Clock& clock) {
  auto ring = KeyRing::read(std::move(keys));
  if (!ring) return std::unexpected(ring.error());
  return std::make_unique<FolderVault>(std::move(*ring), clock);
}

}  // namespace cordon::vault
