#include "cordon/evidence/spool.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <map>
#include <set>

#include "cordon/base/log.h"
#include "cordon/base/random.h"
#include "cordon/evidence/record_cbor.h"
#include "cordon/evidence/spool_file.h"

namespace cordon::evidence {

namespace {

constexpr auto kRetry = std::chrono::milliseconds(100);
constexpr auto kIdle = std::chrono::seconds(1);
constexpr std::size_t kRunBytes = 8;

// A file and how much of it the log still lacks. Gone from the disk with its last record.
struct Segment {
  std::filesystem::path path;
  Fd lock;                             // of a file that another run left; our own holds its lock itself
  std::unique_ptr<SpoolFile> writing;  // null: nothing is added any more
  std::uint64_t bytes = 0;
  std::size_t waiting = 0;
};

struct Item {
  SpoolMark mark;
  Record record;
  std::shared_ptr<Segment> segment;
};

class FileSpool final : public Spool {
 public:
  FileSpool(Loop& loop, Client& client, std::filesystem::path folder, const std::string& name, SpoolOptions options)
      : loop_(loop), client_(client), folder_(std::move(folder)), options_(options) {
    Bytes run(kRunBytes);
    fill_random(run);
    run_ = to_hex(run);
    source_ = name + '/' + run_;
    look_for_key();
  }
  ~FileSpool() override {
    loop_.cancel(timer_);
    loop_.cancel(idle_);
    tidy();
    wipe(key_);
  }
  FileSpool(const FileSpool&) = delete;
  FileSpool& operator=(const FileSpool&) = delete;

  Result<std::uint64_t> put(const Record& record) override;
  std::size_t waiting() const override { return items_.size(); }

 private:
  void look_for_key();
  void take_up_leftovers();
  void take_up(const std::filesystem::path& path);
  void tell_damage(const std::string& what);
  Result<void> make_room(std::size_t bytes);
  void queue(Item item);
  void send();
  void answered(std::uint64_t number, const Result<std::uint64_t>& sequence);
  void done_with(Segment& segment);
  void later();
  void tidy();

