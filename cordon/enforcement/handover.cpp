#include "cordon/enforcement/handover.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <format>

namespace cordon::enforcement {

namespace {

constexpr std::size_t kAtOnce = 64;  // descriptors in one message; the kernel takes 253
constexpr std::size_t kMost = 4096;
constexpr int kPatience = 5000;  // milliseconds
constexpr std::string_view kAsk = "hand-over\n";
constexpr std::string_view kGo = "taken-over\n";

union Ancillary {
  cmsghdr header;
  std::array<std::byte, CMSG_SPACE(kAtOnce * sizeof(int))> space;
};

Result<void> put(int socket, std::span<const int> descriptors, char byte) {
  Ancillary ancillary{};
  iovec text{.iov_base = &byte, .iov_len = 1};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = &ancillary;
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    auto* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
  }
  if (::sendmsg(socket, &message, MSG_NOSIGNAL) != 1) return fail_errno("hand over listening sockets", errno);
  return {};
}

void collect(msghdr& message, std::vector<Fd>& into) {
  for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    std::array<int, kAtOnce> got{};
    const auto bytes = std::min(part->cmsg_len - CMSG_LEN(0), sizeof got);
    std::memcpy(got.data(), CMSG_DATA(part), bytes);
    for (std::size_t i = 0; i < bytes / sizeof(int); ++i) into.emplace_back(got[i]);
  }
}

// '.' comes with descriptors, '!' is the end of them.
Result<std::vector<Fd>> receive(int socket) {
  std::vector<Fd> out;
  while (out.size() <= kMost) {
    pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kPatience) != 1) break;
    char byte = 0;
    Ancillary ancillary{};
    iovec text{.iov_base = &byte, .iov_len = 1};
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    message.msg_control = &ancillary;
    message.msg_controllen = sizeof ancillary;
    if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || (message.msg_flags & MSG_CTRUNC) != 0) break;
    collect(message, out);
    if (byte == '!') return out;
    if (byte != '.') break;
  }
  return fail(ErrorKind::unavailable,
              "the running enforcement point does not hand its listening sockets over: stop it, then start this one");
}

Result<Listeners> by_endpoint(std::vector<Fd> descriptors) {
  Listeners out;
  for (auto& fd : descriptors) {
    int listens = 0;
    socklen_t size = sizeof listens;
    const auto at = local_endpoint(fd.get());
    if (!at || at->port == 0 || ::getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 ||
        listens == 0)
      return fail(ErrorKind::invalid_input, std::format("descriptor {} is no listening TCP socket", fd.get()));
    out[*at] = std::move(fd);
  }
  return out;
}

}  // namespace

Result<void> hand_over(int socket, const std::vector<int>& listeners) {
  for (std::size_t at = 0; at < listeners.size(); at += kAtOnce) {
    const auto some = std::span(listeners).subspan(at, std::min(kAtOnce, listeners.size() - at));
    if (auto sent = put(socket, some, '.'); !sent) return sent;
  }
  return put(socket, {}, '!');
}

Result<std::optional<Predecessor>> take_over(const std::filesystem::path& control) {
  auto channel = connect_unix(control);
  if (!channel) return std::nullopt;
  if (::send(channel->get(), kAsk.data(), kAsk.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kAsk.size()))
    return fail_errno(control.string(), errno);
  auto descriptors = receive(channel->get());
  if (!descriptors) return std::unexpected(descriptors.error());
  auto listeners = by_endpoint(std::move(*descriptors));
  if (!listeners) return std::unexpected(listeners.error());
  return Predecessor{std::move(*channel), std::move(*listeners)};
}

void send_away(const Predecessor& predecessor) {
  [[maybe_unused]] const auto told = ::send(predecessor.channel.get(), kGo.data(), kGo.size(), MSG_NOSIGNAL);
}

Result<Listeners> inherited(int first, int count) {
  std::vector<Fd> descriptors;
  for (int fd = first; fd < first + count; ++fd) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    descriptors.emplace_back(fd);
  }
  return by_endpoint(std::move(descriptors));
}

}  // namespace cordon::enforcement
