#include "cordon/wire/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstdlib>
#include <format>

#include "cordon/wire/http2_callbacks.h"
#include "cordon/wire/http2_fields.h"

namespace cordon::wire {

namespace {

constexpr std::int32_t kConnectionWindow = 1 << 20;
constexpr std::uint32_t kStreamWindow = 256 * 1024;
constexpr std::size_t kBatch = 64 * 1024;  // gathered for one write
constexpr std::size_t kSpareStreams = 64;
constexpr std::size_t kHeaderBomb = 8;            // so many times the largest header list: not worth a polite answer
constexpr std::size_t kFirstReserve = 64 * 1024;  // a stranger's content-length may not make us allocate more at once

// nghttp2 only reads through these pointers; its structure lacks the const.
std::uint8_t* unconst(std::string_view text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

// Not copied: the stream owns the text until it closes, which is after nghttp2 wrote it.
nghttp2_nv field(std::string_view name, std::string_view value) {
  std::uint8_t flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  // RFC 7541 7.1.3: a secret must not enter a compression table shared with other requests.
  if (name == "3gpp-sbi-client-credentials") flags |= NGHTTP2_NV_FLAG_NO_INDEX;
  return {unconst(name), unconst(value), name.size(), value.size(), flags};
}

void append_fields(std::vector<nghttp2_nv>& fields, const Headers& headers) {
  for (const auto& header : headers) fields.push_back(field(header.name, header.value));
}

}  // namespace

// === beginning and end ===

Http2Session::Http2Session(Role role, const Http2Limits& limits) : role_(role), limits_(limits), guard_(limits) {
  session_ = Callbacks::make_session(*this);
  submit_settings();
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

void Http2Session::submit_settings() {
  const bool server = role_ == Role::server;
  const auto headers = static_cast<std::uint32_t>(std::min<std::size_t>(limits_.max_header_bytes, 1U << 30));
  const std::array<nghttp2_settings_entry, 5> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, server ? limits_.max_streams : 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, headers},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
  }};
  // RFC 9113 8.4: only a client has pushes to forbid.
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size() - (server ? 1 : 0));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

void Http2Session::announce_end() {
  if (!going_away_) nghttp2_submit_shutdown_notice(session_);
}

void Http2Session::go_away() {
  if (going_away_) return;
  going_away_ = true;
  const auto last = nghttp2_session_get_last_proc_stream_id(session_);
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
}

void Http2Session::terminate(std::uint32_t code) {
  going_away_ = true;
  nghttp2_session_terminate_session(session_, code);
}

void Http2Session::fail_with(std::uint32_t code, std::string why) {
  if (failed_) return;
  failed_ = true;
  reason_ = std::move(why);
  terminate(code);
}

bool Http2Session::finished() const {
  return written_ == out_.size() && nghttp2_session_want_read(session_) == 0 &&
         nghttp2_session_want_write(session_) == 0;
}

// RFC 9113 5.1.1: a connection also ends when its stream numbers have run out.
bool Http2Session::usable() const {
  return !going_away_ && !failed_ && nghttp2_session_check_request_allowed(session_) != 0;
}

// === streams ===

Http2Session::Stream* Http2Session::find(StreamId id) const {
  return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session_, id));
}

Http2Session::Stream& Http2Session::adopt(StreamId id) {
  if (spare_.empty()) spare_.push_back(std::make_unique<Stream>());
  streams_.push_back(std::move(spare_.back()));
  spare_.pop_back();
  auto& stream = *streams_.back();
  stream.id = id;
  stream.time = now_;
  stream.place = streams_.size() - 1;
  return stream;
}

void Http2Session::retire(Stream& stream) {
  auto& last = streams_.back();
  last->place = stream.place;
  std::swap(streams_[stream.place], last);
  if (spare_.size() < kSpareStreams) {
    *last = Stream{};
    spare_.push_back(std::move(last));
  }
  streams_.pop_back();
}

std::optional<Http2Session::Event> Http2Session::next_event() {
  if (retiring_ != nullptr) retire(*std::exchange(retiring_, nullptr));
  if (!has_events()) {
    events_.clear();
    taken_ = 0;
    return std::nullopt;
  }
  const auto event = events_[taken_++];
  if (event.kind == Event::Kind::closed) retiring_ = event.stream;
  if (event.kind == Event::Kind::message) {
    // A request already reset costs nothing further: half of the answer to CVE-2023-44487.
    if (role_ == Role::server && event.stream->closed) return next_event();
    event.stream->delivered = true;
  }
  return event;
}

// === arriving ===

