#include "benchmarks/etcd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <format>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/evidence_limits.h"
#include "cordon/base/bytes.h"
#include "cordon/base/file.h"

namespace cordon::bench {

namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr const char* kProgram = "/usr/bin/etcd";

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int free_port() {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);  // the sockets interface knows no other way
  if (::bind(fd.get(), any, size) != 0 || ::getsockname(fd.get(), any, &size) != 0) give_up("no free port");
  return ntohs(address.sin_port);
}

std::optional<Fd> connect_to(int port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return std::nullopt;
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

std::string request_of(std::size_t bytes, std::uint64_t number) {
  const auto key = std::format("record/{:012}", number);
  const std::string value(bytes, 'x');
  const auto body =
      std::format(R"({{"key":"{}","value":"{}"}})", to_base64(as_bytes(key)), to_base64(as_bytes(value)));
  return std::format(
      "POST /v3/kv/put HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      body.size(), body);
}

// Whether the answer is whole; answers of this gateway are short and state their length.
bool whole(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  const auto length = answer.find("Content-Length: ");
  if (end == std::string::npos || length == std::string::npos || length > end) return false;
  std::size_t bytes = 0;
  std::from_chars(answer.data() + length + 16, answer.data() + end, bytes);
  return answer.size() >= end + 4 + bytes;
}

struct Connection {
  Fd fd;
  std::string answer;
  Steady::time_point asked;
};

void ask(Connection& connection, std::size_t bytes, std::uint64_t number) {
  const auto request = request_of(bytes, number);
  connection.asked = Steady::now();
  if (::write(connection.fd.get(), request.data(), request.size()) != static_cast<ssize_t>(request.size())) {
    give_up("etcd does not take a request");
  }
}

bool answered(Connection& connection) {
  char buffer[4096];
  const auto got = ::read(connection.fd.get(), buffer, sizeof buffer);
  if (got <= 0) give_up("etcd closed a connection");
  connection.answer.append(buffer, static_cast<std::size_t>(got));
  if (!whole(connection.answer)) return false;
  if (!connection.answer.starts_with("HTTP/1.1 200")) give_up("etcd answers: " + connection.answer);
  connection.answer.clear();
  return true;
}

}  // namespace

std::unique_ptr<Etcd> Etcd::start(const std::filesystem::path& folder) {
  if (::access(kProgram, X_OK) != 0) return nullptr;
  const int port = free_port();
  const auto client = std::format("http://127.0.0.1:{}", port);
  const auto peer = std::format("http://127.0.0.1:{}", free_port());
  auto process = Process::spawn(
      {.arguments = {kProgram, "--data-dir", folder.string(), "--listen-client-urls", client,
                     "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls",
                     peer, "--initial-cluster", "default=" + peer, "--log-level", "error", "--quota-backend-bytes",
                     "8589934592", "--log-outputs", (folder.string() + ".log")}});
  if (!process) give_up(process.error().message);
  std::unique_ptr<Etcd> etcd(new Etcd(std::move(*process), port));
  for (int i = 0; i < 200; ++i) {
    if (connect_to(port)) return etcd;
    std::this_thread::sleep_for(50ms);
  }
  give_up("etcd does not answer");
}

PutFigures Etcd::put(std::size_t clients, std::size_t bytes) {
  std::vector<Connection> connections;
  std::vector<pollfd> polled;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < clients; ++i) {
    auto fd = connect_to(port_);
    if (!fd) give_up("etcd takes no connection");
    connections.push_back({std::move(*fd), {}, {}});
    polled.push_back({connections.back().fd.get(), POLLIN, 0});
  }
  const auto start = Steady::now();
  for (auto& connection : connections) ask(connection, bytes, number++);
  std::vector<double> times;
  while (Steady::now() - start < 2s) {
    if (::poll(polled.data(), polled.size(), 1000) <= 0) give_up("etcd is silent");
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if ((polled[i].revents & POLLIN) == 0 || !answered(connections[i])) continue;
      times.push_back(seconds_since(connections[i].asked));
      ask(connections[i], bytes, number++);
    }
  }
  const auto spent = seconds_since(start);
  return {.rate = static_cast<double>(times.size()) / spent,
          .p50 = percentile(times, 0.5),
          .p99 = percentile(times, 0.99)};
}

}  // namespace cordon::bench
