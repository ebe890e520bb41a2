#include "cordon/journal/journal.h"

#include <algorithm>
#include <format>

#include "cordon/journal/batch.h"
#include "cordon/journal/crc32c.h"
#include "cordon/journal/recover.h"

namespace cordon::journal {

namespace {

constexpr std::size_t kMostEntry = 65'535;  // what the length in a bundle of tlog-tiles can say

class WriteAhead final : public Journal {
 public:
  WriteAhead(std::shared_ptr<Disk> disk, JournalOptions options, Recovered recovered)
      : disk_(std::move(disk)),
        options_(options),
        file_(std::move(recovered.file)),
        segments_(std::move(recovered.segments)),
        chain_(recovered.chain) {
    if (recovered.torn == 0) return;
    repair_ = Repair{recovered.torn, segments_.back().name()};
    untrimmed_ = true;
  }

  Result<void> settle();

  Result<std::uint64_t> append(std::span<const std::string_view> entries) override;
  std::uint64_t size() const override { return chain_.next; }
  const std::optional<Repair>& repair() const override { return repair_; }
  const std::optional<Error>& failure() const override { return failure_; }
  Result<void> forget_below(std::uint64_t published) override;

 private:
  Result<BatchHeader> compose(std::span<const std::string_view> entries);
  Result<void> keep();
  Result<void> make_room(std::size_t bytes);
  Result<void> trim();
  Result<void> check_unchanged();
  Result<void> check_named() const;
  Result<void> put();
  std::unexpected<Error> give_up(const Error& error);
  std::string path() const { return std::format("{}/{}", disk_->name(), segments_.back().name()); }

