#include "cordon/wire/http1_client.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <format>

#include "cordon/base/socket.h"
#include "cordon/base/text.h"

namespace cordon::wire {

namespace {

constexpr std::string_view kScheme = "http://";

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':';
  });
}

std::unexpected<Error> wrong_url(std::string_view text) {
  return fail(
      ErrorKind::invalid_input,
      std::format("'{}' is not http://HOST[:PORT][/PATH]{}", printable(text, 200),
                  text.starts_with("https://") ? "; for https put a TLS proxy on this machine before it" : ""));
}

std::chrono::milliseconds left(SteadyTime deadline) {
  const auto time = std::chrono::ceil<std::chrono::milliseconds>(deadline - system_clock().steady());
  return std::max(time, std::chrono::milliseconds(0));
}

// Numeric addresses of a host, in the system's order.
Result<std::vector<Endpoint>> addresses_of(const HttpUrl& url) {
  if (auto numeric = Endpoint::parse(url.authority())) return std::vector{*numeric};
  const addrinfo hints{.ai_flags = AI_ADDRCONFIG, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(url.host.c_str(), nullptr, &hints, &found); error != 0) {
    return fail(ErrorKind::unavailable, std::format("look up {}: {}", url.host, ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
  std::vector<Endpoint> out;
  for (const auto* each = found; each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    const int error =
        ::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    if (error == 0) out.push_back({text.data(), url.port});
  }
  return out;
}

// Waits for the descriptor; unavailable at the deadline.
Result<void> wait(int fd, short events, SteadyTime deadline) {
  for (;;) {
    pollfd waiting{.fd = fd, .events = events, .revents = 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left(deadline).count()));
    if (ready > 0) return {};
    if (ready == 0) return fail(ErrorKind::unavailable, "no answer in time");
    if (errno != EINTR) return fail_errno("poll", errno);
  }
}

}  // namespace

Result<HttpUrl> HttpUrl::parse(std::string_view text) {
  if (!text.starts_with(kScheme)) return wrong_url(text);
  auto rest = text.substr(kScheme.size());
  const auto slash = std::min(rest.find('/'), rest.size());
  auto place = rest.substr(0, slash);
  auto path = rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  // One character after the other goes into the request line: no spaces, no line ends, no query.
  const bool plain = std::ranges::all_of(path, [](char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '#'; });
  HttpUrl url;
  const auto bracket = place.find(']');
  const auto colon = place.rfind(':');
  if (colon != place.npos && (bracket == place.npos || colon > bracket)) {
    const auto digits = place.substr(colon + 1);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) {
      return wrong_url(text);
    }
    place = place.substr(0, colon);
  }
  const bool bracketed = place.starts_with('[') && place.ends_with(']');
  if (bracketed) place = place.substr(1, place.size() - 2);
  if (!plain || url.port == 0 || !is_host(place) || bracketed != place.contains(':')) return wrong_url(text);
  url.host = place;
  url.path = path;
  return url;
}

std::string HttpUrl::authority() const {
  return host.contains(':') ? std::format("[{}]:{}", host, port) : std::format("{}:{}", host, port);
}

std::string HttpUrl::text() const { return std::format("{}{}{}", kScheme, authority(), path); }

Result<Response> Http1Client::get(std::string_view path, std::chrono::milliseconds limit) {
  return ask({.method = "GET", .path = url_.path + std::string(path)}, limit);
}

Result<Response> Http1Client::post(std::string_view path, std::string_view content_type, std::string body,
                                   std::chrono::milliseconds limit) {
  return ask({.method = "POST",
              .path = url_.path + std::string(path),
              .headers = {{"content-type", std::string(content_type)}},
              .body = std::move(body)},
             limit);
}

Result<Response> Http1Client::ask(const Request& request, std::chrono::milliseconds limit) {
  const auto deadline = system_clock().steady() + limit;
  auto full = request;
  full.authority = url_.authority();
  if (full.path.empty()) full.path = "/";
  full.headers.push_back({"user-agent", "cordon"});
  const auto text = http1_text(full);
  const bool kept = stream_ != nullptr;
  bool before = false;
  auto answer = exchange(text, deadline, before);
  // RFC 9112 9.3.1: a kept connection may have ended meanwhile; that says nothing about the place.
  if (!answer && kept && before) answer = exchange(text, deadline, before);
  if (!answer) return std::unexpected(within(url_.text(), std::move(answer.error())));
  return answer;
}

Result<void> Http1Client::connect(SteadyTime deadline) {
  if (stream_) return {};
  const auto addresses = addresses_of(url_);
  if (!addresses) return std::unexpected(addresses.error());
  Result<void> outcome = fail(ErrorKind::unavailable, "it has no address");
  for (const auto& address : *addresses) {
    auto fd = connect_tcp_blocking(address, left(deadline));
    if (fd) {
      stream_ = std::make_unique<PlainStream>(std::move(*fd));
      return {};
    }
    outcome = fail(ErrorKind::unavailable, fd.error().message);
  }
  return outcome;
}

Result<void> Http1Client::send(std::string_view text, SteadyTime deadline) {
  while (!text.empty()) {
    const auto put = stream_->write(as_bytes(text));
    if (put.state == StreamState::ok) {
      text.remove_prefix(put.bytes);
    } else if (put.state != StreamState::want_write) {
      return {};  // it may have answered before it closed: "413 Content Too Large"
    } else if (auto waited = wait(stream_->fd(), POLLOUT, deadline); !waited) {
      return waited;
    }
  }
  return {};
}

Result<Http1Response> Http1Client::receive(SteadyTime deadline, bool& before) {
  Http1ResponseReader reader(limits_);
  std::array<std::uint8_t, 16384> chunk;
  for (;;) {
    const auto got = stream_->read(chunk);
    if (got.state == StreamState::ok) {
      reader.add(as_text(BytesView(chunk).first(got.bytes)));
      auto whole = reader.next();
      if (!whole) return std::unexpected(std::move(whole.error()));
      if (*whole) return std::move(**whole);
    } else if (got.state == StreamState::want_read) {
      if (auto waited = wait(stream_->fd(), POLLIN, deadline); !waited) return std::unexpected(waited.error());
    } else {
      before = !reader.begun();
      if (got.state == StreamState::closed) return reader.at_end();
      return fail(ErrorKind::unavailable, stream_->error_text());
    }
    if (left(deadline).count() == 0) return fail(ErrorKind::unavailable, "no whole answer in time");
  }
}

Result<Response> Http1Client::exchange(std::string_view text, SteadyTime deadline, bool& before) {
  before = false;
  if (auto connected = connect(deadline); !connected) return std::unexpected(connected.error());
  auto sent = send(text, deadline);
  auto answer = sent ? receive(deadline, before) : std::unexpected(sent.error());
  if (!answer || !answer->keep_alive) stream_.reset();  // what may still come would answer another question
  if (!answer) return std::unexpected(std::move(answer.error()));
  return std::move(answer->response);
}

}  // namespace cordon::wire
