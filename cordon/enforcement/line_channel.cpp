#include "cordon/enforcement/line_channel.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace cordon::enforcement {

LineChannel::LineChannel(Loop& loop, Fd fd, std::size_t longest, Events events)
    : loop_(loop), fd_(std::move(fd)), longest_(longest), events_(std::make_shared<const Events>(std::move(events))) {
  loop_.watch(fd_.get(), EPOLLIN, [this](std::uint32_t ready) { on_ready(ready); });
}

LineChannel::~LineChannel() {
  *alive_ = false;
  if (fd_) loop_.forget(fd_.get());
}

void LineChannel::on_ready(std::uint32_t events) {
  const auto alive = alive_;
  if ((events & EPOLLOUT) != 0) flush();
  if (*alive && fd_ && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !take_input() && *alive) close();
}

// False when the peer is gone or broke the limit.
bool LineChannel::take_input() {
  std::array<char, 65536> chunk;
  const auto got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  const auto fresh = in_.size();  // what came before has no newline: a long line is not searched again and again
  in_.append(chunk.data(), static_cast<std::size_t>(got));
  const auto alive = alive_;
  const auto told = events_;
  for (auto end = in_.find('\n', fresh); end != std::string::npos; end = in_.find('\n')) {
    if (end > longest_) return false;
    const auto line = in_.substr(0, end);
    in_.erase(0, end + 1);
    if (told->on_line) told->on_line(line);
    if (!*alive) return true;
  }
  return in_.size() <= longest_;
}

void LineChannel::send(std::string_view line) {
  if (!fd_) return;
  out_.append(line);
  out_ += '\n';
  flush();
}

void LineChannel::flush() {
  while (!out_.empty()) {
    const auto put = ::send(fd_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) break;  // full: EPOLLOUT resumes; broken: EPOLLHUP closes
    out_.erase(0, static_cast<std::size_t>(put));
  }
  loop_.change(fd_.get(), out_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void LineChannel::close() {
  loop_.forget(fd_.get());
  fd_.reset();
  const auto told = events_;
  if (told->on_closed) told->on_closed();  // may destroy us
}

}  // namespace cordon::enforcement
