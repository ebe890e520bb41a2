#include "cordon/evidence/writer.h"

#include <sys/epoll.h>

#include <array>
#include <unordered_map>
#include <vector>

#include "cordon/base/log.h"
#include "cordon/base/socket.h"
#include "cordon/base/stream.h"
#include "cordon/evidence/frame.h"

namespace cordon::evidence {

namespace {

using Events = std::uint32_t;

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
  Server(Loop& loop, std::unique_ptr<LogFile> log, Fd listener, WriterOptions options)
      : loop_(loop), log_(std::move(log)), listener_(std::move(listener)), options_(std::move(options)) {
    loop_.watch(listener_.get(), EPOLLIN, [this](Events) { accept_all(); });
    arm_checkpoint();  // a start after a crash has records that no checkpoint names
  }
  ~Server() override { close_all(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Result<void> stop() override;
  const LogFile& log() const override { return *log_; }
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
  void commit();
  void report(const Error& error);
  void arm_checkpoint();
  void write_checkpoint();

  Loop& loop_;
  std::unique_ptr<LogFile> log_;
  Fd listener_;
  WriterOptions options_;
  std::unordered_map<std::uint64_t, Sender> senders_;
  std::uint64_t next_sender_ = 1;  // never used twice: a reply cannot reach who took over a descriptor
  // Invariant: waiting_[i] is who asked for batch_[i].
  std::vector<Record> batch_;
  std::vector<Waiting> waiting_;
  bool commit_planned_ = false;
  bool full_ = false;    // the last batch met a full disk: told once
  bool failed_ = false;  // on_failure was called
  Loop::TimerId checkpoint_timer_ = 0;
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
  while (batch_.size() < options_.batch_records) {
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
    auto order = payload ? parse_order(**payload) : Result<AppendOrder>(std::unexpected(payload.error()));
    if (!order) {
      drop(number, order.error().message);
      return false;
    }
    queue(number, std::move(*order));
  }
}

void Server::queue(std::uint64_t number, AppendOrder order) {
  commit_soon();
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

void Server::commit() {
  commit_planned_ = false;
  const auto batch = std::exchange(batch_, {});
  const auto waiting = std::exchange(waiting_, {});
  auto first = log_->append_batch(batch);
  for (const auto& [sender, id] : waiting) {
    reply(sender, {id, first});
    if (first) ++*first;
  }
  if (!first) report(first.error());
  if (first) full_ = false;
  flush_all();
  arm_checkpoint();
}

void Server::report(const Error& error) {
  if (error.kind == ErrorKind::no_space) {
    if (!std::exchange(full_, true))
      cordon::log(LogLevel::error, "evidence refused: disk full", {{"cause", error.message}});
    return;
  }
  if (std::exchange(failed_, true)) return;
  cordon::log(LogLevel::error, "evidence log failed", {{"cause", error.message}});
  if (options_.on_failure) options_.on_failure(error);
}

void Server::reply(std::uint64_t number, const AppendReply& reply) {
  const auto found = senders_.find(number);
  if (found != senders_.end()) found->second.replies += reply_frame(reply);  // else gone without waiting for it
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

void Server::arm_checkpoint() {
  if (checkpoint_timer_ != 0 || !log_->checkpoint_due() || log_->failure()) return;
  checkpoint_timer_ = loop_.after(options_.checkpoint_every, [this] {
    checkpoint_timer_ = 0;
    write_checkpoint();
  });
}

void Server::write_checkpoint() {
  const auto written = log_->write_checkpoint();
  if (!written) cordon::log(LogLevel::error, "evidence checkpoint not written", {{"cause", written.error().message}});
  arm_checkpoint();  // tries again
}

void Server::close_all() {
  loop_.cancel(std::exchange(checkpoint_timer_, 0));
  if (listener_) loop_.forget(listener_.get());
  listener_.reset();
  while (!senders_.empty()) drop(senders_.begin()->first, "");
}

Result<void> Server::stop() {
  if (!batch_.empty()) commit();
  close_all();
  return log_->write_checkpoint();
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::start(Loop& loop, std::unique_ptr<LogFile> log,
                                              const std::filesystem::path& socket, WriterOptions options) {
  auto listener = listen_unix(socket, options.socket_mode);
  if (!listener) return std::unexpected(listener.error());
  return std::make_unique<Server>(loop, std::move(log), std::move(*listener), std::move(options));
}

}  // namespace cordon::evidence
