#include "cordon/wire/http1.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <utility>

#include "cordon/base/text.h"

namespace cordon::wire {

namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kVersion = "HTTP/1.1";
constexpr std::size_t kChunkLine = 256;  // size and extensions of one chunk

std::unexpected<Http1Refusal> refuse(int status, std::string why) {
  return std::unexpected(Http1Refusal{status, std::move(why)});
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 9110 5.6.2
bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_letter(c) || kMarks.contains(c); });
}

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

// RFC 9110 5.5: visible characters, spaces, tabs, and bytes from 0x80 on.
bool is_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

std::string_view trim_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::size_t> number(std::string_view text, int base) {
  std::size_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

Http1Result<Header> parse_field(std::string_view line) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, std::min(colon, line.size()));
  if (colon == line.npos || !is_token(name)) {
    return refuse(400, std::format("'{}' is no header field", printable(line)));
  }
  const auto value = trim_blanks(line.substr(colon + 1));
  if (!is_value(value)) return refuse(400, std::format("{}: a control character in its value", printable(name)));
  return Header{lower(name), std::string(value)};
}

// The one value of a field that may stand once only; nothing when it is not there.
Http1Result<std::optional<std::string>> single(const Headers& headers, std::string_view name) {
  if (std::ranges::count(headers, name, &Header::name) > 1) {
    return refuse(400, std::format("{} stands there more than once", name));
  }
  const auto value = find_header(headers, name);
  return value ? std::optional(std::string(*value)) : std::nullopt;
}

bool says(const Headers& headers, std::string_view name, std::string_view word) {
  for (const auto& header : headers) {
    if (header.name != name) continue;
    for (const auto part : split(header.value, ',')) {
      if (lower(trim_blanks(part)) == word) return true;
    }
  }
  return false;
}

void remove_connection_fields(Headers& headers) {
  constexpr std::array<std::string_view, 7> kNames{"connection",        "keep-alive", "content-length", "expect",
                                                   "transfer-encoding", "te",         "upgrade"};
  std::erase_if(headers, [&](const Header& header) { return std::ranges::contains(kNames, header.name); });
}

// RFC 9112 6.3: how long a request's body is.
Http1Result<std::size_t> body_of_request(const Headers& headers, const Http1Limits& limits) {
  const auto length = single(headers, "content-length");
  if (!length) return std::unexpected(length.error());
  if (find_header(headers, "transfer-encoding")) {
    return *length ? Http1Result<std::size_t>(refuse(400, "both Transfer-Encoding and Content-Length"))
                   : refuse(411, "bodies come with Content-Length here, not chunked");
  }
  if (!*length) return 0;
  const auto bytes = number(**length, 10);
  if (!bytes || !is_digit((**length)[0])) return refuse(400, "Content-Length is no number");
  if (*bytes > limits.body_bytes) {
    return refuse(413, std::format("a body has at most {} bytes here", limits.body_bytes));
  }
  return *bytes;
}

// RFC 9112 3.2.2: "a server MUST accept the absolute-form in requests".
std::string_view origin_form(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (!target.starts_with(kScheme)) return target;
  const auto slash = target.find('/', kScheme.size());
  return slash == target.npos ? "/" : target.substr(slash);
}

Http1Result<Request> parse_request_line(std::string_view line) {
  const auto parts = split(line, ' ');
  if (parts.size() != 3 || !is_token(parts[0]) || !std::ranges::all_of(parts[1], is_visible)) {
    return refuse(400, "the request line is not METHOD /PATH HTTP/1.1");
  }
  if (parts[2] != kVersion) {
    return parts[2].starts_with("HTTP/") ? refuse(505, "only HTTP/1.1 is spoken here")
                                         : refuse(400, "the request line is not METHOD /PATH HTTP/1.1");
  }
  const auto path = origin_form(parts[1]);
  if (!path.starts_with('/')) return refuse(400, "the path must start with /");
  Request request;
  request.method = parts[0];
  request.scheme = "http";
  request.path = path;
  return request;
}

// Takes a head off the buffer; nothing while its end is not there.
std::optional<std::string> take_head(std::string& buffer, std::size_t& searched) {
  const auto end = buffer.find(kHeadEnd, searched);
  if (end == buffer.npos) {
    searched = buffer.size() < kHeadEnd.size() ? 0 : buffer.size() - kHeadEnd.size() + 1;
    return std::nullopt;
  }
  auto head = buffer.substr(0, end);
  buffer.erase(0, end + kHeadEnd.size());
  searched = 0;
  return head;
}

// Without its end, a buffer may hold all of that but one byte: so that one outcome does not depend on the pieces.
bool too_long_head(const std::optional<std::string>& head, std::string_view buffer, const Http1Limits& limits) {
  return head ? head->size() > limits.head_bytes : buffer.size() >= limits.head_bytes + kHeadEnd.size();
}

}  // namespace

