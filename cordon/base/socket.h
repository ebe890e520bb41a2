// Stream sockets, all non-blocking and close-on-exec: TCP by numeric address, Unix by path.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cordon/base/file.h"

namespace cordon {

// A numeric address and a port: 127.0.1.10:7777 or [::1]:7777.
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;

  static Result<Endpoint> parse(std::string_view text);
  std::string text() const;
  auto operator<=>(const Endpoint&) const = default;
};

Result<Fd> listen_tcp(const Endpoint& at, int backlog = 1024);
// Starts connecting; the descriptor becomes writable when done, then connect_error() tells. source: "" or an address.
Result<Fd> connect_tcp(const Endpoint& to, const std::string& source = "");
int connect_error(int fd);  // errno of the finished connect, 0 when it worked

// Waits until connected (for tools and tests; servers never block).
Result<Fd> connect_tcp_blocking(const Endpoint& to, std::chrono::milliseconds limit);

struct Accepted {
  Fd fd;
  Endpoint peer;  // empty for Unix sockets
};
Result<Accepted> accept_one(int listener);  // unavailable when nobody waits

Result<Endpoint> local_endpoint(int fd);

// Unix stream sockets: the path's folder must be private to the user; mode of the socket file as given.
Result<Fd> listen_unix(const std::filesystem::path& path, mode_t mode = 0600);
Result<Fd> connect_unix(const std::filesystem::path& path);
std::string peer_user(int fd);  // whose process is at the other end of a Unix socket: "root", "user 1000"

}  // namespace cordon
