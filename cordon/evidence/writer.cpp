#include "cordon/evidence/writer.h"

#include <sys/epoll.h>
#include <sys/statvfs.h>

#include <array>
#include <unordered_map>
#include <vector>

#include "cordon/base/log.h"
#include "cordon/base/socket.h"
#include "cordon/base/stream.h"
#include "cordon/evidence/frame.h"
#include "cordon/evidence/keeper.h"

namespace cordon::evidence {

namespace {

using Events = std::uint32_t;
constexpr auto kGather = std::chrono::milliseconds(20);  // records that nobody waits for share an fdatasync

struct Sender {
  explicit Sender(Fd fd) : stream(std::move(fd)) {}
  PlainStream stream;
  Frames frames;
  std::string replies;  // not yet taken by the socket
};

struct Waiting {
  std::uint64_t sender;
  std::uint64_t id;
};

class Server final : public Writer {
 public:
  Server(Loop& loop, Keeper keeper, Fd listener, WriterOptions options)
      : loop_(loop), keeper_(std::move(keeper)), listener_(std::move(listener)), options_(std::move(options)) {
    epoch_ = keeper_.sealing().epoch();
    loop_.watch(listener_.get(), EPOLLIN, [this](Events) { accept_all(); });
    look_later();
  }
  ~Server() override { close_all(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Result<void> stop() override;
  void say(std::string_view kind, std::string reason) override {
    keeper_.say(kind, std::move(reason));
    commit_soon();
  }
  std::uint64_t size() const override { return keeper_.size(); }
  std::size_t clients() const override { return senders_.size(); }

 private:
  void accept_all();
  void add_sender(Fd fd);
  void ready(std::uint64_t number, Events events);
  void read_from(std::uint64_t number);
  bool take_frames(std::uint64_t number, Sender& sender);
  void queue(std::uint64_t number, AppendOrder order);
  void reply(std::uint64_t number, const AppendReply& reply);
  void flush(std::uint64_t number);
  void flush_all();
  void drop(std::uint64_t number, std::string_view why);
  void close_all();
  void commit_soon();
  void commit_later();
  void commit();
  void report(const Error& error);
  void announce(std::uint64_t number);
  void announce_new_epoch();
  void look_later();
  void look();

  Loop& loop_;
  Keeper keeper_;
  Fd listener_;
  WriterOptions options_;
  std::unordered_map<std::uint64_t, Sender> senders_;
  std::uint64_t next_sender_ = 1;  // never used twice: a reply cannot reach who took over a descriptor
  // Invariant: waiting_[i] is who asked for batch_[i].
  std::vector<Record> batch_;
  std::vector<Waiting> waiting_;
  std::size_t batch_bytes_ = 0;  // of the frames that brought it
  bool commit_planned_ = false;
  Loop::TimerId gather_timer_ = 0;  // set: records out of spools wait for others
  bool full_ = false;               // the last batch met a full disk: told once
  bool failed_ = false;             // on_failure was called
  std::uint32_t epoch_ = 0;         // the senders know its keys
  Loop::TimerId look_timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for work deferred beyond our life
};

void Server::accept_all() {
  for (;;) {
    auto accepted = accept_one(listener_.get());
    if (!accepted) {
      if (accepted.error().kind == ErrorKind::unavailable) return;
      return cordon::log(LogLevel::error, "evidence sender not accepted", {{"cause", accepted.error().message}});
    }
    if (senders_.size() < options_.clients) add_sender(std::move(accepted->fd));
  }
}

void Server::add_sender(Fd fd) {
  const auto number = next_sender_++;
  const int descriptor = fd.get();
  senders_.try_emplace(number, std::move(fd));
  loop_.watch(descriptor, EPOLLIN, [this, number](Events events) { ready(number, events); });
  announce(number);
}

void Server::announce(std::uint64_t number) {
  const auto found = senders_.find(number);
  if (found == senders_.end()) return;
  auto keys = keeper_.sealing().keys();
  append_keys(found->second.replies, keys);
  wipe(keys.pseudonym_key);
  wipe(keys.spool_key);
  flush(number);
}

// Records that were pseudonymised before it arrives are sealed under the new epoch all the same: their texts name
// subscribers by their place.
void Server::announce_new_epoch() {
  if (std::exchange(epoch_, keeper_.sealing().epoch()) == keeper_.sealing().epoch()) return;
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, sender] : senders_) numbers.push_back(number);
  for (const auto number : numbers) announce(number);
}

void Server::ready(std::uint64_t number, Events events) {
  if ((events & EPOLLOUT) != 0) flush(number);
  if ((events & ~Events{EPOLLOUT}) != 0) read_from(number);
}

// Reads what is there now, but leaves the rest in the socket once the batch is full: the sender then has to wait.
void Server::read_from(std::uint64_t number) {
  const auto found = senders_.find(number);
  if (found == senders_.end()) return;
  auto& sender = found->second;
  std::array<std::uint8_t, 65536> chunk;
  while (batch_.size() < options_.batch_records && batch_bytes_ < options_.batch_bytes) {
    const auto got = sender.stream.read(chunk);
    if (got.state == StreamState::want_read) return;
    if (got.state != StreamState::ok) return drop(number, "");
    sender.frames.add(std::span(chunk).first(got.bytes));
    if (!take_frames(number, sender)) return;
  }
}

// False when the sender was dropped.
bool Server::take_frames(std::uint64_t number, Sender& sender) {
  for (;;) {
    const auto payload = sender.frames.next();
    if (payload && !*payload) return true;
    if (payload) batch_bytes_ += (*payload)->size();
    auto order = payload ? parse_order(**payload) : Result<AppendOrder>(std::unexpected(payload.error()));
    if (!order) {
      drop(number, order.error().message);
      return false;
    }
    queue(number, std::move(*order));
  }
}

void Server::queue(std::uint64_t number, AppendOrder order) {
  const bool full = batch_.size() + 1 >= options_.batch_records || batch_bytes_ >= options_.batch_bytes;
  const bool waited_for = !order.record || !order.record->spool;
  waited_for || full ? commit_soon() : commit_later();
  if (!order.record) return reply(number, {order.id, std::unexpected(order.record.error())});
  batch_.push_back(std::move(*order.record));
  waiting_.push_back({number, order.id});
}

// After all descriptors that are ready now have been read: what they brought becomes one batch.
void Server::commit_soon() {
  if (std::exchange(commit_planned_, true)) return;
  loop_.defer([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) commit();
  });
}

// Nobody waits for what a spool holds: many such records share one fdatasync.
void Server::commit_later() {
  if (commit_planned_ || gather_timer_ != 0) return;
  gather_timer_ = loop_.after(kGather, [this] {
    gather_timer_ = 0;
    commit();
  });
}

void Server::commit() {
  loop_.cancel(std::exchange(gather_timer_, 0));
  commit_planned_ = false;
  batch_bytes_ = 0;
  auto batch = std::exchange(batch_, {});
  auto waiting = std::exchange(waiting_, {});
  announce_new_epoch();
  const auto answers = keeper_.keep(batch);
  bool full = false;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    reply(waiting[i].sender, {waiting[i].id, answers[i]});
    if (answers[i] || answers[i].error().kind != ErrorKind::no_space) continue;
    if (!std::exchange(full, true)) report(answers[i].error());
  }
  if (!full && !batch.empty()) full_ = false;
  if (const auto& failure = keeper_.failure()) report(*failure);
  batch.clear();
  waiting.clear();
  batch_.swap(batch);  // for their memory: nothing is queued in here
  waiting_.swap(waiting);
  flush_all();
}

