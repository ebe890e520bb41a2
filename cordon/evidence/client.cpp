#include "cordon/evidence/client.h"

#include <sys/epoll.h>

#include <array>
#include <deque>
#include <optional>

#include "cordon/base/log.h"
#include "cordon/base/socket.h"
#include "cordon/base/stream.h"
#include "cordon/evidence/frame.h"
#include "cordon/evidence/record_cbor.h"

namespace cordon::evidence {

namespace {

using namespace std::chrono_literals;
constexpr std::size_t kQueue = 4096;             // records without an answer
constexpr std::size_t kUnsentBytes = 16U << 20;  // of them, those the socket has not taken
constexpr std::chrono::nanoseconds kRetry = 100ms;

class SocketClient final : public Client {
 public:
  SocketClient(Loop& loop, std::filesystem::path socket) : loop_(loop), socket_(std::move(socket)) { connect(); }
  ~SocketClient() override;
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  void append(Record record, Done done, std::optional<SpoolMark> spool) override {
    if (spool) record.spool = std::move(spool);
    send(record, std::move(done));
  }
  void append_encoded(std::string_view record, Done done) override { send(record, std::move(done)); }
  bool connected() const override { return stream_.has_value(); }
  std::shared_ptr<const Pseudonyms> pseudonyms() const override { return pseudonyms_; }
  std::optional<Bytes> spool_key() const override { return spool_key_; }

 private:
  void send(const auto& record, Done done);
  void connect();
  void ready(std::uint32_t events);
  void read();
  bool take_replies();
  bool take_reply(AppendReply reply);
  void take_keys(EpochKeys keys);
  void flush();
  void flush_soon();
  void lose(std::string_view why);
  void fail_later(Done done, std::string message);
  void fail_all(const std::string& message);

