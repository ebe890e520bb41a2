#include "cordon/vault/key_ring.h"

#include <algorithm>

#include "cordon/vault/erasure.h"

namespace cordon::vault {

namespace {

OpenEpoch opened(EpochKeys keys) {
  OpenEpoch out;
  out.header = crypto::HmacKey(keys.header.view());
  out.analyst = crypto::HmacKey(keys.analyst.view());
  out.index = crypto::HmacKey(keys.index.view());
  if (!keys.pseudonym.empty()) out.pseudonym = crypto::HmacKey(keys.pseudonym.view());
  out.keys = std::move(keys);
  return out;
}

}  // namespace

Result<KeyRing> KeyRing::read(std::shared_ptr<KeyFolder> folder) {
  KeyRing out(std::move(folder));
  if (auto read = out.refresh(); !read) return std::unexpected(read.error());
  return out;
}

Result<void> KeyRing::refresh(bool locked) {
  std::optional<Fd> lock;
  if (!locked) {
    auto taken = folder_->lock(KeyFolder::Access::shared);
    if (!taken) return std::unexpected(taken.error());
    lock = std::move(*taken);
  }
  const auto generation = folder_->generation();
  if (auto read = read_all(); !read) return read;
  generation_ = generation;
  return {};
}

Result<void> KeyRing::read_all() {
  auto epochs = read_epochs(*folder_);
  if (!epochs) return std::unexpected(epochs.error());
  const auto erased = read_erased(*folder_);
  if (!erased) return std::unexpected(erased.error());
  std::map<std::uint32_t, std::vector<SubjectRow>> pending;
  for (auto& [id, epoch] : epochs_) {
    if (epoch.table && epoch.table->has_pending()) pending[id] = epoch.table->take_pending();
  }
  epochs_.clear();
  for (auto& keys : *epochs) {
    const auto id = keys.id;
    epochs_.emplace(id, opened(std::move(keys)));
  }
  erased_.clear();
  for (const auto& row : erased->rows) erased_.emplace(row.epoch, row.pseudonym);
  for (const auto& [id, rows] : pending) {
    const auto found = epochs_.find(id);
    if (found == epochs_.end()) return fail(ErrorKind::corrupt, std::format("epoch {} has gone", id));
    const auto anew = table(found->second);
    if (!anew) return std::unexpected(anew.error());
    (*anew)->put_pending(rows);
  }
  return {};
}

Result<OpenEpoch*> KeyRing::epoch(std::uint32_t id) {
  const auto found = epochs_.find(id);
  if (found == epochs_.end()) {
    return fail(ErrorKind::not_found, std::format("this vault has no epoch {}: the record is another log's", id));
  }
  return &found->second;
}

Result<SubjectTable*> KeyRing::table(OpenEpoch& epoch) {
  if (!epoch.table) {
    auto read = SubjectTable::load(table_path(*folder_, epoch.keys.id), epoch.keys.id, epoch.keys.table.view());
    if (!read) return std::unexpected(read.error());
    epoch.table = std::move(*read);
  }
  return &*epoch.table;
}

Result<std::optional<crypto::Secret>> KeyRing::subject_key(OpenEpoch& epoch, const Pseudonym& pseudonym) {
  const auto subjects = table(epoch);
  if (!subjects) return std::unexpected(subjects.error());
  auto key = (*subjects)->find(pseudonym);
  if (!key || *key) return key;
  if (auto more = (*subjects)->catch_up(); !more) return std::unexpected(more.error());
  return (*subjects)->find(pseudonym);
}

bool KeyRing::was_erased(std::uint32_t epoch, const Pseudonym& pseudonym) const {
  return erased_.contains({epoch, pseudonym});
}

bool KeyRing::has_pending() const {
  return std::ranges::any_of(epochs_,
                             [](const auto& one) { return one.second.table && one.second.table->has_pending(); });
}

Result<void> KeyRing::flush() {
  for (auto& [id, epoch] : epochs_) {
    if (!epoch.table) continue;
    if (auto flushed = epoch.table->flush(); !flushed) return flushed;
  }
  return {};
}

}  // namespace cordon::vault
