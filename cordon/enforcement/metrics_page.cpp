#include "cordon/enforcement/metrics_page.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <format>

namespace cordon::enforcement {

namespace {

constexpr std::size_t kMostVisitors = 16;
constexpr std::size_t kLongestRequest = 8192;
constexpr std::chrono::seconds kPatience{5};

std::string page_for(std::string_view request, const Metrics& metrics) {
  const bool wanted = request.starts_with("GET /metrics ") || request.starts_with("GET /metrics?");
  const std::string body = wanted ? metrics.text() : "the only page here is /metrics\n";
  return std::format(
      "HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      wanted ? "200 OK" : "404 Not Found", body.size(), body);
}

}  // namespace

struct MetricsPage::Visitor {
  Fd fd;
  std::string in;
  std::string out;
  Loop::TimerId patience = 0;
};

Result<std::unique_ptr<MetricsPage>> MetricsPage::open(Loop& loop, const Endpoint& at, const Metrics& metrics) {
  auto listener = listen_tcp(at);
  if (!listener) return std::unexpected(within("metrics", listener.error()));
  return std::make_unique<MetricsPage>(loop, std::move(*listener), metrics);
}

MetricsPage::MetricsPage(Loop& loop, Fd listener, const Metrics& metrics)
    : loop_(loop), listener_(std::move(listener)), metrics_(metrics) {
  loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
}

MetricsPage::~MetricsPage() {
  loop_.forget(listener_.get());
  while (!visitors_.empty()) drop(visitors_.begin()->first);
}

void MetricsPage::accept() {
  auto accepted = accept_one(listener_.get());
  if (!accepted || visitors_.size() >= kMostVisitors) return;
  auto visitor = std::make_unique<Visitor>();
  visitor->fd = std::move(accepted->fd);
  const int fd = visitor->fd.get();
  visitor->patience = loop_.after(kPatience, [this, fd] { drop(fd); });
  visitors_[fd] = std::move(visitor);
  loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) { on_ready(fd); });
}

void MetricsPage::on_ready(int fd) {
  auto& visitor = *visitors_.at(fd);
  if (visitor.out.empty()) {
    std::array<char, 2048> chunk;
    const auto got = ::recv(fd, chunk.data(), chunk.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return drop(fd);
    visitor.in.append(chunk.data(), static_cast<std::size_t>(got));
    if (visitor.in.size() > kLongestRequest) return drop(fd);
    if (!visitor.in.contains("\r\n\r\n")) return;
    visitor.out = page_for(visitor.in, metrics_);
    loop_.change(fd, EPOLLOUT);
  }
  const auto put = ::send(fd, visitor.out.data(), visitor.out.size(), MSG_NOSIGNAL);
  if (put < 0 && errno == EAGAIN) return;
  if (put < 0) return drop(fd);
  visitor.out.erase(0, static_cast<std::size_t>(put));
  if (visitor.out.empty()) drop(fd);
}

void MetricsPage::drop(int fd) {
  const auto found = visitors_.find(fd);
  if (found == visitors_.end()) return;
  loop_.cancel(found->second->patience);
  loop_.forget(fd);
  visitors_.erase(found);
}

}  // namespace cordon::enforcement
