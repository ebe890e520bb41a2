#include "cordon/evidence/log_file.h"

#include "cordon/base/file.h"
#include "cordon/evidence/checkpoint.h"
#include "cordon/evidence/recover.h"
#include "cordon/evidence/segment.h"

namespace cordon::evidence {

namespace {
constexpr mode_t kFolderMode = 0750;
}

LogFile::LogFile(std::shared_ptr<Disk> disk, crypto::PrivateKey key, const Clock& clock, LogOptions options)
    : disk_(std::move(disk)), key_(std::move(key)), clock_(clock), options_(options) {}

Result<std::unique_ptr<LogFile>> LogFile::open(std::shared_ptr<Disk> disk, crypto::PrivateKey key, const Clock& clock,
                                               LogOptions options) {
  if (auto locked = disk->lock(); !locked) return std::unexpected(locked.error());
  std::unique_ptr<LogFile> log(new LogFile(std::move(disk), std::move(key), clock, options));
  if (auto started = log->start(); !started) return std::unexpected(started.error());
  return log;
}

Result<void> LogFile::start() {
  const auto checkpoint = load_checkpoint(*disk_, key_.public_key());
  if (!checkpoint) return std::unexpected(checkpoint.error());
  auto recovered = recover(*disk_, *checkpoint);
  if (!recovered) return std::unexpected(recovered.error());
  head_ = recovered->head;
  file_ = std::move(recovered->file);
  segment_ = recovered->segment;
  length_ = recovered->length;
  checkpointed_ = *checkpoint ? (*checkpoint)->head.size : 0;
  if (!*checkpoint)
    return store_checkpoint(*disk_, {head_, clock_.now()}, key_);  // from now on its absence is a fault
  if (!file_) return {};
  // A killed writer may have left lines and a name that are not durable yet. Every later promise rests on them.
  auto synced = disk_->sync_folder();
  if (synced && recovered->torn == 0) return file_->sync();
  return synced ? note_repair(recovered->torn) : synced;
}

Result<void> LogFile::note_repair(std::uint64_t bytes) {
  repair_ =
      note("repair", std::format("{} bytes of an unfinished batch were removed from the end of {} at start; none of "
                                 "its records had been acknowledged",
                                 bytes, segment_));
  untrimmed_ = true;
  const auto kept = append_batch({});
  if (kept || kept.error().kind == ErrorKind::no_space) return {};  // a full disk: the note waits for the next record
  return std::unexpected(kept.error());
}

Record LogFile::note(std::string kind, std::string reason) const {
  Record record;
  record.time = clock_.now();
  record.kind = std::move(kind);
  record.reason = std::move(reason);
  return record;
}

LogFile::Batch LogFile::compose(std::span<const Record> records) const {
  Batch batch;
  batch.head = head_;
  const auto add = [&batch](const Record& record) {
    const auto line = chain_line(batch.head, record);
    batch.head = {batch.head.size + 1, crypto::sha256(as_bytes(line))};
    batch.text += line;
    batch.text += '\n';
  };
  if (repair_) add(*repair_);
  if (refused_ > 0) {
    add(note("gap",
             std::format("the disk was full: {} records were refused before this one, and their senders told so",
                         refused_)));
  }
  batch.first = batch.head.size;
  for (const auto& record : records) add(record);
  return batch;
}

Result<std::uint64_t> LogFile::append_batch(std::span<const Record> records) {
  if (failure_) return std::unexpected(*failure_);
  if (records.empty() && !repair_) return head_.size;
  const auto batch = compose(records);
  auto done = trim();
  if (done) done = make_room(batch.text.size());
  if (done) done = check_unchanged();
  if (done) done = put(batch.text);
  if (!done) return give_up(done.error(), records.size());
  length_ += batch.text.size();
  head_ = batch.head;
  refused_ = 0;
  repair_.reset();
  return batch.first;
}

// Opens a new segment when the batch does not fit the old one.
Result<void> LogFile::make_room(std::size_t bytes) {
  const bool fits = length_ == 0 || length_ + bytes <= options_.segment_bytes;
  if (file_ && fits && !next_) return {};
  const auto name = Segment{head_.size}.name();
  if (!next_) {
    auto created = disk_->open(name, OpenMode::create);
    if (!created) return std::unexpected(created.error());
    next_ = std::move(*created);
  }
  if (auto synced = disk_->sync_folder(); !synced) return synced;
  file_ = std::move(next_);
  segment_ = name;
  length_ = 0;
  return {};
}

Result<void> LogFile::trim() {
  if (!untrimmed_) return {};
  if (auto cut = file_->truncate(length_); !cut) return cut;
  if (auto synced = file_->sync(); !synced) return synced;
  untrimmed_ = false;
  return {};
}

Result<void> LogFile::check_named() const {
  if (file_->still_named()) return {};
  return fail(ErrorKind::io,
              std::format("{}/{} was removed or replaced while the log was open: find out who did it, keep what "
                          "is there, restore the file and start again",
                          disk_->name(), segment_));
}

Result<void> LogFile::check_unchanged() {
  const auto size = file_->size();
  if (!size) return std::unexpected(size.error());
  if (*size == length_) return check_named();
  return fail(ErrorKind::io,
              std::format("{}/{} has {} bytes, but {} were written: somebody else changed it; keep a copy and "
                          "start again, which verifies it",
                          disk_->name(), segment_, *size, length_));
}

Result<void> LogFile::put(const std::string& text) {
  untrimmed_ = true;
  if (auto written = file_->write(length_, text); !written) return written;
  if (auto synced = file_->sync(); !synced) return synced;
  untrimmed_ = false;
  return check_named();  // what a removed file holds is not kept: not acknowledged
}

// A full disk is something to wait out. After any other failure nobody knows what the disk holds (a second fdatasync
// may succeed without having written anything): the batch is cut off as well as possible and the log takes nothing
// more.
std::unexpected<Error> LogFile::give_up(const Error& error, std::size_t refused) {
  if (error.kind == ErrorKind::no_space) {
    refused_ += refused;
    const auto trimmed = trim();
    if (trimmed || trimmed.error().kind == ErrorKind::no_space) return std::unexpected(error);
    failure_ = trimmed.error();
  } else {
    failure_ = error;
    if (untrimmed_ && !file_->truncate(length_)) failure_->message += "; the unfinished batch could not be removed";
  }
  failure_->kind = ErrorKind::io;
  failure_->message += "; the log takes no more records until it is started again";
  return std::unexpected(*failure_);
}

Result<void> LogFile::write_checkpoint() {
  if (failure_) return std::unexpected(*failure_);
  if (!checkpoint_due()) return {};
  if (auto stored = store_checkpoint(*disk_, {head_, clock_.now()}, key_); !stored) return stored;
  checkpointed_ = head_.size;
  return {};
}

Result<std::unique_ptr<LogFile>> open_log(const std::filesystem::path& folder, const Clock& clock,
                                          LogOptions options) {
  if (auto made = make_folder(folder, kFolderMode); !made) return std::unexpected(made.error());
  auto disk = open_disk(folder);
  if (!disk) return std::unexpected(disk.error());
  // Before the key: two first starts at once would each make one, and the loser's would stay.
  if (auto locked = (*disk)->lock(); !locked) return std::unexpected(locked.error());
  auto key = log_key(folder);
  if (!key) return std::unexpected(key.error());
  return LogFile::open(std::move(*disk), std::move(*key), clock, options);
}

}  // namespace cordon::evidence
