#include "cordon/vault/subject_table.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

namespace cordon::vault {

namespace {

constexpr std::size_t kFirstSlots = 1024;
constexpr std::size_t kKeySize = 32;
constexpr std::uint64_t kEndRows = 16'384;  // more than any batch of records brings
constexpr std::uint64_t kMostRows = UINT32_MAX - 1;

}  // namespace

SubjectTable::SubjectTable(std::filesystem::path file, std::uint32_t epoch, BytesView table_key)
    : file_(std::move(file)), epoch_(epoch), table_key_(crypto::Secret::of(table_key)), slots_(kFirstSlots) {}

Result<SubjectTable> SubjectTable::load(std::filesystem::path file, std::uint32_t epoch, BytesView table_key) {
  SubjectTable out(std::move(file), epoch, table_key);
  if (auto read = out.catch_up(); !read) return std::unexpected(read.error());
  return out;
}

Result<void> SubjectTable::catch_up() {
  if (!pending_.empty()) return {};  // this process writes: nobody else appends
  const auto rows = scan_rows(file_, epoch_, rows_, [&](std::uint64_t row, BytesView bytes) {
    if (!is_destroyed(bytes)) put(pseudonym_of(bytes), row);  // of two rows of one subject the later counts
  });
  if (!rows) return std::unexpected(rows.error());
  rows_ = *rows;
  if (fd_ || rows_ == 0) return {};
  auto fd = open_file(file_, O_RDONLY);
  if (!fd) return std::unexpected(fd.error());
  fd_ = std::move(*fd);
  return {};
}

// A pseudonym is a MAC: its first bytes are as good as any hash of it.
SubjectTable::Slot& SubjectTable::slot_of(const Pseudonym& pseudonym) {
  std::uint64_t hash = 0;
  std::memcpy(&hash, pseudonym.data(), sizeof hash);
  const auto mask = slots_.size() - 1;
  for (auto at = static_cast<std::size_t>(hash) & mask;; at = (at + 1) & mask) {
    auto& slot = slots_[at];
    if (slot.row_and_one == 0 || slot.pseudonym == pseudonym) return slot;
  }
}

void SubjectTable::grow() {
  auto old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  for (const auto& slot : old) {
    if (slot.row_and_one != 0) slot_of(slot.pseudonym) = slot;
  }
}

void SubjectTable::put(const Pseudonym& pseudonym, std::uint64_t row) {
  if (row >= kMostRows) return;  // 4 thousand million rows: 300 GB; add() refuses before
  auto* slot = &slot_of(pseudonym);
  if (slot->row_and_one == 0 && ++taken_ * 4 > slots_.size() * 3) {
    grow();
    slot = &slot_of(pseudonym);
  }
  *slot = {pseudonym, static_cast<std::uint32_t>(row + 1)};
}

Result<SubjectRow> SubjectTable::row_at(std::uint64_t row) const {
  if (row >= rows_) return pending_[static_cast<std::size_t>(row - rows_)];
  return read_row(fd_.get(), row);
}

Result<std::optional<crypto::Secret>> SubjectTable::find(const Pseudonym& pseudonym) const {
  const auto& slot = const_cast<SubjectTable*>(this)->slot_of(pseudonym);  // changes nothing itself
  if (slot.row_and_one == 0) return std::nullopt;
  const auto row = row_at(slot.row_and_one - 1);
  if (!row) return std::unexpected(row.error());
  if (is_destroyed(*row)) return std::nullopt;  // since we looked
  auto key = key_in_row(*row, table_key_.view());
  if (!key) return std::unexpected(within(file_.string(), key.error()));
  return std::optional(std::move(*key));
}

Result<crypto::Secret> SubjectTable::add(const Pseudonym& pseudonym) {
  if (size() >= kMostRows) return fail(ErrorKind::no_space, file_.string() + " is full: rotate to a new epoch");
  auto key = crypto::Secret::random(kKeySize);
  const auto row = make_row(pseudonym, key.view(), table_key_.view());
  if (!row) return std::unexpected(row.error());
  put(pseudonym, size());
  pending_.push_back(*row);
  return key;
}

Result<void> SubjectTable::flush() {
  if (lost_) return std::unexpected(*lost_);
  if (pending_.empty()) return {};
  if (!writable_) {
    auto fd = open_for_rows(file_, epoch_);
    if (!fd) return std::unexpected(fd.error());
    fd_ = std::move(*fd);
    writable_ = true;
  }
  Bytes rows;
  rows.reserve(pending_.size() * kSubjectRow);
  for (const auto& row : pending_) rows.insert(rows.end(), row.begin(), row.end());
  auto appended = append_rows(fd_.get(), rows_, rows);
  if (!appended) {
    // After a failed fdatasync nobody knows what the disk holds: no later success may hide that.
    if (appended.error().kind != ErrorKind::no_space) lost_ = appended.error();
    return appended;
  }
  rows_ += pending_.size();
  pending_.clear();
  return {};
}

std::vector<SubjectRow> SubjectTable::take_pending() { return std::exchange(pending_, {}); }

void SubjectTable::put_pending(const std::vector<SubjectRow>& rows) {
  for (const auto& row : rows) {
    put(pseudonym_of(row), size());
    pending_.push_back(row);
  }
}

Result<std::uint64_t> SubjectTable::repair_end() {
  const auto first = rows_ > kEndRows ? rows_ - kEndRows : 0;
  std::vector<RowId> broken;
  const auto scanned = scan_rows(file_, epoch_, first, [&](std::uint64_t, BytesView row) {
    if (!is_destroyed(row) && !key_in_row(row, table_key_.view())) broken.push_back(id_of(row));
  });
  if (!scanned) return std::unexpected(scanned.error());
  if (broken.empty()) return 0;
  auto destroyed =
      destroy_rows(file_, epoch_, [&](BytesView row) { return std::ranges::contains(broken, id_of(row)); });
  if (!destroyed) return destroyed;
  auto anew = load(file_, epoch_, table_key_.view());
  if (!anew) return std::unexpected(anew.error());
  *this = std::move(*anew);
  return destroyed;
}

}  // namespace cordon::vault