void Server::report(const Error& error) {
  if (error.kind == ErrorKind::no_space) {
    if (!std::exchange(full_, true))
      cordon::log(LogLevel::error, "evidence refused: no space", {{"cause", error.message}});
    return;
  }
  if (std::exchange(failed_, true)) return;
  cordon::log(LogLevel::error, "evidence log failed", {{"cause", error.message}});
  if (options_.on_failure) options_.on_failure(error);
}

void Server::reply(std::uint64_t number, const AppendReply& reply) {
  const auto found = senders_.find(number);
  if (found != senders_.end()) append_reply(found->second.replies, reply);  // else gone without waiting for it
}

void Server::flush_all() {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, sender] : senders_) {
    if (!sender.replies.empty()) numbers.push_back(number);
  }
  for (const auto number : numbers) flush(number);
}

void Server::flush(std::uint64_t number) {
  const auto found = senders_.find(number);
  if (found == senders_.end()) return;
  auto& sender = found->second;
  std::size_t sent = 0;
  while (sent < sender.replies.size()) {
    const auto put = sender.stream.write(as_bytes(sender.replies).subspan(sent));
    if (put.state == StreamState::want_write) break;
    if (put.state != StreamState::ok) return drop(number, "");
    sent += put.bytes;
  }
  wipe({reinterpret_cast<std::uint8_t*>(sender.replies.data()),
        sent});  // keys pass here; char may be written as bytes
  sender.replies.erase(0, sent);
  const Events out = sender.replies.empty() ? Events{0} : Events{EPOLLOUT};
  const Events in = sender.replies.size() > options_.waiting_replies ? Events{0} : Events{EPOLLIN};
  loop_.change(sender.stream.fd(), in | out);
}

void Server::drop(std::uint64_t number, std::string_view why) {
  const auto found = senders_.find(number);
  if (found == senders_.end()) return;
  if (!why.empty()) cordon::log(LogLevel::warn, "evidence sender closed: malformed frame", {{"cause", why}});
  loop_.forget(found->second.stream.fd());
  senders_.erase(found);
}

void Server::look_later() {
  look_timer_ = loop_.after(options_.look_every, [this] { look(); });
}

void Server::look() {
  announce_new_epoch();
  if (auto tidied = keeper_.tidy(); !tidied)
    cordon::log(LogLevel::error, "journal files not removed", {{"cause", tidied.error().message}});
  look_later();
}

void Server::close_all() {
  loop_.cancel(std::exchange(look_timer_, 0));
  loop_.cancel(std::exchange(gather_timer_, 0));
  if (listener_) loop_.forget(listener_.get());
  listener_.reset();
  while (!senders_.empty()) drop(senders_.begin()->first, "");
}

Result<void> Server::stop() {
  if (!batch_.empty()) commit();
  close_all();
  auto stopped = keeper_.stop();
  return keeper_.failure() ? std::unexpected(*keeper_.failure()) : stopped;
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::start(Loop& loop, const Clock& clock, KeeperParts parts,
                                              SpoolPositions positions, const std::filesystem::path& socket,
                                              WriterOptions options) {
  Keeper keeper(clock, std::move(parts), std::move(positions), options.keeper);
  if (auto begun = keeper.begin(); !begun) return std::unexpected(begun.error());
  auto listener = listen_unix(socket, options.socket_mode);
  if (!listener) return std::unexpected(listener.error());
  return std::make_unique<Server>(loop, std::move(keeper), std::move(*listener), std::move(options));
}

std::function<Result<std::uint64_t>()> free_space_of(std::filesystem::path folder) {
  return [folder = std::move(folder)]() -> Result<std::uint64_t> {
    struct statvfs status{};
    if (::statvfs(folder.c_str(), &status) != 0) return fail_errno("statvfs " + folder.string(), errno);
    return std::uint64_t{status.f_bavail} * status.f_frsize;
  };
}

}  // namespace cordon::evidence