  Loop& loop_;
  Client& client_;
  std::filesystem::path folder_;
  SpoolOptions options_;
  std::string run_;
  std::string source_;
  Bytes key_;                            // empty: not known yet
  std::shared_ptr<Segment> segment_;     // being written
  std::uint64_t bytes_ = 0;              // of all files
  std::uint64_t files_ = 0;              // begun by this run
  std::uint64_t last_ = 0;               // number given last
  std::map<std::uint64_t, Item> items_;  // by order of arrival
  std::set<std::uint64_t> unsent_;       // of items_
  std::uint64_t arrivals_ = 0;
  Loop::TimerId timer_ = 0;  // to look for the key, or to send again
  Loop::TimerId idle_ = 0;
  std::string scratch_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

void FileSpool::look_for_key() {
  const auto key = client_.spool_key();
  if (!key) {
    timer_ = loop_.after(kRetry, [this] { look_for_key(); });
    return;
  }
  timer_ = 0;
  key_ = *key;
  take_up_leftovers();
  send();
}

void FileSpool::take_up_leftovers() {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() == ".spool") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) take_up(path);
}

void FileSpool::take_up(const std::filesystem::path& path) {
  auto lock = open_file(path, O_RDONLY);
  if (!lock || ::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) return;  // of a run that still lives
  auto contents = read_spool_file(path, key_);
  if (!contents || !contents->damage.empty()) {
    tell_damage(contents ? contents->damage : contents.error().message);
    std::error_code ignored;  // kept for whoever looks into it, and not told again
    std::filesystem::rename(path, std::filesystem::path(path).replace_extension(".damaged"), ignored);
    if (!contents) return;
  }
  auto segment = std::make_shared<Segment>();
  segment->path = path;
  segment->lock = std::move(*lock);
  segment->bytes = std::filesystem::file_size(path, std::error_code() = {});
  for (const auto& spooled : contents->records) {
    auto record = decode_record(spooled.record);
    if (!record) {
      tell_damage(std::format("{}: record {}: {}", path.string(), spooled.sequence, record.error().message));
      continue;
    }
    queue({{contents->source, spooled.sequence}, std::move(*record), segment});
  }
  bytes_ += segment->bytes;
  if (segment->waiting == 0) done_with(*segment);
}

void FileSpool::tell_damage(const std::string& what) {
  log(LogLevel::error, "spooled evidence is damaged", {{"what", what}});
  Record record;
  record.time = system_clock().now();
  record.kind = "spool-damage";
  record.reason = what;
  client_.append(std::move(record), [](const Result<std::uint64_t>&) {});
}

Result<std::uint64_t> FileSpool::put(const Record& record) {
  if (key_.empty()) return fail(ErrorKind::unavailable, "the spool is not open yet: the log writer was not reached");
  scratch_.clear();
  encode_record(record, scratch_);
  if (auto room = make_room(scratch_.size()); !room) return std::unexpected(room.error());
  const auto before = segment_->writing->size();
  if (auto kept = segment_->writing->put(last_ + 1, as_bytes(scratch_)); !kept) return std::unexpected(kept.error());
  bytes_ += segment_->writing->size() - before;
  segment_->bytes = segment_->writing->size();
  queue({{source_, ++last_}, record, segment_});
  send();
  return last_;
}

Result<void> FileSpool::make_room(std::size_t bytes) {
  if (bytes_ + bytes > options_.bytes) {
    return fail(ErrorKind::unavailable, std::format("the spool is full: {} records wait for the log", items_.size()));
  }
  if (segment_ && segment_->bytes < options_.segment_bytes) return {};
  auto file = SpoolFile::create(folder_ / std::format("{}-{:06}.spool", run_, files_), key_, source_);
  if (!file) return std::unexpected(file.error());
  ++files_;
  if (const auto full = std::exchange(segment_, std::make_shared<Segment>())) {
    full->writing.reset();
    if (full->waiting == 0) done_with(*full);
  }
  segment_->path = (*file)->path();
  segment_->bytes = (*file)->size();
  segment_->writing = std::move(*file);
  bytes_ += segment_->bytes;
  return {};
}

void FileSpool::queue(Item item) {
  ++item.segment->waiting;
  unsent_.insert(arrivals_);
  items_.emplace(arrivals_++, std::move(item));
}

void FileSpool::send() {
  while (!unsent_.empty() && items_.size() - unsent_.size() < options_.in_flight && timer_ == 0) {
    const auto number = *unsent_.begin();
    unsent_.erase(unsent_.begin());
    const auto& item = items_.at(number);
    client_.append(
        item.record,
        [this, alive = std::weak_ptr(alive_), number](const Result<std::uint64_t>& sequence) {
          if (!alive.expired()) answered(number, sequence);
        },
        item.mark);
  }
}

void FileSpool::answered(std::uint64_t number, const Result<std::uint64_t>& sequence) {
  if (!sequence && sequence.error().kind != ErrorKind::invalid_input) {
    unsent_.insert(number);  // the writer is away, or its disk is full
    return later();
  }
  if (!sequence) log(LogLevel::error, "queued evidence was refused", {{"cause", sequence.error().message}});
  const auto found = items_.extract(number);
  auto& segment = *found.mapped().segment;
  --segment.waiting;
  if (segment.waiting == 0 && !segment.writing) done_with(segment);
  if (items_.empty()) loop_.cancel(std::exchange(idle_, loop_.after(kIdle, [this] { tidy(); })));
  send();
}

// With nothing waiting the file goes too, so that a later run does not send what the log has.
void FileSpool::tidy() {
  idle_ = 0;
  if (!items_.empty() || !segment_) return;
  segment_->writing.reset();
  done_with(*std::exchange(segment_, nullptr));
}

void FileSpool::done_with(Segment& segment) {
  std::error_code ignored;
  std::filesystem::remove(segment.path, ignored);
  bytes_ -= std::min(bytes_, segment.bytes);
}

void FileSpool::later() {
  if (timer_ != 0) return;
  timer_ = loop_.after(kRetry, [this] {
    timer_ = 0;
    send();
  });
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::start(Loop& loop, Client& client, const std::filesystem::path& folder,
                                            const std::string& name, SpoolOptions options) {
  if (auto made = make_folder(folder, 0700); !made) return std::unexpected(made.error());
  return std::make_unique<FileSpool>(loop, client, folder, name, options);
}

}  // namespace cordon::evidence
