// HTTP/1.1 messages (RFC 9112) out of bytes and back, for the local services that foreign tools speak to. Whole
// messages with limits; no sockets here.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "cordon/base/result.h"
#include "cordon/wire/message.h"

namespace cordon::wire {

struct Http1Limits {
  std::size_t head_bytes = 16U << 10;  // start line and header lines
  std::size_t header_lines = 64;
  std::size_t body_bytes = 256U << 10;
};

// What a server answers to a message it cannot accept; the connection ends after it.
struct Http1Refusal {
  int status = 400;
  std::string why;
};

template <class T>
using Http1Result = std::expected<T, Http1Refusal>;

// Start line and header fields, before anybody asks what they mean.
struct Http1Head {
  std::string start;
  Headers headers;
};
// head: everything before the empty line, CRLF between its lines. Strict: no bare CR or LF, no folded lines, no space
// before the colon (RFC 9112 5.1), no control characters in values.
Http1Result<Http1Head> parse_http1_head(std::string_view head, const Http1Limits& limits);

struct Http1Request {
  Request request;         // header fields of the connection (Connection, Content-Length...) are taken out
  bool keep_alive = true;  // the peer will ask more on this connection
};

// Requests one after the other out of what a connection delivers. Bodies have a Content-Length; chunked ones are
// refused.
class Http1RequestReader {
 public:
  explicit Http1RequestReader(Http1Limits limits) : limits_(limits) {}
  void add(std::string_view bytes) { buffer_.append(bytes); }
  Http1Result<std::optional<Http1Request>> next();  // nothing while bytes are missing
  bool begun() const { return head_.has_value() || !buffer_.empty(); }
  bool wants_continue();  // once for each request that waits for "100 Continue" before it sends its body

 private:
  struct Begun {
    Http1Request request;
    std::size_t body = 0;
    bool expects = false;
  };
  Http1Result<Begun> begin(std::string_view head) const;

  Http1Limits limits_;
  std::string buffer_;
  std::size_t searched_ = 0;  // where no end of the head was found
  std::optional<Begun> head_;
};

struct Http1Response {
  Response response;
  bool keep_alive = true;
};

// The answer to one request other than HEAD: by Content-Length, chunked, or up to the connection's end (RFC
// 9112 6.3). Interim answers (1xx) are passed over.
class Http1ResponseReader {
 public:
  explicit Http1ResponseReader(Http1Limits limits) : limits_(limits) {}
  void add(std::string_view bytes) { buffer_.append(bytes); }
  Result<std::optional<Http1Response>> next();  // nothing while bytes are missing
  Result<Http1Response> at_end();               // the peer closed: whole only for an answer without a length
  bool begun() const { return head_.has_value() || !buffer_.empty(); }

 private:
  enum class Framing { length, chunked, until_end };
  struct Begun {
    Http1Response response;
    Framing framing = Framing::length;
    std::size_t body = 0;
  };
  Result<void> begin(std::string_view head);
  Result<bool> read_chunks();  // whether the last one was there
  Error too_long() const;

  Http1Limits limits_;
  std::string buffer_;
  std::size_t searched_ = 0;
  std::optional<Begun> head_;
};

std::string_view http1_reason(int status);
// With Content-Length, and "Connection: close" where the connection ends; with_body: false for answers to HEAD.
std::string http1_text(const Response& response, bool keep_alive, bool with_body = true);
std::string http1_text(const Request& request);  // path, authority, headers and body are used

}  // namespace cordon::wire
