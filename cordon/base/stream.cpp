#include "cordon/base/stream.h"

#include <sys/socket.h>

#include <cerrno>

namespace cordon {

namespace {
StreamResult outcome(ssize_t moved, StreamState when_blocked, std::string& error) {
  if (moved >= 0) return {StreamState::ok, static_cast<std::size_t>(moved)};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {when_blocked, 0};
  error = fail_errno("socket", errno).error().message;
  return {StreamState::failed, 0};
}
}  // namespace

StreamResult PlainStream::read(std::span<std::uint8_t> into) {
  const auto got = ::recv(fd_.get(), into.data(), into.size(), 0);
  if (got == 0 && !into.empty()) return {StreamState::closed, 0};
  return outcome(got, StreamState::want_read, error_);
}

StreamResult PlainStream::write(BytesView from) {
  return outcome(::send(fd_.get(), from.data(), from.size(), MSG_NOSIGNAL), StreamState::want_write, error_);
}

void PlainStream::shutdown() { ::shutdown(fd_.get(), SHUT_WR); }

}  // namespace cordon