Result<void> Http2Session::receive(BytesView bytes, SteadyTime now) {
  now_ = now;
  guard_.move_to(now);
  if (!failed_) {
    const auto taken = nghttp2_session_mem_recv2(session_, bytes.data(), bytes.size());
    if (taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC) {
      fail_with(NGHTTP2_PROTOCOL_ERROR, "the peer does not speak HTTP/2 (RFC 9113 3.4: wrong preface)");
    } else if (taken < 0) {
      const bool flood = taken == NGHTTP2_ERR_FLOODED || taken == NGHTTP2_ERR_TOO_MANY_SETTINGS ||
                         taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
      fail_with(flood ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_INTERNAL_ERROR,
                nghttp2_strerror(static_cast<int>(taken)));
    }
    check_floods();
  }
  if (failed_) return fail(ErrorKind::io, reason_);
  return {};
}

void Http2Session::check_floods() {
  if (guard_.too_many_resets()) {
    fail_with(NGHTTP2_ENHANCE_YOUR_CALM, std::format("the peer caused more than {} stream resets in {}",
                                                     limits_.max_resets, limits_.reset_window));
  } else if (guard_.too_much_noise()) {
    fail_with(NGHTTP2_ENHANCE_YOUR_CALM, std::format("the peer sent more than {} frames without a message in {}",
                                                     FloodGuard::kMaxNoise, limits_.reset_window));
  }
}

bool Http2Session::take_field(Stream& stream, std::string_view name, std::string_view value) {
  // RFC 9113 10.5.1: the list is counted and dropped, because HPACK must go on being decoded.
  stream.header_bytes += name.size() + value.size() + 32;
  // Trailers are checked by nghttp2 and then discarded, as RFC 9110 6.5.1 permits.
  if (stream.header_bytes > limits_.max_header_bytes * kHeaderBomb) {
    // An indexed field is one byte to send and up to 4 KiB to look at (RFC 7541 2.3.3).
    fail_with(NGHTTP2_ENHANCE_YOUR_CALM, "a header list is many times larger than allowed");
    return false;
  }
  if (stream.header_bytes > limits_.max_header_bytes || stream.fields_done) return true;
  auto& headers = role_ == Role::server ? stream.request.headers : stream.response.headers;
  if (!name.starts_with(':')) {
    if (headers.empty()) headers.reserve(16);
    headers.push_back({std::string(name), std::string(value)});
    return true;
  }
  switch (name[1]) {  // nghttp2 lets only the pseudo fields of RFC 9113 8.3 pass
    case 'm':
      stream.request.method = value;
      break;
    case 'p':
      stream.request.path = value;
      break;
    case 'a':
      stream.request.authority = value;
      break;
    default:
      if (role_ == Role::server) {
        stream.request.scheme = value;
      } else {
        stream.response.status = (value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0');
      }
  }
  return true;
}

void Http2Session::end_fields(Stream& stream, bool last) {
  if (!stream.fields_done) {
    if (role_ == Role::server) {
      end_request_fields(stream, last);
    } else {
      end_response_fields(stream);
    }
  } else if (stream.header_bytes > limits_.max_header_bytes && !stream.refused) {
    discard(stream);
    reset(stream.id, NGHTTP2_ENHANCE_YOUR_CALM);
  }
  if (last) end_message(stream);
}

void Http2Session::end_request_fields(Stream& stream, bool last) {
  auto& request = stream.request;
  stream.fields_done = true;
  stream.complete = last;
  stream.to_head = request.method == "HEAD";
  if (going_away_ || unsent_ > limits_.max_buffered) {  // RFC 9113 8.7: safe to try again elsewhere
    discard(stream);
    return reset(stream.id, NGHTTP2_REFUSED_STREAM);
  }
  if (stream.header_bytes > limits_.max_header_bytes) {
    return refuse(stream, 431, "Request Header Fields Too Large",
                  std::format("the header fields exceed {} bytes", limits_.max_header_bytes));
  }
  if (request.method == "CONNECT") return refuse(stream, 501, "Not Implemented", "CONNECT is not served");
  if (const auto fault = fault_of(request)) {
    detail_ = *fault;
    discard(stream);
    return reset(stream.id, NGHTTP2_PROTOCOL_ERROR);
  }
  const auto length = content_length(request.headers);
  if (length && *length > limits_.max_body) {
    return refuse(stream, 413, "Content Too Large", std::format("the body exceeds {} bytes", limits_.max_body));
  }
  if (length) request.body.reserve(std::min<std::size_t>(*length, kFirstReserve));
  if (last) return;
  if (std::erase_if(request.headers, [](const Header& h) { return h.name == "expect"; }) != 0) {
    const auto status = field(":status", "100");  // RFC 9110 10.1.1
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id, nullptr, &status, 1, nullptr);
  }
}

