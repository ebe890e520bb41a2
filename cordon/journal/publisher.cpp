#include "cordon/journal/publisher.h"

#include <algorithm>
#include <atomic>
#include <format>
#include <semaphore>
#include <thread>

#include "cordon/base/ring.h"
#include "cordon/journal/publication.h"

namespace cordon::journal {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kEager = 1U << 20;         // hashed before the next checkpoint is due
constexpr std::size_t kMostWaiting = 64U << 20;  // then committed() waits
constexpr std::size_t kMostBatches = 16'384;     // waiting; the same
constexpr auto kAskWitnessesAgain = std::chrono::seconds(5);

// The entries that follow entry `next`, out of those that begin with `first`. invalid_input: some are missing
// between.
Result<std::span<const std::string_view>> following(std::uint64_t next, std::uint64_t first,
                                                    std::span<const std::string_view> entries) {
  if (first <= next) return entries.subspan(std::min<std::size_t>(entries.size(), next - first));
  return fail(ErrorKind::internal,
              std::format("entries {} to {} were never given to the publisher", next, first - 1));
}

// Where the caller is, without a thread. Takes in the entries of each commit at once: nobody who waits for a later
// one then waits for the tiles of many.
class InlinePublisher final : public Publisher {
 public:
  InlinePublisher(std::unique_ptr<Publication> publication, PublisherOptions options)
      : publication_(std::move(publication)), options_(std::move(options)), next_(publication_->size()) {}

  void committed(std::uint64_t first, std::span<const std::string_view> entries) override {
    const auto fresh = following(next_, first, entries);
    if (!fresh) return note(std::unexpected(fresh.error()));
    if (failure_) return;
    leaves_.clear();
    for (const auto entry : *fresh) leaves_.add(entry);
    next_ += fresh->size();
    note(publication_->add(leaves_));
  }

  Result<void> publish() override {
    if (failure_) return std::unexpected(*failure_);
    const auto done = publication_->publish();
    note(done);
    return done;
  }

  std::uint64_t published() const override { return publication_->published(); }
  Result<void> stop() override { return publish(); }

 private:
  void note(const Result<void>& done) {
    if (done || failure_) return;
    if (done.error().kind == ErrorKind::no_space) {
      if (options_.on_delay) options_.on_delay(done.error());
      return;
    }
    failure_ = done.error();
    if (options_.on_failure) options_.on_failure(*failure_);
  }

  std::unique_ptr<Publication> publication_;
  PublisherOptions options_;
  Leaves leaves_;  // of the commit at hand; reused
  std::uint64_t next_;
  std::optional<Error> failure_;
};

// In a thread of its own. Leaves go through a ring; both sides wait for the other only by the bell and the count of
// turns.
class ThreadPublisher final : public Publisher {
 public:
  ThreadPublisher(std::unique_ptr<Publication> publication, PublisherOptions options)
      : publication_(std::move(publication)),
        options_(std::move(options)),
        published_(publication_->published()),
        next_(publication_->size()),
        thread_([this] { run(); }) {}
  ~ThreadPublisher() override { (void)stop(); }
  ThreadPublisher(const ThreadPublisher&) = delete;
  ThreadPublisher& operator=(const ThreadPublisher&) = delete;

  void committed(std::uint64_t first, std::span<const std::string_view> entries) override;
  Result<void> publish() override;
  std::uint64_t published() const override { return published_; }
  Result<void> stop() override;

 private:
  struct Turn {
    bool stop = false;
    bool publish = false;
    std::uint64_t asked = 0;
  };

  void hand_over(Leaves leaves);
  void run();
  Turn wait();
  bool urgent() const;
  bool idle() const;
  Result<void> work(const Turn& turn);
  Result<void> absorb();
  void tell(const Result<void>& done);
  bool finish(const Turn& turn, const Result<void>& done, bool took);
  Result<void> outcome() const { return *outcome_.load(); }

  std::unique_ptr<Publication> publication_;  // the thread's own, as the next four
  const PublisherOptions options_;
  Steady::time_point due_ = Steady::now() + options_.every;  // when the next checkpoint may be signed
  Steady::time_point ask_again_ = due_;                      // when witnesses that said nothing are asked again
  bool delayed_ = false;  // the disk was full: what waits stays where there is a limit

  std::atomic<std::uint64_t> published_;
  Ring<Leaves> waiting_{kMostBatches};
  std::atomic<std::size_t> waiting_bytes_ =
      0;                                     // of them; counted before they are put in, subtracted after they are out
  std::atomic<std::uint64_t> asked_ = 0;     // wishes to publish
  std::atomic<std::uint64_t> answered_ = 0;  // of them
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<std::shared_ptr<const Error>> refusal_;  // of what was committed; the thread tells it
  std::atomic<std::shared_ptr<const Result<void>>> outcome_ =
      std::make_shared<const Result<void>>();  // of the last turn
  std::atomic<std::uint32_t> turns_ = 0;       // of the thread: whoever waits for it waits for this to change
  std::counting_semaphore<> bell_{0};          // wakes the thread

