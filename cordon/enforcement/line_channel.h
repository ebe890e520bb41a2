// Lines over a Unix socket between Cordon's own processes: bounded, non-blocking, one callback per whole line.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cordon/base/file.h"
#include "cordon/base/loop.h"

namespace cordon::enforcement {

class LineChannel {
 public:
  // A callback may destroy the channel; nothing of it is used after that.
  struct Events {
    std::function<void(std::string_view line)> on_line;
    std::function<void()> on_closed;  // last event: the peer left, broke the limit, or a write failed
  };

  // longest: of a line of the peer's, without its newline.
  LineChannel(Loop& loop, Fd fd, std::size_t longest, Events events);
  ~LineChannel();
  LineChannel(const LineChannel&) = delete;
  LineChannel& operator=(const LineChannel&) = delete;

  void send(std::string_view line);  // without its newline; queued when the peer is slow
  std::size_t queued() const { return out_.size(); }
  int socket() const { return fd_.get(); }  // -1 once closed

 private:
  void on_ready(std::uint32_t events);
  bool take_input();
  void flush();
  void close();

  Loop& loop_;
  Fd fd_;
  std::size_t longest_;
  std::shared_ptr<const Events> events_;  // shared, so that a running callback outlives the channel it destroys
  std::string in_;
  std::string out_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // false once destroyed: callbacks may destroy us
};

}  // namespace cordon::enforcement