void Http2Session::end_response_fields(Stream& stream) {
  auto& response = stream.response;
  const bool too_large = stream.header_bytes > limits_.max_header_bytes;
  // RFC 9110 15: "Values outside the range 100..599 are invalid"; nghttp2 lets any three digits pass.
  if (too_large || response.status < 100 || response.status > 599) {
    stream.fault = too_large ? "the answer's header fields are too large" : "the answer's status is not 100 to 599";
    discard(stream);
    return reset(stream.id, too_large ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
  }
  if (response.status >= 200) {
    stream.fields_done = true;
    return;
  }
  guard_.noise();  // RFC 9110 15.2: interim responses carry nothing we pass on
  response = {};
  stream.header_bytes = 0;
}

void Http2Session::take_body(Stream& stream, BytesView bytes) {
  auto& body = arriving_body(stream);
  if (body.size() + bytes.size() > limits_.max_body) {
    if (role_ == Role::server) {
      return refuse(stream, 413, "Content Too Large", std::format("the body exceeds {} bytes", limits_.max_body));
    }
    stream.fault = "the answer's body is too large";
    discard(stream);
    return reset(stream.id, NGHTTP2_CANCEL);
  }
  body.append(as_text(bytes));
  buffered_ += bytes.size();
  give_window(stream, bytes.size());
}

void Http2Session::end_message(Stream& stream) {
  if (stream.refused) return;
  guard_.useful(4);
  stream.complete = true;
  buffered_ -= arriving_body(stream).size();
  withheld_ -= std::exchange(stream.withheld, 0);
  release_windows();
  push(Event::Kind::message, &stream);
  // RFC 9113 8.1: the server has answered without the rest of our request, so the rest is not sent.
  if (role_ == Role::client && nghttp2_session_get_stream_local_close(session_, stream.id) == 0) {
    reset(stream.id, NGHTTP2_CANCEL);
  }
}

void Http2Session::end_stream(Stream& stream, std::uint32_t code) {
  stream.closed = true;
  stream.code = code;
  if (!stream.complete && !stream.refused) buffered_ -= arriving_body(stream).size();
  withheld_ -= std::exchange(stream.withheld, 0);
  if (stream.answered || role_ == Role::client) unsent_ -= leaving_body(stream).size() - stream.sent;
  if (&stream == current_) current_ = nullptr;
  release_windows();
  push(Event::Kind::closed, &stream);
}

// RFC 9113 8.1: "a server can send a complete response prior to the client sending an entire request"; once it left,
// the stream is reset with NO_ERROR (see Callbacks::on_frame_send).
void Http2Session::refuse(Stream& stream, int status, std::string_view title, std::string detail) {
  discard(stream);
  stream.answered = true;
  stream.response = to_response(
      {.status = status, .title = std::string(title), .cause = {}, .detail = std::move(detail), .instance = {}});
  submit_response(stream);
}

// Nothing more of this stream is kept or handed on.
void Http2Session::discard(Stream& stream) {
  if (!stream.complete) buffered_ -= arriving_body(stream).size();
  withheld_ -= std::exchange(stream.withheld, 0);
  arriving_body(stream) = {};
  stream.refused = true;
  release_windows();
}

void Http2Session::reset(StreamId id, std::uint32_t code) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, code);
}

// Server: whether that stream is over for both sides, or was passed over (RFC 9113 5.1.1: numbers only grow).
bool Http2Session::is_closed(StreamId id) const {
  return role_ == Role::server && id <= newest_ && id % 2 == 1 && find(id) == nullptr &&
         std::ranges::find(reset_by_us_, id) == reset_by_us_.end();
}

void Http2Session::answer_late(SteadyTime began_before) {
  for (const auto& stream : streams_) {
    if (stream->complete || stream->refused || stream->closed || stream->time >= began_before) continue;
    if (!stream->fields_done) {  // an unfinished header block holds up every other stream
      return fail_with(NGHTTP2_ENHANCE_YOUR_CALM, "a header block did not arrive whole in time");
    }
    refuse(*stream, 408, "Request Timeout", "the request did not arrive whole in time");
  }
}

// A trickle is progress to the connection's own clock, so one stream could be held for ever.
void Http2Session::drop_slow(SteadyTime now, std::chrono::nanoseconds limit) {
  for (const auto& stream : streams_) {
    if (!stream->answered || stream->closed) continue;
    if (!std::exchange(stream->waiting, true)) {
      stream->time = now;
    } else if (now - stream->time >= limit) {
      reset(stream->id, NGHTTP2_CANCEL);
    }
  }
}

// === windows ===

void Http2Session::give_window(Stream& stream, std::size_t bytes) {
  if (buffered_ <= limits_.max_buffered || oldest_buffering() == &stream) {
    nghttp2_session_consume_stream(session_, stream.id, bytes);
    return;
  }
  stream.withheld += bytes;
  withheld_ += bytes;
}

