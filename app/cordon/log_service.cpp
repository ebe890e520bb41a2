#include "app/cordon/log_service.h"

#include <poll.h>
#include <sys/epoll.h>

#include <charconv>

#include "cordon/base/file.h"
#include "cordon/base/signals.h"

namespace cordon::app {

namespace {
constexpr std::chrono::seconds kLongestPause(86'400);
}

Result<std::string> needed(const Arguments& arguments, std::string_view option, std::string_view what) {
  auto value = arguments.option(option);
  if (value && !value->empty()) return *value;
  return fail(ErrorKind::invalid_input, std::format("say {} {}", option, what));
}

Result<transparency::TrustPolicy> read_trust(const Arguments& arguments) {
  const auto file = needed(arguments, "--trust", "FILE: the keys of logs and witnesses (C2SP tlog-policy)");
  if (!file) return std::unexpected(file.error());
  const auto text = read_file(*file);
  if (!text) return std::unexpected(text.error());
  return transparency::parse_trust_policy(*text, *file);
}

Result<void> serve_http(const std::string& listen, wire::Http1Server::Answer answer,
                        const std::function<void(const Endpoint&)>& ready, const std::function<bool()>& stopped) {
  const auto at = Endpoint::parse(listen);
  if (!at) return std::unexpected(at.error());
  const auto signals = stop_signals();
  Loop loop;
  wire::Http1Server::Settings settings;
  settings.answer = [&, answer = std::move(answer)](const wire::Request& request) {
    auto response = answer(request);
    if (stopped()) loop.after(std::chrono::milliseconds(100), [&loop] { loop.stop(); });  // after it was sent
    return response;
  };
  const auto server = wire::Http1Server::listen(loop, *at, std::move(settings));
  if (!server) return std::unexpected(server.error());
  const auto where = (*server)->endpoint();
  if (!where) return std::unexpected(where.error());
  loop.watch(signals.get(), EPOLLIN, [&loop](std::uint32_t) { loop.stop(); });
  ready(*where);
  loop.run();
  return {};
}

void repeat(std::chrono::seconds pause, const std::function<bool(const Stopping& stopping)>& round) {
  const auto signals = stop_signals();
  const auto stopping = [&signals] {
    pollfd waiting{.fd = signals.get(), .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 0) > 0;
  };
  Loop loop;
  loop.watch(signals.get(), EPOLLIN, [&loop](std::uint32_t) { loop.stop(); });
  std::function<void()> next = [&] {
    if (!round(stopping) || stopping()) return loop.stop();
    loop.after(pause, next);
  };
  loop.defer(next);
  loop.run();
}

Result<std::chrono::seconds> every(const Arguments& arguments, std::chrono::seconds otherwise) {
  const auto word = arguments.option("--every");
  if (!word) return otherwise;
  std::uint32_t seconds = 0;
  const auto parsed = std::from_chars(word->data(), word->data() + word->size(), seconds);
  const bool number = parsed.ec == std::errc{} && parsed.ptr == word->data() + word->size();
  if (!number || seconds == 0 || seconds > kLongestPause.count()) {
    return fail(ErrorKind::invalid_input, std::format("--every wants seconds, 1 to 86400, not '{}'", *word));
  }
  return std::chrono::seconds(seconds);
}

}  // namespace cordon::app
