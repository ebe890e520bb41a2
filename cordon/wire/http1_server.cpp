#include "cordon/wire/http1_server.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <list>
#include <utility>

#include "cordon/base/stream.h"

namespace cordon::wire {

namespace {
constexpr int kAcceptsPerRound = 64;
constexpr auto kPauseWithoutDescriptors = std::chrono::milliseconds(100);
constexpr std::size_t kMostLingering = 1U << 20;  // bytes read and dropped after the last answer
}  // namespace

// One connection: reads a request, answers it, sends the answer, and only then looks at the next.
class Http1Connection : public std::enable_shared_from_this<Http1Connection> {
 public:
  using Settings = Http1Server::Settings;
  Http1Connection(Loop& loop, Accepted accepted, const Settings& settings, std::function<void()> on_closed)
      : loop_(loop),
        peer_(std::move(accepted.peer)),
        stream_(std::move(accepted.fd)),
        settings_(settings),
        reader_(settings.limits),
        on_closed_(std::move(on_closed)) {}
  ~Http1Connection() { end(); }
  Http1Connection(const Http1Connection&) = delete;
  Http1Connection& operator=(const Http1Connection&) = delete;

  void start() {
    loop_.watch(stream_.fd(), EPOLLIN, [weak = weak_from_this()](std::uint32_t) {
      if (const auto self = weak.lock()) self->ready();
    });
    limit(settings_.idle_time);
  }
  const std::string& address() const { return peer_.address; }
  bool idle() const { return state_ == State::reading && !reader_.begun(); }
  void close();

 private:
  enum class State { reading, waiting, sending, lingering, closed };

  void ready();
  bool read();  // false: the connection ended
  void serve();
  void answer(const Http1Request& request);
  void ask(const Request& request);
  void reply(const Response& response);
  void send(std::string text, bool keep_alive);
  void flush();
  void sent();
  void linger();
  void limit(std::chrono::milliseconds time);
  void late();
  void end();

  Loop& loop_;
  Endpoint peer_;
  PlainStream stream_;
  const Settings& settings_;
  Http1RequestReader reader_;
  std::function<void()> on_closed_;
  State state_ = State::reading;
  std::string out_;
  std::size_t sent_ = 0;
  std::size_t dropped_ = 0;
  bool keep_alive_ = true;
  bool to_head_ = false;
  bool timing_request_ = false;
  Loop::TimerId timer_ = 0;
};

void Http1Connection::ready() {
  const auto self = shared_from_this();  // close() lets go of us
  if (state_ == State::sending) return flush();
  if (state_ == State::waiting) return close();  // nothing is watched for then: the peer has gone
  if (read() && state_ == State::reading) serve();
}

bool Http1Connection::read() {
  std::array<std::uint8_t, 16384> chunk;
  const auto got = stream_.read(chunk);
  if (got.state == StreamState::want_read) return true;
  if (got.state != StreamState::ok) {
    close();
    return false;
  }
  if (state_ == State::lingering) {
    dropped_ += got.bytes;
    if (dropped_ > kMostLingering) close();
    return true;
  }
  reader_.add(as_text(BytesView(chunk).first(got.bytes)));
  return true;
}

void Http1Connection::serve() {
  auto request = reader_.next();
  if (!request) {
    return send(http1_text(text_response(request.error().status, request.error().why), false), false);
  }
  if (*request) {
    timing_request_ = false;
    return answer(**request);
  }
  if (reader_.begun() && !std::exchange(timing_request_, true)) limit(settings_.request_time);
  if (reader_.wants_continue()) send("HTTP/1.1 100 Continue\r\n\r\n", true);  // RFC 9110 10.1.1
}

void Http1Connection::answer(const Http1Request& request) {
  keep_alive_ = request.keep_alive;
  to_head_ = request.request.method == "HEAD";
  if (!to_head_) return ask(request.request);
  auto as_get = request.request;
  as_get.method = "GET";
  ask(as_get);
}

void Http1Connection::ask(const Request& request) {
  if (!settings_.answer_later) return reply(settings_.answer(request));
  state_ = State::waiting;
  loop_.change(stream_.fd(), 0);
  limit(settings_.answer_time);
  settings_.answer_later(request, [weak = weak_from_this()](const Response& response) {
    const auto self = weak.lock();
    if (self && self->state_ == State::waiting) self->reply(response);
  });
}

void Http1Connection::reply(const Response& response) {
  send(http1_text(response, keep_alive_, !to_head_), keep_alive_);
}

void Http1Connection::send(std::string text, bool keep_alive) {
  out_ = std::move(text);
  sent_ = 0;
  keep_alive_ = keep_alive;
  state_ = State::sending;
  if (!timing_request_) limit(settings_.stall_time);
  loop_.change(stream_.fd(), EPOLLOUT);
  flush();
}

void Http1Connection::flush() {
  while (sent_ < out_.size()) {
    const auto put = stream_.write(as_bytes(std::string_view(out_).substr(sent_)));
    if (put.state == StreamState::want_write) return;
    if (put.state != StreamState::ok) return close();
    sent_ += put.bytes;
    if (!timing_request_) limit(settings_.stall_time);
  }
  sent();
}

void Http1Connection::sent() {
  out_ = {};
  if (!keep_alive_) return linger();
  state_ = State::reading;
  loop_.change(stream_.fd(), EPOLLIN);
  if (timing_request_) return;  // that was "100 Continue"
  limit(settings_.idle_time);
  if (!reader_.begun()) return;
  loop_.defer([weak = weak_from_this()] {  // asked before the answer was there; not recursion, however many there are
    const auto self = weak.lock();
    if (self && self->state_ == State::reading) self->serve();
  });
}

// RFC 9112 9.6: closing with bytes unread would reset the connection and could take the answer away from the peer.
void Http1Connection::linger() {
  state_ = State::lingering;
  stream_.shutdown();
  loop_.change(stream_.fd(), EPOLLIN);
  limit(settings_.linger_time);
}

void Http1Connection::limit(std::chrono::milliseconds time) {
  loop_.cancel(timer_);
  timer_ = loop_.after(time, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->late();
  });
}