// The oldest always gets its window back: it can finish, and then frees memory for the others.
const Http2Session::Stream* Http2Session::oldest_buffering() const {
  const Stream* oldest = nullptr;
  for (const auto& stream : streams_) {
    const bool buffering =
        !stream->complete && !stream->closed && !stream->refused && !arriving_body(*stream).empty();
    if (buffering && (oldest == nullptr || stream->id < oldest->id)) oldest = stream.get();
  }
  return oldest;
}

void Http2Session::release_windows() {
  if (withheld_ == 0) return;
  const bool all = buffered_ <= limits_.max_buffered;
  const auto* oldest = oldest_buffering();
  for (const auto& stream : streams_) {
    if (stream->withheld == 0 || (!all && stream.get() != oldest)) continue;
    withheld_ -= stream->withheld;
    nghttp2_session_consume_stream(session_, stream->id, std::exchange(stream->withheld, 0));
  }
}

// === leaving ===

BytesView Http2Session::output() {
  if (written_ == out_.size()) {
    out_.clear();
    written_ = 0;
    while (out_.size() < kBatch) {
      const std::uint8_t* bytes = nullptr;
      const auto count = nghttp2_session_mem_send2(session_, &bytes);
      if (count < 0) fail_with(NGHTTP2_INTERNAL_ERROR, nghttp2_strerror(static_cast<int>(count)));
      if (count <= 0) break;
      append(bytes, static_cast<std::size_t>(count));
    }
  }
  return BytesView(out_).subspan(written_);
}

void Http2Session::respond(StreamId id, Response response, Headers trailers) {
  auto* stream = find(id);
  if (stream == nullptr || stream->answered || !stream->delivered) return;
  auto after = outgoing(std::move(trailers));
  if (!after) response.status = 0;  // becomes a 500 as any answer that may not be sent
  stream->answered = true;
  stream->response = outgoing(std::move(response), stream->to_head);
  if (after && !stream->to_head) stream->trailers = std::move(*after);
  submit_response(*stream);
}

bool Http2Session::awaits(StreamId id) const {
  const auto* stream = find(id);
  return stream != nullptr && stream->delivered && !stream->answered && !stream->closed;
}

void Http2Session::submit_response(Stream& stream) {
  const auto& response = stream.response;
  std::format_to_n(stream.status.data(), 3, "{}", response.status);
  std::vector<nghttp2_nv> fields;
  fields.reserve(response.headers.size() + 1);
  fields.push_back(field(":status", {stream.status.data(), stream.status.size()}));
  append_fields(fields, response.headers);
  const nghttp2_data_provider2 body = {{.ptr = &stream}, &Callbacks::read_body};
  unsent_ += response.body.size();
  const bool only_fields = response.body.empty() && stream.trailers.empty();
  const int failed =
      nghttp2_submit_response2(session_, stream.id, fields.data(), fields.size(), only_fields ? nullptr : &body);
  if (failed != 0) reset(stream.id, NGHTTP2_INTERNAL_ERROR);
}

// RFC 9113 8.1: they end the stream, so the last DATA frame does not.
bool Http2Session::submit_trailers(const Stream& stream) {
  std::vector<nghttp2_nv> fields;
  append_fields(fields, stream.trailers);
  return nghttp2_submit_trailer(session_, stream.id, fields.data(), fields.size()) == 0;
}

Result<Http2Session::Stream*> Http2Session::request(Request request) {
  auto sound = outgoing(std::move(request));
  if (!sound) return std::unexpected(std::move(sound.error()));
  auto& stream = adopt(0);
  stream.request = std::move(*sound);
  const auto& message = stream.request;
  std::vector<nghttp2_nv> fields;
  fields.reserve(message.headers.size() + 4);
  fields.push_back(field(":method", message.method));
  fields.push_back(field(":scheme", message.scheme));
  fields.push_back(field(":authority", message.authority));
  fields.push_back(field(":path", message.path));
  append_fields(fields, message.headers);
  const nghttp2_data_provider2 body = {{.ptr = &stream}, &Callbacks::read_body};
  stream.id = nghttp2_submit_request2(session_, nullptr, fields.data(), fields.size(),
                                      message.body.empty() ? nullptr : &body, &stream);
  if (stream.id < 0) {
    const int code = stream.id;
    retire(stream);
    return fail(ErrorKind::unavailable,
                std::format("the connection takes no more requests: {}", nghttp2_strerror(code)));
  }
  unsent_ += message.body.size();
  return &stream;
}

void Http2Session::cancel(Stream& stream) {
  if (stream.closed) return;
  if (!stream.refused && !stream.complete) discard(stream);
  reset(stream.id, NGHTTP2_CANCEL);
}

}  // namespace cordon::wire
