#include "cordon/wire/http2_transport.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <format>
#include <system_error>

#include "cordon/base/socket.h"

namespace cordon::wire {

namespace {
constexpr std::size_t kReadSize = 64 * 1024;
// One connection may not hold the loop for longer than this many reads or writes at a time.
constexpr int kTurns = 8;
// A read that brings less has most likely emptied the socket: what comes later, the loop tells.
constexpr std::size_t kSmallRead = 8 * 1024;
constexpr auto kNever = std::chrono::milliseconds(0);

std::chrono::milliseconds shortest(const Http2Limits& limits) {
  auto out = std::chrono::milliseconds::max();
  for (const auto time : {limits.idle_time, limits.stall_time, limits.request_time, limits.delivery_time}) {
    if (time > kNever) out = std::min(out, time);
  }
  return out;
}
}  // namespace

Http2Transport::Http2Transport(Loop& loop, std::unique_ptr<ByteStream> stream, Http2Session::Role role,
                               const Http2Limits& limits, Owner& owner)
    : loop_(loop),
      stream_(std::move(stream)),
      role_(role),
      limits_(limits),
      owner_(owner),
      session_(role, limits),
      connected_(role == Http2Session::Role::server) {}

Http2Transport::~Http2Transport() {
  if (!ended_) loop_.forget(stream_->fd());
  loop_.cancel(handshake_timer_);
  loop_.cancel(progress_timer_);
}

// The owner may have gone by the time the loop calls: whatever the loop keeps holds it weakly.
void Http2Transport::start() {
  active_ = progressed_ = system_clock().steady();
  loop_.watch(stream_->fd(), connected_ ? EPOLLIN : EPOLLOUT, [this, owner = owner_.alive()](std::uint32_t events) {
    if (const auto alive = owner.lock()) ready(events);
  });
  handshake_timer_ = after(limits_.handshake_time, &Http2Transport::handshake_expired);
  if (shortest(limits_) != std::chrono::milliseconds::max()) {
    progress_timer_ = after(shortest(limits_), &Http2Transport::check_progress);
  }
  if (connected_) wake();  // a plain stream has no handshake to wait for: our SETTINGS leave at once
}

Loop::TimerId Http2Transport::after(std::chrono::nanoseconds delay, void (Http2Transport::*action)()) {
  return loop_.after(delay, [this, owner = owner_.alive(), action] {
    if (const auto alive = owner.lock()) (this->*action)();
  });
}

void Http2Transport::defer(void (Http2Transport::*action)()) {
  loop_.defer([this, owner = owner_.alive(), action] {
    if (const auto alive = owner.lock()) (this->*action)();
  });
}

void Http2Transport::wake() {
  if (wake_pending_ || ended_) return;
  wake_pending_ = true;
  defer(&Http2Transport::resume);
}

void Http2Transport::resume() {
  wake_pending_ = false;
  if (ended_ || !connected_ || (!shaken_ && !shake_hands())) return;
  if (std::exchange(read_more_, false)) read_input();
  settle();
}

void Http2Transport::ready(std::uint32_t events) {
  if (ended_ || (!connected_ && !connect()) || (!shaken_ && !shake_hands())) return;
  const bool gone = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if ((events & EPOLLOUT) != 0 || gone) blocked_ = false;
  // While the peer leaves too much of our output unread, its input waits too.
  if (!backlogged() || write_needs_read_ || gone) read_input();
  settle();
}

bool Http2Transport::connect() {
  if (const int error = connect_error(stream_->fd()); error != 0) {
    end("connect: " + std::generic_category().message(error));
    return false;
  }
  connected_ = true;
  return true;
}

bool Http2Transport::shake_hands() {
  const auto result = stream_->handshake();
  switch (result.state) {
    case StreamState::ok:
      break;
    case StreamState::want_read:
      loop_.change(stream_->fd(), EPOLLIN);
      return false;
    case StreamState::want_write:
      loop_.change(stream_->fd(), EPOLLOUT);
      return false;
    case StreamState::closed:
      end("the peer closed during the handshake");
      return false;
    case StreamState::failed:
      end("handshake: " + stream_->error_text());
      return false;
  }
  shaken_ = true;
  read_more_ = true;  // bytes may have come with the end of the handshake
  owner_.on_handshake();
  return !ended_;
}

// === reading ===

void Http2Transport::read_input() {
  std::array<std::uint8_t, kReadSize> buffer;
  read_needs_write_ = read_more_ = false;
  // Reading may consume the very bytes a write waits for: it is tried again, at worst in vain.
  if (std::exchange(write_needs_read_, false)) blocked_ = false;
  for (int turn = 0; turn < kTurns && !ended_; ++turn) {
    const auto result = stream_->read(buffer);
    if (result.state == StreamState::want_read) return;
    if (result.state == StreamState::want_write) {
      read_needs_write_ = true;
      return;
    }
    if (result.state != StreamState::ok) return end_of_input(result);
    active_ = system_clock().steady();
    const auto received = session_.receive(BytesView(buffer).first(result.bytes), active_);
    deliver();
    if (!received || session_.finished()) return;  // settle() writes the GOAWAY and ends
    if (result.bytes < kSmallRead && !stream_->holds_more()) return;
  }
  if (ended_) return;
  read_more_ = true;
  wake();
}

void Http2Transport::end_of_input(const StreamResult& result) {
  if (ended_) return;
  const auto open = session_.streams().size();
  if (result.state == StreamState::failed) return end(stream_->error_text());
  if (!session_.reason().empty() || open == 0) return end(session_.reason());
  end(std::format("the peer closed the connection with {} open streams", open));
}

void Http2Transport::deliver() {
  while (!ended_) {
    const auto event = session_.next_event();
    if (!event) return;
    owner_.on_event(*event);
  }
}

// === writing ===

void Http2Transport::settle() {
  if (ended_ || !shaken_) return;
  do {
    deliver();
    flush();
  } while (!ended_ && session_.has_events());
  if (ended_) return;
  if (session_.finished()) return end(session_.reason());
  if (session_.peer_ready() && handshake_timer_ != 0) loop_.cancel(std::exchange(handshake_timer_, 0));
  update_interest();
}

void Http2Transport::flush() {
  for (int turn = 0; turn < kTurns && !ended_ && !blocked_; ++turn) {
    if (session_.output().empty()) return;
    if (!write_some()) return;
  }
  if (!ended_ && !blocked_) wake();
}

bool Http2Transport::write_some() {
  write_needs_read_ = false;
  const auto result = stream_->write(session_.output());
  switch (result.state) {
    case StreamState::ok:
      session_.consumed(result.bytes);
      active_ = system_clock().steady();
      return true;
    case StreamState::want_read:
      write_needs_read_ = true;
      [[fallthrough]];
    case StreamState::want_write:
      blocked_ = true;
      return false;
    default:
      break;
  }
  // What the peer said before it went may explain why, and may be the answer to a request.
  const auto why = stream_->error_text();
  read_input();
  end(session_.reason().empty() ? why : session_.reason());
  return false;
}

void Http2Transport::update_interest() {
  const bool reads = !backlogged() || write_needs_read_;
  const bool writes = (blocked_ && !write_needs_read_) || read_needs_write_;
  loop_.change(stream_->fd(), (reads ? std::uint32_t{EPOLLIN} : 0U) | (writes ? std::uint32_t{EPOLLOUT} : 0U));
}

// === time ===

void Http2Transport::handshake_expired() {
  handshake_timer_ = 0;
  if (ended_ || session_.peer_ready()) return;
  end(std::format("the peer did not complete the HTTP/2 handshake in {}", limits_.handshake_time));
}

// Bytes of bodies are what counts: a peer that only asks for PING acknowledgements is not taking its answer.
bool Http2Transport::stalled(SteadyTime now) {
  const bool moved = std::exchange(moved_before_, session_.moved()) != session_.moved();
  if (moved || (session_.unsent() == 0 && !blocked_)) progressed_ = now;
  return limits_.stall_time > kNever && now - progressed_ >= limits_.stall_time;
}

void Http2Transport::check_progress() {
  progress_timer_ = after(shortest(limits_), &Http2Transport::check_progress);
  if (ended_ || !shaken_) return;
  const auto now = system_clock().steady();
  if (stalled(now)) return close(std::format("the peer took nothing of a waiting message in {}", limits_.stall_time));
  if (limits_.idle_time > kNever && session_.streams().empty() && now - active_ >= limits_.idle_time) {
    session_.go_away();
  }
  if (limits_.request_time > kNever && role_ == Http2Session::Role::server) {
    session_.answer_late(now - limits_.request_time);
  }
  if (limits_.delivery_time > kNever && role_ == Http2Session::Role::server) {
    session_.drop_slow(now, limits_.delivery_time);
  }
  settle();
}

// === the end ===

void Http2Transport::close(std::string why) {
  if (ended_) return;
  constexpr std::uint32_t kNoError = 0;
  session_.terminate(kNoError);
  // Best effort: a GOAWAY tells the peer which requests it may send elsewhere.
  if (shaken_ && !blocked_ && !session_.output().empty()) {
    const auto result = stream_->write(session_.output());
    if (result.state == StreamState::ok) session_.consumed(result.bytes);
  }
  end(std::move(why));
}

void Http2Transport::end(std::string why) {
  if (ended_) return;
  ended_ = true;
  loop_.forget(stream_->fd());
  loop_.cancel(std::exchange(handshake_timer_, 0));
  loop_.cancel(std::exchange(progress_timer_, 0));
  stream_->shutdown();
  end_reason_ = std::move(why);
  loop_.defer([this, owner = owner_.alive()] {
    if (const auto alive = owner.lock()) owner_.on_end(std::move(end_reason_));
  });
}

}  // namespace cordon::wire
