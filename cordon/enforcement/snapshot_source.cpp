#include "cordon/enforcement/snapshot_source.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <deque>
#include <vector>

#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/base/socket.h"
#include "cordon/enforcement/line_channel.h"
#include "cordon/enforcement/mailbox.h"

namespace cordon::enforcement {

namespace {

constexpr std::chrono::milliseconds kRetry{100};
constexpr int kPoliteness = 5;  // nice(2): requests first, also when both threads share a processor

using Shared = std::shared_ptr<const Protection>;

// From the loop to the worker: a protection that came into force, or one that nobody uses any more.
struct Note {
  bool applied = false;
  Shared retired;
};

}  // namespace

struct SnapshotSource::Handover {
  // One at a time is under way, beside the stored one at start.
  Mailbox<Shared> finished{4};
  // So many that the loop never has to take one down itself: as many snapshots would have to end at once.
  Mailbox<Note> notes{1024};
  std::atomic<bool> connected = false;
};

// === the worker's side ===========================================================================================

class SnapshotSource::Worker {
 public:
  Worker(Places places, std::shared_ptr<Handover> handover)
      : places_(std::move(places)), handover_(std::move(handover)) {}

  void run() {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kPoliteness);
    use_stored();
    connect();
    loop_.watch(handover_->notes.bell(), EPOLLIN, [this](std::uint32_t) { read_notes(); });
    loop_.run();
  }
  void stop() { loop_.stop(); }  // from the other thread

 private:
  void use_stored();
  void connect();
  void retry();
  void handle(const std::string& line);
  Result<Shared> checked(std::string_view line);
  void read_notes();
  void on_applied();
  void hand_over(Shared protection, std::string line);

  Places places_;
  std::shared_ptr<Handover> handover_;
  Loop loop_;
  std::unique_ptr<LineChannel> channel_;
  bool told_away_ = false;
  std::uint64_t sequence_ = 0;  // of the last one handed over: nothing older follows it
  Shared compiled_;             // the last one, and of which sources: containment changes without them
  std::string sources_;
  std::string running_;              // the answer for the one under way
  std::string line_;                 // the one under way as it came; empty when it is the stored one
  bool under_way_ = false;           // handed over, and not yet in force
  std::deque<std::string> waiting_;  // came meanwhile
};

// The loop's thread waits for this, so there is always one answer: a protection, or null.
void SnapshotSource::Worker::use_stored() {
  Shared stored;
  if (const auto text = read_file(places_.last_snapshot, kLongestSnapshot)) {
    if (auto good = checked(*text)) {
      stored = std::move(*good);
    } else {
      log(LogLevel::warn, "the stored snapshot is not used", {{"why", good.error().message}});
    }
  }
  if (stored) return hand_over(std::move(stored), "");
  handover_->finished.put(nullptr);
}

void SnapshotSource::Worker::connect() {
  auto fd = connect_unix(places_.socket);
  if (!fd) {
    if (!told_away_)
      log(LogLevel::warn, "engine away: the last snapshot goes on working", {{"why", fd.error().message}});
    told_away_ = true;
    return retry();
  }
  told_away_ = false;
  LineChannel::Events events;
  events.on_line = [this](std::string_view line) {
    waiting_.emplace_back(line);
    if (!under_way_) on_applied();
  };
  events.on_closed = [this] {
    handover_->connected = false;
    channel_.reset();
    retry();
  };
  channel_ = std::make_unique<LineChannel>(loop_, std::move(*fd), kLongestSnapshot, std::move(events));
  handover_->connected = true;
}

void SnapshotSource::Worker::retry() {
  loop_.after(kRetry, [this] { connect(); });
}

// One line at a time, so that what is older is known when the next is looked at.
void SnapshotSource::Worker::on_applied() {
  under_way_ = false;
  while (!under_way_ && !waiting_.empty()) {
    const auto line = std::move(waiting_.front());
    waiting_.pop_front();
    handle(line);
  }
}

