#include "cordon/evidence/spool.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <deque>

#include "cordon/base/log.h"
#include "cordon/base/random.h"
#include "cordon/evidence/record_cbor.h"
#include "cordon/evidence/spool_file.h"

namespace cordon::evidence {

namespace {

constexpr auto kRetry = std::chrono::milliseconds(100);
constexpr auto kIdle = std::chrono::seconds(1);
constexpr auto kGather = std::chrono::milliseconds(5);  // before records leave: nobody waits for them to arrive
constexpr std::size_t kRunBytes = 8;
constexpr std::size_t kSpare = 1024;

// A file and how much of it the log still lacks. Gone from the disk with its last record.
struct Segment {
  std::filesystem::path path;
  Fd lock;                             // of a file that another run left; our own holds its lock itself
  std::unique_ptr<SpoolFile> writing;  // null: nothing is added any more
  std::uint64_t bytes = 0;
  std::size_t waiting = 0;
};

struct Item {
  enum class State : std::uint8_t { unsent, sent, done };
  std::string record;  // as encode_record wrote it, with its mark
  std::shared_ptr<Segment> segment;
  State state = State::unsent;
};

class FileSpool final : public Spool {
 public:
  FileSpool(Loop& loop, Client& client, std::filesystem::path folder, const std::string& name, SpoolOptions options)
      : loop_(loop), client_(client), folder_(std::move(folder)), options_(options) {
    Bytes run(kRunBytes);
    fill_random(run);
    run_ = to_hex(run);
    mark_.source = name + '/' + run_;
    look_for_key();
  }
  ~FileSpool() override {
    loop_.cancel(timer_);
    loop_.cancel(gather_);
    loop_.cancel(idle_);
    tidy();
    wipe(key_);
  }
  FileSpool(const FileSpool&) = delete;
  FileSpool& operator=(const FileSpool&) = delete;

  Result<std::uint64_t> put(const Record& record) override;
  void take_up_leftovers() override;
  std::size_t waiting() const override { return waiting_; }

 private:
  void look_for_key();
  void take_up(const std::filesystem::path& path);
  void tell_damage(const std::string& what);
  Result<void> make_room(std::size_t bytes);
  void queue(std::string record, const std::shared_ptr<Segment>& segment);
  Item& item(std::uint64_t number) { return items_[number - first_]; }
  void send_soon();
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
  SpoolMark mark_;                    // given last
  Bytes key_;                         // empty: not known yet
  std::shared_ptr<Segment> segment_;  // being written
  std::uint64_t bytes_ = 0;           // of all files
  std::uint64_t files_ = 0;           // begun by this run
  std::deque<Item> items_;            // in order of arrival; the first is not done
  std::uint64_t first_ = 0;           // number of items_.front(), counted over this run
  std::uint64_t next_ = 0;            // no item before it is unsent
  std::size_t waiting_ = 0;           // items not done
  std::size_t in_flight_ = 0;         // items sent
  std::vector<std::string> spare_;    // records of items that are done, for their memory
  Loop::TimerId timer_ = 0;           // to look for the key, or to send again
  Loop::TimerId gather_ = 0;
  Loop::TimerId idle_ = 0;
  std::shared_ptr<FileSpool*> self_ = std::make_shared<FileSpool*>(this);
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
}

void FileSpool::take_up_leftovers() {
  if (key_.empty()) return;  // look_for_key() comes here again
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() == ".spool") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) take_up(path);
  send();
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
  for (const auto& spooled : contents->records) {
    auto record = decode_record(spooled.record);
    if (!record) {
      tell_damage(std::format("{}: record {}: {}", path.string(), spooled.sequence, record.error().message));
      continue;
    }
    segment->bytes += SpoolFile::kFrameBytes + spooled.record.size();
    const SpoolMark mark{contents->source, spooled.sequence};
    std::string encoded;
    encode_record(*record, encoded, &mark);
    queue(std::move(encoded), segment);
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
  std::string encoded;
  if (!spare_.empty()) {
    encoded = std::move(spare_.back());
    spare_.pop_back();
    encoded.clear();
  }
  ++mark_.sequence;
  encode_record(record, encoded, &mark_);
  auto kept = make_room(encoded.size());
  if (kept) kept = segment_->writing->put(mark_.sequence, as_bytes(encoded));
  if (!kept) {
    --mark_.sequence;  // not given: the log would miss it
    return std::unexpected(kept.error());
  }
  bytes_ += segment_->writing->size() - segment_->bytes;
  segment_->bytes = segment_->writing->size();
  queue(std::move(encoded), segment_);
  send_soon();
  return mark_.sequence;
}

Result<void> FileSpool::make_room(std::size_t bytes) {
  if (bytes_ + bytes > options_.bytes) {
    return fail(ErrorKind::unavailable, std::format("the spool is full: {} records wait for the log", waiting_));
  }
  if (segment_ && segment_->bytes < options_.segment_bytes && segment_->writing->fits(bytes)) return {};
  const auto room = options_.segment_bytes + SpoolFile::kFrameBytes + bytes;
  auto file = SpoolFile::create(folder_ / std::format("{}-{:06}.spool", run_, files_), key_, mark_.source, room);
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

void FileSpool::queue(std::string record, const std::shared_ptr<Segment>& segment) {
  ++segment->waiting;
  ++waiting_;
  items_.push_back({std::move(record), segment});
}

// Gathered, so that many records share one write here and one fdatasync there.
void FileSpool::send_soon() {
  if (gather_ != 0 || timer_ != 0) return;
  gather_ = loop_.after(kGather, [this] {
    gather_ = 0;
    send();
  });
}

void FileSpool::send() {
  for (; next_ < first_ + items_.size() && in_flight_ < options_.in_flight && timer_ == 0; ++next_) {
    if (item(next_).state != Item::State::unsent) continue;
    item(next_).state = Item::State::sent;
    ++in_flight_;
    client_.append_encoded(item(next_).record,
                           [self = std::weak_ptr(self_), number = next_](const Result<std::uint64_t>& sequence) {
                             if (const auto spool = self.lock()) (*spool)->answered(number, sequence);
                           });
  }
}

void FileSpool::answered(std::uint64_t number, const Result<std::uint64_t>& sequence) {
  --in_flight_;
  if (!sequence && sequence.error().kind != ErrorKind::invalid_input) {
    item(number).state = Item::State::unsent;  // the writer is away, or its disk is full
    next_ = std::min(next_, number);
    return later();
  }
  if (!sequence) log(LogLevel::error, "queued evidence was refused", {{"cause", sequence.error().message}});
  auto& segment = *item(number).segment;
  item(number).state = Item::State::done;
  --waiting_;
  if (--segment.waiting == 0 && !segment.writing) done_with(segment);
  for (; !items_.empty() && items_.front().state == Item::State::done; ++first_) {
    if (spare_.size() < kSpare) spare_.push_back(std::move(items_.front().record));
    items_.pop_front();
  }
  if (items_.empty() && idle_ == 0) idle_ = loop_.after(kIdle, [this] { tidy(); });
  if (next_ < first_ + items_.size()) send_soon();
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