Http1Result<Http1Head> parse_http1_head(std::string_view head, const Http1Limits& limits) {
  Http1Head out;
  bool first = true;
  while (first || !head.empty()) {
    const auto end = std::min(head.find(kLineEnd), head.size());
    const auto line = head.substr(0, end);
    head.remove_prefix(std::min(head.size(), end + kLineEnd.size()));
    if (std::exchange(first, false)) {
      if (!is_value(line)) return refuse(400, "a control character in the first line");
      out.start = line;
      continue;
    }
    if (out.headers.size() == limits.header_lines) {
      return refuse(431, std::format("more than {} header fields", limits.header_lines));
    }
    auto field = parse_field(line);
    if (!field) return std::unexpected(std::move(field.error()));
    out.headers.push_back(std::move(*field));
  }
  return out;
}

// --- requests ---

Http1Result<Http1RequestReader::Begun> Http1RequestReader::begin(std::string_view text) const {
  auto head = parse_http1_head(text, limits_);
  if (!head) return std::unexpected(std::move(head.error()));
  auto request = parse_request_line(head->start);
  if (!request) return std::unexpected(std::move(request.error()));
  // RFC 9112 3.2: exactly one Host.
  const auto host = single(head->headers, "host");
  if (!host) return std::unexpected(host.error());
  if (!*host) return refuse(400, "Host is missing");
  const auto body = body_of_request(head->headers, limits_);
  if (!body) return std::unexpected(body.error());
  Begun out;
  out.body = *body;
  out.expects = says(head->headers, "expect", "100-continue");
  out.request.keep_alive = !says(head->headers, "connection", "close");
  out.request.request = std::move(*request);
  out.request.request.authority = **host;
  out.request.request.headers = std::move(head->headers);
  remove_connection_fields(out.request.request.headers);
  return out;
}

Http1Result<std::optional<Http1Request>> Http1RequestReader::next() {
  if (!head_) {
    // RFC 9112 2.2: an empty line before the request line is to be ignored.
    while (searched_ == 0 && buffer_.starts_with(kLineEnd)) buffer_.erase(0, kLineEnd.size());
    const auto text = take_head(buffer_, searched_);
    if (too_long_head(text, buffer_, limits_)) {
      return refuse(431, std::format("request line and header fields have at most {} bytes", limits_.head_bytes));
    }
    if (!text) return std::nullopt;
    auto begun = begin(*text);
    if (!begun) return std::unexpected(std::move(begun.error()));
    head_ = std::move(*begun);
  }
  if (buffer_.size() < head_->body) return std::nullopt;
  auto out = std::move(head_->request);
  out.request.body = buffer_.substr(0, head_->body);
  buffer_.erase(0, head_->body);
  head_.reset();
  return out;
}

bool Http1RequestReader::wants_continue() {
  return head_ && std::exchange(head_->expects, false) && buffer_.size() < head_->body;
}

// --- responses ---

namespace {

Error as_error(const Http1Refusal& refusal) { return {ErrorKind::corrupt, "malformed answer: " + refusal.why}; }

Result<int> parse_status_line(std::string_view line) {
  // "HTTP/1.1 200 OK"; the reason may be missing
  const bool known = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  const auto code = known ? number(line.substr(9, 3), 10) : std::nullopt;
  if (!code || *code < 100 || *code > 599 || (line.size() > 12 && line[12] != ' ')) {
    return fail(ErrorKind::corrupt, std::format("malformed answer: '{}' is no status line", printable(line)));
  }
  return static_cast<int>(*code);
}

}  // namespace

Error Http1ResponseReader::too_long() const {
  return {ErrorKind::corrupt, std::format("the answer is longer than {} bytes", limits_.body_bytes)};
}

Result<void> Http1ResponseReader::begin(std::string_view text) {
  auto head = parse_http1_head(text, limits_);
  if (!head) return std::unexpected(as_error(head.error()));
  const auto status = parse_status_line(head->start);
  if (!status) return std::unexpected(status.error());
  if (*status < 200) return {};  // 100 Continue: the answer is still to come
  const auto length = single(head->headers, "content-length");
  if (!length) return std::unexpected(as_error(length.error()));
  Begun begun;
  begun.response.response.status = *status;
  begun.response.keep_alive = head->start.starts_with(kVersion) && !says(head->headers, "connection", "close");
  if (const auto coding = find_header(head->headers, "transfer-encoding")) {
    if (lower(*coding) != "chunked" || *length) return std::unexpected(as_error({400, "its length is not clear"}));
    begun.framing = Framing::chunked;
  } else if (*status == 204 || *status == 304) {
    begun.body = 0;
  } else if (*length) {
    const auto bytes = number(**length, 10);
    if (!bytes) return std::unexpected(as_error({400, "Content-Length is no number"}));
    if (*bytes > limits_.body_bytes) return std::unexpected(too_long());
    begun.body = *bytes;
  } else {
    begun.framing = Framing::until_end;
    begun.response.keep_alive = false;
  }
  begun.response.response.headers = std::move(head->headers);
  remove_connection_fields(begun.response.response.headers);
  head_ = std::move(begun);
  return {};
}