  Loop& loop_;
  std::filesystem::path socket_;
  std::optional<PlainStream> stream_;  // while connected
  Frames replies_;
  std::string unsent_;
  std::uint64_t next_id_ = 1;  // never used twice: a late reply cannot answer another record
  // The records sent with the ids up to next_id_, empty once answered: answers come nearly in the order of asking.
  std::deque<Done> waiting_;
  std::size_t unanswered_ = 0;
  std::shared_ptr<const Pseudonyms> pseudonyms_;
  std::optional<Bytes> spool_key_;
  Loop::TimerId retry_ = 0;
  bool flush_planned_ = false;
  bool told_ = false;                                           // that the writer is away: once
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for work deferred beyond our life
};

SocketClient::~SocketClient() {
  loop_.cancel(retry_);
  if (stream_) loop_.forget(stream_->fd());
  if (spool_key_) wipe(*spool_key_);
  fail_all("the enforcement point is closing");
}

void SocketClient::connect() {
  retry_ = 0;
  auto fd = connect_unix(socket_);
  if (!fd) return lose(fd.error().message);
  stream_.emplace(std::move(*fd));
  replies_ = {};
  loop_.watch(stream_->fd(), EPOLLIN, [this](std::uint32_t events) { ready(events); });
}

// From the loop, never from within append(): callers need not expect to be called back before it returns.
void SocketClient::fail_later(Done done, std::string message) {
  loop_.defer(
      [done = std::move(done), message = std::move(message)] { done(fail(ErrorKind::unavailable, message)); });
}

void SocketClient::fail_all(const std::string& message) {
  unanswered_ = 0;
  for (auto& done : std::exchange(waiting_, {})) {
    if (done) fail_later(std::move(done), message);
  }
}

void SocketClient::send(const auto& record, Done done) {
  if (!stream_)
    return fail_later(std::move(done), std::format("the evidence writer at {} is away", socket_.string()));
  if (unanswered_ >= kQueue || unsent_.size() >= kUnsentBytes) {
    return fail_later(std::move(done),
                      std::format("the evidence queue is full: {} records wait for the writer", unanswered_));
  }
  append_order(unsent_, next_id_++, record);
  waiting_.push_back(std::move(done));
  ++unanswered_;
  flush_soon();
}

// What is appended in one round of the loop goes out in one write.
void SocketClient::flush_soon() {
  if (std::exchange(flush_planned_, true)) return;
  loop_.defer([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) flush();
  });
}

void SocketClient::flush() {
  flush_planned_ = false;
  if (!stream_) return;
  std::size_t sent = 0;
  while (sent < unsent_.size()) {
    const auto put = stream_->write(as_bytes(unsent_).subspan(sent));
    if (put.state == StreamState::want_write) break;
    if (put.state != StreamState::ok) return lose(stream_->error_text());
    sent += put.bytes;
  }
  unsent_.erase(0, sent);
  loop_.change(stream_->fd(), EPOLLIN | (unsent_.empty() ? 0U : std::uint32_t{EPOLLOUT}));
}

void SocketClient::ready(std::uint32_t events) {
  const std::weak_ptr alive = alive_;
  if ((events & ~std::uint32_t{EPOLLOUT}) != 0) read();
  if (!alive.expired() && stream_ && (events & EPOLLOUT) != 0) flush();
}

void SocketClient::read() {
  std::array<std::uint8_t, 65536> chunk;
  while (stream_) {
    const auto got = stream_->read(chunk);
    if (got.state == StreamState::want_read) return;
    if (got.state == StreamState::closed) return lose("it closed the connection");
    if (got.state != StreamState::ok) return lose(stream_->error_text());
    const auto heard = std::span(chunk).first(got.bytes);
    replies_.add(heard);
    wipe(heard);  // keys pass here
    if (!take_replies()) return;
  }
}

// False when the connection is gone, or this object itself: a caller told of its record may destroy us.
bool SocketClient::take_replies() {
  for (;;) {
    const auto payload = replies_.next();
    if (payload && !*payload) return true;
    auto said = payload ? parse_writer(**payload) : Result<WriterSays>(std::unexpected(payload.error()));
    if (!said) {
      lose("malformed reply: " + said.error().message);
      return false;
    }
    if (auto* keys = std::get_if<EpochKeys>(&*said)) {
      take_keys(std::move(*keys));
    } else if (!take_reply(std::get<AppendReply>(std::move(*said)))) {
      return false;
    }
  }
}

void SocketClient::take_keys(EpochKeys keys) {
  pseudonyms_ = std::make_shared<Pseudonyms>(std::move(keys.pseudonym_key));
  if (spool_key_) wipe(*spool_key_);
  spool_key_.reset();
  if (!keys.spool_key.empty()) spool_key_.emplace(std::move(keys.spool_key));
}

bool SocketClient::take_reply(AppendReply reply) {
  const std::weak_ptr alive = alive_;
  const auto oldest = next_id_ - waiting_.size();
  if (reply.id < oldest || reply.id >= next_id_ || !waiting_[reply.id - oldest]) {
    lose("it answered a record that nobody sent");
    return false;
  }
  told_ = false;
  const auto done = std::exchange(waiting_[reply.id - oldest], nullptr);
  --unanswered_;
  while (!waiting_.empty() && !waiting_.front()) waiting_.pop_front();
  done(std::move(reply.sequence));
  return !alive.expired() && stream_;
}

void SocketClient::lose(std::string_view why) {
  if (stream_) loop_.forget(stream_->fd());
  stream_.reset();
  unsent_.clear();
  if (!std::exchange(told_, true)) {
    cordon::log(
        LogLevel::warn, "evidence writer away",
        {{"socket", socket_.native()}, {"cause", why}, {"unanswered", static_cast<std::int64_t>(unanswered_)}});
  }
  fail_all("the evidence writer went away before it answered");
  retry_ = loop_.after(kRetry, [this] { connect(); });
}

}  // namespace

void Client::append_encoded(std::string_view encoded, Done done) {
  auto record = decode_record(as_bytes(encoded));
  if (!record) return done(std::unexpected(record.error()));
  auto mark = std::exchange(record->spool, std::nullopt);
  append(std::move(*record), std::move(done), std::move(mark));
}

std::unique_ptr<Client> Client::start(Loop& loop, std::filesystem::path socket) {
  return std::make_unique<SocketClient>(loop, std::move(socket));
}

}  // namespace cordon::evidence
