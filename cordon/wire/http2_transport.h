// Drives one Http2Session over one ByteStream on a Loop: connect, handshake, read, deliver, write, watch the clock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cordon/base/loop.h"
#include "cordon/base/stream.h"
#include "cordon/wire/http2_session.h"

namespace cordon::wire {

class Http2Transport {
 public:
  // The connection that has this transport as a member. Its callbacks may drop the last reference to it.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual std::weak_ptr<void> alive() = 0;  // held while a callback runs
    virtual void on_handshake() = 0;
    virtual void on_event(const Http2Session::Event& event) = 0;
    virtual void on_end(std::string why) = 0;  // from the loop; last
  };

  Http2Transport(Loop& loop, std::unique_ptr<ByteStream> stream, Http2Session::Role role, const Http2Limits& limits,
                 Owner& owner);
  ~Http2Transport();
  Http2Transport(const Http2Transport&) = delete;
  Http2Transport& operator=(const Http2Transport&) = delete;

  void start();  // once the owner is held by a shared_ptr
  void wake();   // there may be something to write: it leaves in this round of the loop
  void close(std::string why = {});

  Http2Session& session() { return session_; }
  const Http2Session& session() const { return session_; }
  ByteStream& stream() { return *stream_; }
  Loop& loop() { return loop_; }
  bool ended() const { return ended_; }

 private:
  void ready(std::uint32_t events);
  void resume();
  bool connect();
  bool shake_hands();
  void read_input();
  void settle();
  void deliver();
  void flush();
  bool write_some();
  void update_interest();
  void end(std::string why);
  void end_of_input(const StreamResult& result);
  bool backlogged() const { return blocked_ && session_.unsent() > limits_.max_buffered; }

  Loop::TimerId after(std::chrono::nanoseconds delay, void (Http2Transport::*action)());
  void defer(void (Http2Transport::*action)());
  void handshake_expired();
  void check_progress();
  bool stalled(SteadyTime now);

  Loop& loop_;
  std::unique_ptr<ByteStream> stream_;
  const Http2Session::Role role_;
  const Http2Limits limits_;
  Owner& owner_;
  Http2Session session_;
  Loop::TimerId handshake_timer_ = 0;
  Loop::TimerId progress_timer_ = 0;
  SteadyTime active_{};             // when bytes last arrived or left
  SteadyTime progressed_{};         // when a check last found nothing waiting, or bodies moving
  std::uint64_t moved_before_ = 0;  // session_.moved() at the last check
  std::string end_reason_;
  bool connected_;
  bool shaken_ = false;   // the stream's handshake is done
  bool blocked_ = false;  // the stream takes no more bytes for now
  bool write_needs_read_ = false;
  bool read_needs_write_ = false;
  bool wake_pending_ = false;
  bool read_more_ = false;  // input is left that epoll may not report (TLS buffers)
  bool ended_ = false;
};

}  // namespace cordon::wire
