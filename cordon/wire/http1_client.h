// HTTP/1.1 asked by a thread that may wait, each time up to a deadline: for publishers, mirrors and monitors. Plain
// http:// only: what is fetched here carries its own signatures and hashes, and where secrecy matters a
// TLS-terminating proxy on loopback belongs in between.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "cordon/base/clock.h"
#include "cordon/base/stream.h"
#include "cordon/wire/http1.h"

namespace cordon::wire {

struct HttpUrl {
  std::string host;  // a numeric address (IPv6 without brackets), or a name
  std::uint16_t port = 80;
  std::string path;  // "" or "/prefix", without a slash at the end

  static Result<HttpUrl> parse(std::string_view text);  // http://HOST[:PORT][/PREFIX]
  std::string authority() const;
  std::string text() const;
};

// One place, asked over one connection that is kept while it lasts. Not for several threads at a time.
class Http1Client {
 public:
  explicit Http1Client(HttpUrl url, Http1Limits limits = {}) : url_(std::move(url)), limits_(limits) {}

  // path is appended to the URL's. unavailable: the place did not answer before the deadline, or cannot be reached;
  // corrupt: what it answered is not HTTP, or too long. Statuses are the caller's business. Looking up a host's name
  // is bounded by the system's resolver, not by the deadline.
  Result<Response> get(std::string_view path, std::chrono::milliseconds limit);
  Result<Response> post(std::string_view path, std::string_view content_type, std::string body,
                        std::chrono::milliseconds limit);
  const HttpUrl& url() const { return url_; }

 private:
  Result<Response> ask(const Request& request, std::chrono::milliseconds limit);
  Result<void> connect(SteadyTime deadline);
  // before: whether the connection ended before any byte of the answer, as one does that was kept too long
  Result<Response> exchange(std::string_view text, SteadyTime deadline, bool& before);
  Result<void> send(std::string_view text, SteadyTime deadline);
  Result<Http1Response> receive(SteadyTime deadline, bool& before);

  HttpUrl url_;
  Http1Limits limits_;
  std::unique_ptr<PlainStream> stream_;
};

}  // namespace cordon::wire