  std::shared_ptr<Disk> disk_;
  JournalOptions options_;
  std::unique_ptr<DiskFile> file_;  // the last segment; null until the first entry
  std::unique_ptr<DiskFile> next_;  // the next segment, made but not yet durable in its folder (the disk was full)
  std::vector<Segment> segments_;   // ascending, the last is file_
  Chain chain_;             // Invariant: file_ holds chain_.length bytes, all durable, and no more unless untrimmed_
  bool untrimmed_ = false;  // bytes of a batch that failed may lie behind
  std::string batch_;       // as it goes to the disk; reused
  std::optional<Repair> repair_;
  std::optional<Error> failure_;
};

// A killed writer may have left batches and names that are not durable yet. Every later promise rests on them.
Result<void> WriteAhead::settle() {
  if (auto made = disk_->make_folder(std::string(kWalFolder)); !made) return made;
  if (!file_) return {};
  if (auto synced = disk_->sync_folder(std::string(kWalFolder)); !synced) return synced;
  const auto done = untrimmed_ ? trim() : file_->sync();
  if (done || !untrimmed_ || done.error().kind != ErrorKind::no_space) return done;
  return {};  // a full disk: the torn end goes before the next batch is written
}

Result<BatchHeader> WriteAhead::compose(std::span<const std::string_view> entries) {
  batch_.assign(kBatchHeaderBytes, '\0');
  for (const auto entry : entries) {
    if (entry.empty() || entry.size() > kMostEntry) {
      return fail(ErrorKind::invalid_input,
                  std::format("an entry of {} bytes: entries have 1 to {}", entry.size(), kMostEntry));
    }
    batch_.push_back(static_cast<char>(entry.size() >> 8));
    batch_.push_back(static_cast<char>(entry.size() & 0xFFU));
    batch_.append(entry);
  }
  const auto payload = std::string_view(batch_).substr(kBatchHeaderBytes);
  if (payload.size() > kMostBatchBytes) {
    return fail(ErrorKind::invalid_input, std::format("a batch of {} bytes: at most {} go into one; divide it",
                                                      payload.size(), kMostBatchBytes));
  }
  const BatchHeader header{.first = chain_.next,
                           .count = static_cast<std::uint32_t>(entries.size()),
                           .bytes = static_cast<std::uint32_t>(payload.size()),
                           .payload_sum = crc32c(payload),
                           .previous = chain_.previous};
  header.write(std::span<char, kBatchHeaderBytes>(batch_.data(), kBatchHeaderBytes));
  return header;
}

Result<std::uint64_t> WriteAhead::append(std::span<const std::string_view> entries) {
  if (failure_) return std::unexpected(*failure_);
  if (entries.empty()) return chain_.next;
  const auto header = compose(entries);
  if (!header) return std::unexpected(header.error());
  if (auto kept = keep(); !kept) return give_up(kept.error());
  const auto first = chain_.next;
  chain_ = {first + header->count, header->digest(), chain_.length + batch_.size()};
  return first;
}

Result<void> WriteAhead::keep() {
  auto done = trim();
  if (done) done = make_room(batch_.size());
  if (done) done = check_unchanged();
  if (done) done = put();
  return done;
}

// Opens a new segment when the batch does not fit the old one.
Result<void> WriteAhead::make_room(std::size_t bytes) {
  const bool fits = chain_.length == 0 || chain_.length + bytes <= options_.segment_bytes;
  if (file_ && fits && !next_) return {};
  const Segment segment{chain_.next};
  if (!next_) {
    auto created = disk_->open(segment.name(), OpenMode::create);
    if (!created) return std::unexpected(created.error());
    next_ = std::move(*created);
  }
  if (auto synced = disk_->sync_folder(std::string(kWalFolder)); !synced) return synced;
  file_ = std::move(next_);
  segments_.push_back(segment);
  chain_.length = 0;
  return {};
}

Result<void> WriteAhead::trim() {
  if (!untrimmed_) return {};
  if (auto cut = file_->truncate(chain_.length); !cut) return cut;
  if (auto synced = file_->sync(); !synced) return synced;
  untrimmed_ = false;
  return {};
}

Result<void> WriteAhead::check_named() const {
  if (file_->still_named()) return {};
  return fail(
      ErrorKind::io,
      std::format("{} was removed or replaced while the log was open: find out who did it, keep what is there, "
                  "restore the file and start again",
                  path()));
}

Result<void> WriteAhead::check_unchanged() {
  const auto size = file_->size();
  if (!size) return std::unexpected(size.error());
  if (*size == chain_.length) return check_named();
  return fail(ErrorKind::io,
              std::format("{} has {} bytes, but {} were written: somebody else changed it; keep a copy and "
                          "start again, which verifies it",
                          path(), *size, chain_.length));
}

Result<void> WriteAhead::put() {
  untrimmed_ = true;
  if (auto written = file_->write(chain_.length, batch_); !written) return written;
  if (auto synced = file_->sync(); !synced) return synced;
  untrimmed_ = false;
  return check_named();  // what a removed file holds is not kept: not acknowledged
}

// A full disk is something to wait out. After any other failure nobody knows what the disk holds (a second fdatasync
// may succeed without having written anything): the batch is cut off as well as possible and the journal takes
// nothing more.
std::unexpected<Error> WriteAhead::give_up(const Error& error) {
  if (error.kind == ErrorKind::no_space) {
    const auto trimmed = trim();
    if (trimmed || trimmed.error().kind == ErrorKind::no_space) return std::unexpected(error);
    failure_ = trimmed.error();
  } else {
    failure_ = error;
    if (untrimmed_ && !file_->truncate(chain_.length))
      failure_->message += "; the unfinished batch could not be removed";
  }
  failure_->kind = ErrorKind::io;
  failure_->message += "; the log takes no more records until it is started again";
  return std::unexpected(*failure_);
}

// The newest segment always stays: that it is gone is then a sign that somebody else removed it.
Result<void> WriteAhead::forget_below(std::uint64_t published) {
  while (segments_.size() > 1 && segments_[1].first <= published) {
    if (auto removed = disk_->remove(segments_.front().name()); !removed) return removed;
    segments_.erase(segments_.begin());
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(std::shared_ptr<Disk> disk, std::uint64_t published,
                                               JournalOptions options) {
  if (auto locked = disk->lock(); !locked) return std::unexpected(locked.error());
  auto recovered = recover(*disk, published);
  if (!recovered) return std::unexpected(recovered.error());
  auto journal = std::make_unique<WriteAhead>(std::move(disk), options, std::move(*recovered));
  if (auto settled = journal->settle(); !settled) return std::unexpected(settled.error());
  return journal;
}

}  // namespace cordon::journal
