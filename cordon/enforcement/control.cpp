#include "cordon/enforcement/control.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cordon/base/log.h"
#include "cordon/base/socket.h"

namespace cordon::enforcement {

namespace {

constexpr std::size_t kMostVisitors = 16;
constexpr std::size_t kLongestLine = 256;

// unix(7) SO_PEERCRED: the kernel's word, taken when the caller connected.
bool is_ours(int fd) {
  ucred caller{};
  socklen_t size = sizeof caller;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &caller, &size) == 0 &&
         (caller.uid == 0 || caller.uid == ::geteuid());
}

}  // namespace

wire::Json refusal(std::string_view why) { return wire::Json(wire::JsonObject{}).set("error", why); }
wire::Json done(std::string_view what) { return wire::Json(wire::JsonObject{}).set("done", what); }

Result<std::unique_ptr<Control>> Control::open(Loop& loop, const std::filesystem::path& at, Handler handler) {
  auto listener = listen_unix(at);
  if (!listener) return std::unexpected(listener.error());
  return std::make_unique<Control>(loop, std::move(*listener), std::move(handler));
}

Control::Control(Loop& loop, Fd listener, Handler handler)
    : loop_(loop), listener_(std::move(listener)), handler_(std::move(handler)) {
  loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
}

Control::~Control() { loop_.forget(listener_.get()); }

void Control::accept() {
  auto accepted = accept_one(listener_.get());
  if (!accepted || visitors_.size() >= kMostVisitors) return;
  if (!is_ours(accepted->fd.get())) return log(LogLevel::warn, "an order from another user is not heard");
  const auto visitor = visitors_.emplace_back(std::make_shared<Visitor>());
  LineChannel::Events events;
  events.on_line = [this, weak = std::weak_ptr(visitor)](std::string_view line) {
    if (const auto alive = weak.lock()) obey(alive, line);
  };
  events.on_closed = [this, weak = std::weak_ptr(visitor)] { visitors_.remove(weak.lock()); };
  visitor->channel = std::make_unique<LineChannel>(loop_, std::move(accepted->fd), kLongestLine, std::move(events));
}

void Control::obey(const std::shared_ptr<Visitor>& visitor, std::string_view line) {
  Order order;
  order.word = line;
  order.socket = visitor->channel->socket();
  order.answer = [weak = std::weak_ptr(visitor)](const wire::Json& answer) {
    if (const auto alive = weak.lock()) alive->channel->send(answer.dump());
  };
  handler_(order);
}

}  // namespace cordon::enforcement
