#include "cordon/base/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <format>

#include "cordon/base/text.h"

namespace cordon {

namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }  // how the sockets API types addresses
  int family() const { return storage.ss_family; }
};

Result<SocketAddress> to_address(const Endpoint& endpoint) {
  SocketAddress out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (::inet_pton(AF_INET, endpoint.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(endpoint.port);
    out.length = sizeof *v4;
  } else if (::inet_pton(AF_INET6, endpoint.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(endpoint.port);
    out.length = sizeof *v6;
  } else {
    return fail(ErrorKind::invalid_input,
                std::format("'{}' is not a numeric IP address", printable(endpoint.address)));
  }
  return out;
}

Endpoint from_address(const SocketAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.family() == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    return {text, ntohs(v4->sin_port)};
  }
  if (address.family() == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    return {text, ntohs(v6->sin6_port)};
  }
  return {};
}

Fd new_socket(int family) { return Fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

void set(int fd, int level, int option) {
  const int one = 1;
  ::setsockopt(fd, level, option, &one, sizeof one);  // an optimisation: failing changes nothing else
}

Result<SocketAddress> to_unix_address(const std::filesystem::path& path) {
  SocketAddress out;
  auto* unix_address = reinterpret_cast<sockaddr_un*>(&out.storage);
  const auto text = path.string();
  if (text.size() >= sizeof unix_address->sun_path) {
    return fail(ErrorKind::invalid_input,
                std::format("{} is too long for a Unix socket (107 bytes): choose a shorter folder", text));
  }
  unix_address->sun_family = AF_UNIX;
  std::memcpy(unix_address->sun_path, text.c_str(), text.size() + 1);
  out.length = sizeof *unix_address;
  return out;
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  const auto digits = colon == text.npos ? std::string_view{} : text.substr(colon + 1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) {
    return fail(ErrorKind::invalid_input,
                std::format("'{}' is not ADDRESS:PORT (for example 127.0.1.10:7777)", printable(text)));
  }
  auto host = text.substr(0, colon);
  // RFC 3986 3.2.2: brackets tell the colons of an IPv6 address from the port's.
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed != host.contains(':')) {
    return fail(ErrorKind::invalid_input,
                std::format("'{}': an IPv6 address, and only that, stands in [brackets]", printable(text)));
  }
  Endpoint endpoint{std::string(host), port};
  if (auto checked = to_address(endpoint); !checked) return std::unexpected(checked.error());
  return endpoint;
}

std::string Endpoint::text() const {
  return address.contains(':') ? std::format("[{}]:{}", address, port) : std::format("{}:{}", address, port);
}

Result<Fd> listen_tcp(const Endpoint& at, int backlog) {
  auto address = to_address(at);
  if (!address) return std::unexpected(address.error());
  Fd fd = new_socket(address->family());
  if (!fd) return fail_errno("socket", errno);
  set(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  set(fd.get(), IPPROTO_TCP, TCP_NODELAY);  // inherited by accepted connections
  if (::bind(fd.get(), address->get(), address->length) != 0) return fail_errno("bind " + at.text(), errno);
  if (::listen(fd.get(), backlog) != 0) return fail_errno("listen " + at.text(), errno);
  return fd;
}

Result<Fd> connect_tcp(const Endpoint& to, const std::string& source) {
  auto address = to_address(to);
  if (!address) return std::unexpected(address.error());
  Fd fd = new_socket(address->family());
  if (!fd) return fail_errno("socket", errno);
  set(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  if (!source.empty()) {
    set(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    auto from = to_address({source, 0});
    if (!from) return std::unexpected(from.error());
    if (::bind(fd.get(), from->get(), from->length) != 0) return fail_errno("bind " + source, errno);
  }
  if (::connect(fd.get(), address->get(), address->length) != 0 && errno != EINPROGRESS) {
    return fail_errno("connect " + to.text(), errno);
  }
  return fd;
}

int connect_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

Result<Fd> connect_tcp_blocking(const Endpoint& to, std::chrono::milliseconds limit) {
  auto fd = connect_tcp(to);
  if (!fd) return fd;
  pollfd waiting{.fd = fd->get(), .events = POLLOUT, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&waiting, 1, static_cast<int>(limit.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready != 1) {
    return fail(ErrorKind::unavailable, std::format("connect {}: no answer in {}", to.text(), limit));
  }
  if (const int error = connect_error(fd->get()); error != 0) return fail_errno("connect " + to.text(), error);
  return fd;
}

Result<Accepted> accept_one(int listener) {
  SocketAddress peer;
  peer.length = sizeof peer.storage;
  Fd fd(::accept4(listener, peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return fail_errno("accept", errno);
  return Accepted{std::move(fd), from_address(peer)};
}

Result<Endpoint> local_endpoint(int fd) {
  SocketAddress address;
  address.length = sizeof address.storage;
  if (::getsockname(fd, address.get(), &address.length) != 0) return fail_errno("getsockname", errno);
  return from_address(address);
}

Result<Fd> listen_unix(const std::filesystem::path& path, mode_t mode) {
  auto address = to_unix_address(path);
  if (!address) return std::unexpected(address.error());
  Fd fd = new_socket(AF_UNIX);
  if (!fd) return fail_errno("socket", errno);
  ::unlink(path.c_str());
  if (::bind(fd.get(), address->get(), address->length) != 0) return fail_errno("bind " + path.string(), errno);
  if (::chmod(path.c_str(), mode) != 0) return fail_errno("chmod " + path.string(), errno);
  if (::listen(fd.get(), 64) != 0) return fail_errno("listen " + path.string(), errno);
  return fd;
}

Result<Fd> connect_unix(const std::filesystem::path& path) {
  auto address = to_unix_address(path);
  if (!address) return std::unexpected(address.error());
  Fd fd = new_socket(AF_UNIX);
  if (!fd) return fail_errno("socket", errno);
  if (::connect(fd.get(), address->get(), address->length) != 0) return fail_errno("connect " + path.string(), errno);
  return fd;
}

std::string peer_user(int fd) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return "somebody";
  const auto* user = ::getpwuid(peer.uid);
  return user ? std::string(user->pw_name) : std::format("user {}", peer.uid);
}

}  // namespace cordon