  std::uint64_t next_;   // the journal thread's own
  std::jthread thread_;  // last: it begins when all of the above is there
};

void ThreadPublisher::committed(std::uint64_t first, std::span<const std::string_view> entries) {
  if (ended_ || refusal_.load()) return;
  const auto fresh = following(next_, first, entries);
  if (!fresh) {
    refusal_ = std::make_shared<const Error>(fresh.error());
    return bell_.release();
  }
  if (fresh->empty()) return;
  Leaves leaves;
  for (const auto entry : *fresh) leaves.add(entry);
  next_ += fresh->size();
  hand_over(std::move(leaves));
}

void ThreadPublisher::hand_over(Leaves leaves) {
  const auto bytes = leaves.bytes();
  for (bool counted = false;;) {
    const auto turn = turns_.load();
    if (ended_) return;
    if (counted || waiting_bytes_ < kMostWaiting) {
      const auto before = counted ? std::size_t{0} : waiting_bytes_.fetch_add(bytes);
      counted = true;
      if (waiting_.push(std::move(leaves))) {
        if (before == 0 || (before < kEager && before + bytes >= kEager)) bell_.release();
        return;
      }
    }
    bell_.release();
    turns_.wait(turn);
  }
}

Result<void> ThreadPublisher::publish() {
  const auto wish = ++asked_;
  bell_.release();
  for (;;) {
    const auto turn = turns_.load();
    if (answered_ >= wish || ended_) return outcome();
    turns_.wait(turn);
  }
}

Result<void> ThreadPublisher::stop() {
  stopping_ = true;
  bell_.release();
  if (thread_.joinable()) thread_.join();
  return outcome();
}

bool ThreadPublisher::urgent() const {
  const bool much = waiting_bytes_ >= kEager || waiting_.size() >= waiting_.capacity() / 2;
  return asked_ != answered_ || stopping_ || refusal_.load() || (much && !delayed_);
}

// The bytes are asked last: whoever put some in without ringing did so before the thread subtracted those it took.
bool ThreadPublisher::idle() const {
  return !delayed_ && publication_->size() == publication_->published() && !urgent() && waiting_bytes_ == 0;
}

// Until there is something to do and, unless it is urgent, its time has come.
ThreadPublisher::Turn ThreadPublisher::wait() {
  while (idle()) {
    if (!publication_->owes_cosignatures()) {
      bell_.acquire();
    } else if (!bell_.try_acquire_until(ask_again_)) {
      break;
    }
  }
  while (!urgent() && Steady::now() < due_) (void)bell_.try_acquire_until(due_);
  Turn turn{.stop = stopping_, .asked = asked_};  // before the leaves are taken: what was committed before is in them
  turn.publish = turn.stop || turn.asked != answered_ || Steady::now() >= due_;
  return turn;
}

Result<void> ThreadPublisher::absorb() {
  if (delayed_) return publication_->add({});
  while (const auto leaves = waiting_.pop()) {
    const auto added = publication_->add(*leaves);
    waiting_bytes_ -= leaves->bytes();
    if (!added) return added;
  }
  return {};
}

Result<void> ThreadPublisher::work(const Turn& turn) {
  if (const auto refusal = refusal_.load()) return std::unexpected(*refusal);
  auto done = absorb();
  if (!done || !turn.publish) return done;
  done = publication_->publish();
  published_ = publication_->published();
  due_ = Steady::now() + options_.every;
  ask_again_ = Steady::now() + kAskWitnessesAgain;
  return done;
}

void ThreadPublisher::tell(const Result<void>& done) {
  if (done) return;
  if (done.error().kind != ErrorKind::no_space) {
    if (options_.on_failure) options_.on_failure(done.error());
    return;
  }
  due_ = Steady::now() + options_.every;
  if (options_.on_delay) options_.on_delay(done.error());
}

// Whether that was the last turn.
bool ThreadPublisher::finish(const Turn& turn, const Result<void>& done, bool took) {
  const bool failed = !done && done.error().kind != ErrorKind::no_space;
  const bool last = failed || (turn.stop && (took || !done));
  outcome_ = std::make_shared<const Result<void>>(done);
  if (took || !done) answered_ = turn.asked;
  if (last) ended_ = true;
  ++turns_;
  turns_.notify_all();
  return last;
}

void ThreadPublisher::run() {
  for (bool last = false; !last;) {
    const auto turn = wait();
    const bool took = !delayed_;
    const auto done = work(turn);
    delayed_ = !done;
    tell(done);
    last = finish(turn, done, took);
  }
}

}  // namespace

Result<std::unique_ptr<Publisher>> Publisher::start(std::shared_ptr<Disk> disk, transparency::LogSigner signer,
                                                    const Clock& clock, PublisherOptions options) {
  if (options.origin != signer.classic.verifier().name || options.origin != signer.post_quantum.verifier().name) {
    return fail(ErrorKind::invalid_input,
                std::format("the log is called {}, but its keys {}", options.origin, signer.classic.verifier().name));
  }
  auto publication = std::make_unique<Publication>(std::move(disk), std::move(signer), clock, options);
  if (auto restored = publication->restore(); !restored) return std::unexpected(restored.error());
  if (options.own_thread) return std::make_unique<ThreadPublisher>(std::move(publication), std::move(options));
  return std::make_unique<InlinePublisher>(std::move(publication), std::move(options));
}

Result<std::unique_ptr<Publisher>> Publisher::start(LogFolder folder, transparency::LogSigner signer,
                                                    const Clock& clock, PublisherOptions options) {
  auto disk = open_disk(folder.root);
  if (!disk) return std::unexpected(disk.error());
  return start(std::move(*disk), std::move(signer), clock, std::move(options));
}

}  // namespace cordon::journal