void SnapshotSource::Worker::handle(const std::string& line) {
  auto protection = checked(line);
  if (protection) return hand_over(std::move(*protection), line);
  log(LogLevel::error, "snapshot refused", {{"why", protection.error().message}});
  // An answer is one line; what an error of a policy shows below it is in our own log.
  const auto& why = protection.error().message;
  if (channel_) channel_->send(std::format("refused {}", std::string_view(why).substr(0, why.find('\n'))));
}

Result<Shared> SnapshotSource::Worker::checked(std::string_view line) {
  const auto pem = read_file(places_.public_key, 1 << 16);
  if (!pem) return std::unexpected(pem.error());
  const auto key = crypto::PublicKey::from_pem(*pem);
  if (!key) return std::unexpected(key.error());
  const auto snapshot = open_snapshot(line, *key, system_clock().now());
  if (!snapshot) return std::unexpected(snapshot.error());
  if (snapshot->sequence < sequence_) {
    return fail(ErrorKind::permission,
                std::format("snapshot {} is older than the running {}", snapshot->sequence, sequence_));
  }
  auto sources = sources_digest(*snapshot);
  auto made = compiled_ && sources == sources_ ? renew(*compiled_, *snapshot) : compile(*snapshot);
  if (!made) return made;
  compiled_ = *made;
  sources_ = std::move(sources);
  return made;
}

void SnapshotSource::Worker::hand_over(Shared protection, std::string line) {
  sequence_ = protection->sequence;
  running_ = std::format("running {} {}", protection->sequence, protection->digest);
  line_ = std::move(line);
  under_way_ = true;
  handover_->finished.put(std::move(protection));  // there is room: one is under way at a time
}

void SnapshotSource::Worker::read_notes() {
  handover_->notes.silence();
  std::vector<Shared> retired;  // taken down after the engine has its answer
  while (auto note = handover_->notes.take()) {
    if (!note->applied) {
      retired.push_back(std::move(note->retired));
      continue;
    }
    if (!line_.empty()) {
      if (const auto kept = write_file(places_.last_snapshot, line_, 0600); !kept) {
        log(LogLevel::warn, "the snapshot works but could not be stored", {{"why", kept.error().message}});
      }
      if (channel_) channel_->send(running_);
    }
    line_ = {};
    on_applied();
  }
}

// === the loop's side =============================================================================================

SnapshotSource::SnapshotSource(Loop& loop, Places places, Changed changed)
    : loop_(loop),
      changed_(std::move(changed)),
      handover_(std::make_shared<Handover>()),
      worker_(std::make_unique<Worker>(std::move(places), handover_)),
      thread_([worker = worker_.get()] { worker->run(); }) {
  pollfd first{.fd = handover_->finished.bell(), .events = POLLIN, .revents = 0};
  while (::poll(&first, 1, -1) < 0 && errno == EINTR) {
  }
  receive();
  loop_.watch(handover_->finished.bell(), EPOLLIN, [this](std::uint32_t) { receive(); });
}

SnapshotSource::~SnapshotSource() {
  loop_.forget(handover_->finished.bell());
  worker_->stop();
  thread_.join();
}

bool SnapshotSource::connected() const { return handover_->connected; }

void SnapshotSource::receive() {
  handover_->finished.silence();
  while (auto protection = handover_->finished.take()) {
    if (!*protection) continue;  // there was none on disk
    changed_(guarded(std::move(*protection)));
    handover_->notes.put({.applied = true, .retired = nullptr});
  }
}

// The last owner in the loop's thread gives the snapshot back to the worker instead of taking it down: ten thousand
// policies take milliseconds to free.
Shared SnapshotSource::guarded(Shared protection) const {
  const auto* raw = protection.get();
  return {raw, [handover = handover_, inner = std::move(protection)](const Protection*) mutable {
            handover->notes.put({.applied = false, .retired = std::move(inner)});
          }};
}

}  // namespace cordon::enforcement