// RFC 9112 7.1: size in hexadecimal, CRLF, data, CRLF; the last has size 0 and trailer lines after it, which we drop.
Result<bool> Http1ResponseReader::read_chunks() {
  auto& body = head_->response.response.body;
  for (;;) {
    const auto line_end = buffer_.find(kLineEnd);
    if (line_end == buffer_.npos) {
      if (buffer_.size() >= kChunkLine + kLineEnd.size())
        return std::unexpected(as_error({400, "a chunk without its size"}));
      return false;
    }
    const auto line = std::string_view(buffer_).substr(0, line_end);
    const auto size = number(line.substr(0, line.find(';')), 16);
    if (!size || line.size() > kChunkLine) return std::unexpected(as_error({400, "a chunk without its size"}));
    if (*size > limits_.body_bytes - body.size()) return std::unexpected(too_long());
    const auto data = line_end + kLineEnd.size();
    if (*size == 0) {
      // Trailers end with an empty line; without trailers that is the size line's own end and one more.
      const auto end = buffer_.find(kHeadEnd, line_end);
      if (std::min(end, buffer_.size() - std::min(buffer_.size(), kHeadEnd.size() - 1)) > limits_.head_bytes) {
        return std::unexpected(as_error({400, "trailers without end"}));
      }
      if (end != buffer_.npos) buffer_.erase(0, end + kHeadEnd.size());
      return end != buffer_.npos;
    }
    if (buffer_.size() < data + *size + kLineEnd.size()) return false;
    if (buffer_.compare(data + *size, kLineEnd.size(), kLineEnd) != 0) {
      return std::unexpected(as_error({400, "a chunk that is longer than its size"}));
    }
    body.append(buffer_, data, *size);
    buffer_.erase(0, data + *size + kLineEnd.size());
  }
}

Result<std::optional<Http1Response>> Http1ResponseReader::next() {
  while (!head_) {
    const auto text = take_head(buffer_, searched_);
    if (too_long_head(text, buffer_, limits_)) {
      return std::unexpected(as_error({431, "its head is too long"}));
    }
    if (!text) return std::nullopt;
    if (auto begun = begin(*text); !begun) return std::unexpected(std::move(begun.error()));
  }
  auto& body = head_->response.response.body;
  if (head_->framing == Framing::until_end) {
    if (buffer_.size() > limits_.body_bytes) return std::unexpected(too_long());
    return std::nullopt;
  }
  if (head_->framing == Framing::chunked) {
    const auto whole = read_chunks();
    if (!whole) return std::unexpected(whole.error());
    if (!*whole) return std::nullopt;
  } else {
    if (buffer_.size() < head_->body) return std::nullopt;
    body = buffer_.substr(0, head_->body);
    buffer_.erase(0, head_->body);
  }
  auto out = std::move(head_->response);
  head_.reset();
  return out;
}

Result<Http1Response> Http1ResponseReader::at_end() {
  if (!head_ || head_->framing != Framing::until_end) {
    return fail(ErrorKind::io, "the connection ended before the answer was whole");
  }
  auto out = std::move(head_->response);
  out.response.body = std::exchange(buffer_, {});
  head_.reset();
  return out;
}

// --- texts ---

std::string_view http1_reason(int status) {
  constexpr std::array<std::pair<int, std::string_view>, 16> kReasons{{{200, "OK"},
                                                                       {204, "No Content"},
                                                                       {400, "Bad Request"},
                                                                       {403, "Forbidden"},
                                                                       {404, "Not Found"},
                                                                       {405, "Method Not Allowed"},
                                                                       {408, "Request Timeout"},
                                                                       {409, "Conflict"},
                                                                       {411, "Length Required"},
                                                                       {413, "Content Too Large"},
                                                                       {422, "Unprocessable Content"},
                                                                       {431, "Request Header Fields Too Large"},
                                                                       {500, "Internal Server Error"},
                                                                       {501, "Not Implemented"},
                                                                       {503, "Service Unavailable"},
                                                                       {505, "HTTP Version Not Supported"}}};
  const auto found = std::ranges::find(kReasons, status, &std::pair<int, std::string_view>::first);
  return found == kReasons.end() ? "Status" : found->second;
}

std::string http1_text(const Response& response, bool keep_alive, bool with_body) {
  auto out = std::format("{} {} {}\r\n", kVersion, response.status, http1_reason(response.status));
  for (const auto& header : response.headers) out += std::format("{}: {}\r\n", header.name, header.value);
  const bool bodiless = response.status == 204;  // RFC 9110 8.6: no Content-Length with 204
  if (!bodiless) out += std::format("content-length: {}\r\n", response.body.size());
  out += keep_alive ? "\r\n" : "connection: close\r\n\r\n";
  if (with_body && !bodiless) out += response.body;
  return out;
}

std::string http1_text(const Request& request) {
  auto out = std::format("{} {} {}\r\nhost: {}\r\n", request.method, request.path, kVersion, request.authority);
  for (const auto& header : request.headers) out += std::format("{}: {}\r\n", header.name, header.value);
  if (!request.body.empty() || request.method == "POST") {
    out += std::format("content-length: {}\r\n", request.body.size());
  }
  return out + "\r\n" + request.body;
}

}  // namespace cordon::wire