void Http1Connection::late() {
  if (state_ != State::reading || !reader_.begun()) return close();
  timing_request_ = false;
  send(http1_text(text_response(408, "the request did not arrive in time"), false), false);
}

void Http1Connection::end() {
  if (std::exchange(state_, State::closed) == State::closed) return;
  loop_.cancel(timer_);
  loop_.forget(stream_.fd());
}

void Http1Connection::close() {
  if (state_ == State::closed) return;
  end();
  on_closed_();
}

struct Http1Server::State : std::enable_shared_from_this<Http1Server::State> {
  State(Loop& on, Fd fd, Settings with) : loop(on), listener(std::move(fd)), settings(std::move(with)) {}
  ~State() {
    watch(false);
    loop.cancel(pause);
  }

  void watch(bool on);
  void accept_waiting();
  bool make_room(const std::string& address);
  void serve(Accepted accepted);

  Loop& loop;
  Fd listener;
  Settings settings;
  std::list<std::shared_ptr<Http1Connection>> open;  // oldest first
  Loop::TimerId pause = 0;
  bool watching = false;
};

void Http1Server::State::watch(bool on) {
  if (std::exchange(watching, on) == on) return;
  if (!on) return loop.forget(listener.get());
  loop.watch(listener.get(), EPOLLIN, [weak = weak_from_this()](std::uint32_t) {
    if (const auto self = weak.lock()) self->accept_waiting();
  });
}

void Http1Server::State::accept_waiting() {
  for (int i = 0; i < kAcceptsPerRound; ++i) {
    auto accepted = accept_one(listener.get());
    if (accepted) {
      if (make_room(accepted->peer.address)) serve(std::move(*accepted));
    } else if (accepted.error().kind == ErrorKind::unavailable) {
      return;
    } else {  // out of descriptors: the level-triggered listener would spin
      watch(false);
      pause = loop.after(kPauseWithoutDescriptors, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->watch(true);
      });
      return;
    }
  }
}

// Whoever only holds connections open must not keep others out: idle ones go first, and nobody gets all of them.
bool Http1Server::State::make_room(const std::string& address) {
  const auto of_peer = std::ranges::count_if(open, [&](const auto& each) { return each->address() == address; });
  const bool too_many = static_cast<std::size_t>(of_peer) >= settings.max_per_address;
  if (!too_many && open.size() < settings.max_connections) return true;
  const auto idle = std::ranges::find_if(
      open, [&](const auto& each) { return each->idle() && (!too_many || each->address() == address); });
  if (idle == open.end()) return false;
  const auto connection = *idle;
  connection->close();
  return true;
}

void Http1Server::State::serve(Accepted accepted) {
  const auto place = open.insert(open.end(), nullptr);
  *place = std::make_shared<Http1Connection>(loop, std::move(accepted), settings, [weak = weak_from_this(), place] {
    if (const auto self = weak.lock()) self->open.erase(place);
  });
  (*place)->start();
}

Result<std::unique_ptr<Http1Server>> Http1Server::listen(Loop& loop, const Endpoint& at, Settings settings) {
  auto listener = listen_tcp(at);
  if (!listener) return std::unexpected(std::move(listener.error()));
  return std::make_unique<Http1Server>(loop, std::move(*listener), std::move(settings));
}

Http1Server::Http1Server(Loop& loop, Fd listener, Settings settings)
    : state_(std::make_shared<State>(loop, std::move(listener), std::move(settings))) {
  state_->watch(true);
}

Http1Server::~Http1Server() = default;

Result<Endpoint> Http1Server::endpoint() const { return local_endpoint(state_->listener.get()); }

std::size_t Http1Server::connections() const { return state_->open.size(); }

Response text_response(int status, std::string text) {
  return {status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(text) + "\n"};
}

}  // namespace cordon::wire
