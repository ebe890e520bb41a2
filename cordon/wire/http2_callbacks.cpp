#include "cordon/wire/http2_callbacks.h"

#include <algorithm>
#include <cstdlib>
#include <format>

#include "cordon/wire/http2_memory.h"

namespace cordon::wire {

namespace {

constexpr std::size_t kPendingOutput = 64 * 1024;  // beyond it bodies wait until the driver has written

Http2Session& self(void* user_data) { return *static_cast<Http2Session*>(user_data); }

std::string_view text(const std::uint8_t* bytes, std::size_t size) { return as_text({bytes, size}); }

bool ends_stream(const nghttp2_frame_hd& head) { return (head.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

struct FreeOption {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
struct FreeTable {
  void operator()(nghttp2_session_callbacks* table) const { nghttp2_session_callbacks_del(table); }
};
using Option = std::unique_ptr<nghttp2_option, FreeOption>;
using Table = std::unique_ptr<nghttp2_session_callbacks, FreeTable>;

Option options(const Http2Limits& limits) {
  nghttp2_option* made = nullptr;
  if (nghttp2_option_new(&made) != 0) std::abort();  // out of memory
  Option option(made);
  nghttp2_option_set_no_auto_window_update(made, 1);
  nghttp2_option_set_no_closed_streams(made, 1);
  nghttp2_option_set_max_settings(made, 32);
  nghttp2_option_set_max_outbound_ack(made, 512);
  // As many frames of 16 KiB as the announced list size can need; the rest because nghttp2 counts a frame whose head
  // arrives in pieces once for each piece (nine bytes at most).
  nghttp2_option_set_max_continuations(made, std::min<std::size_t>(limits.max_header_bytes / 16384, 16) + 9);
  nghttp2_option_set_max_send_header_block_length(made, 256 * 1024);
  // Far above FloodGuard, which decides: it also counts the resets we are provoked into.
  nghttp2_option_set_stream_reset_rate_limit(made, 1000 + 2ULL * limits.max_resets, 100 + limits.max_resets);
  return option;
}

}  // namespace

nghttp2_session* Http2Session::Callbacks::make_session(Http2Session& session) {
  nghttp2_session_callbacks* made = nullptr;
  if (nghttp2_session_callbacks_new(&made) != 0) std::abort();  // out of memory
  const Table table(made);
  nghttp2_session_callbacks_set_on_begin_frame_callback(made, on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(made, on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(made, on_invalid_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data_chunk);
  nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(made, on_frame_send);
  nghttp2_session_callbacks_set_on_stream_close_callback(made, on_stream_close);
  nghttp2_session_callbacks_set_error_callback2(made, on_error);
  nghttp2_session_callbacks_set_send_data_callback(made, send_data);
  const auto option = options(session.limits_);
  const auto make = session.role_ == Role::server ? nghttp2_session_server_new3 : nghttp2_session_client_new3;
  nghttp2_session* out = nullptr;
  if (make(&out, made, &session, option.get(), http2_memory()) != 0) std::abort();  // out of memory
  return out;
}

int Http2Session::Callbacks::on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user_data) {
  auto& session = self(user_data);
  if (head->type != NGHTTP2_HEADERS && head->type != NGHTTP2_CONTINUATION) session.guard_.noise();
  // RFC 9113 6.3: "the recipient MUST respond with a connection error"; nghttp2 passes it over.
  if (head->type == NGHTTP2_PRIORITY && head->stream_id == 0) {
    session.fail_with(NGHTTP2_PROTOCOL_ERROR, "a PRIORITY frame on stream 0");
  }
  if (head->type == NGHTTP2_HEADERS && session.is_closed(head->stream_id)) {
    session.fail_with(NGHTTP2_STREAM_CLOSED, "HEADERS on a stream that is closed");
  }
  return session.failed_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

int Http2Session::Callbacks::on_begin_headers(nghttp2_session* nghttp2, const nghttp2_frame* frame, void* user_data) {
  auto& session = self(user_data);
  const auto id = frame->hd.stream_id;
  if (session.role_ == Role::server && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    session.current_ = &session.adopt(id);
    session.newest_ = id;
    nghttp2_session_set_stream_user_data(nghttp2, id, session.current_);
  } else {
    session.current_ = session.find(id);
  }
  return 0;
}

int Http2Session::Callbacks::on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                                       std::uint8_t, void* user_data) {
  auto& session = self(user_data);
  if (session.current_ != nullptr && session.current_->id == frame->hd.stream_id) {
    if (!session.take_field(*session.current_, text(name, name_size), text(value, value_size))) {
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }
  return 0;
}

// RFC 9113 8.2.1: "A request or response that contains ... invalid field names or values ... MUST be treated as
// malformed"; nghttp2 would only skip the field.
int Http2Session::Callbacks::on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*,
                                               std::size_t, const std::uint8_t*, std::size_t, std::uint8_t, void*) {
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int Http2Session::Callbacks::on_data_chunk(nghttp2_session* nghttp2, std::uint8_t, std::int32_t id,
                                           const std::uint8_t* data, std::size_t size, void* user_data) {
  auto& session = self(user_data);
  session.guard_.useful(1);  // takes back what on_begin_frame counted: only empty DATA is noise
  nghttp2_session_consume_connection(nghttp2, size);
  auto* stream = session.find(id);
  if (stream != nullptr && !stream->refused) session.take_body(*stream, {data, size});
  return 0;
}

int Http2Session::Callbacks::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  auto& session = self(user_data);
  const auto& head = frame->hd;
  switch (head.type) {
    case NGHTTP2_HEADERS:
      if (auto* stream = session.find(head.stream_id)) session.end_fields(*stream, ends_stream(head));
      break;
    case NGHTTP2_DATA:
      if (!ends_stream(head)) break;
      if (auto* stream = session.find(head.stream_id)) session.end_message(*stream);
      break;
    case NGHTTP2_RST_STREAM:
      if (session.role_ == Role::server) session.guard_.reset();
      break;
    case NGHTTP2_SETTINGS:
      session.peer_ready_ = true;
      break;
    case NGHTTP2_GOAWAY:
      on_goaway(session, frame->goaway);
      break;
    default:
      break;
  }
  return 0;
}

void Http2Session::Callbacks::on_goaway(Http2Session& session, const nghttp2_goaway& frame) {
  if (frame.error_code != NGHTTP2_NO_ERROR && session.reason_.empty()) {
    session.reason_ = std::format("the peer ended the connection: {}", nghttp2_http2_strerror(frame.error_code));
  }
  if (session.role_ == Role::server) return;
  session.going_away_ = true;
  session.push(Event::Kind::going_away, nullptr);
}

int Http2Session::Callbacks::on_frame_send(nghttp2_session* nghttp2, const nghttp2_frame* frame, void* user_data) {
  auto& session = self(user_data);
  const auto& head = frame->hd;
  const bool server = session.role_ == Role::server;
  if (head.type == NGHTTP2_RST_STREAM) session.reset_by_us_[session.resets_sent_++ % kRemembered] = head.stream_id;
  // CVE-2025-8671: the peer made us reset. Refusals are our own choice, made before any work was done: many are
  // noise.
  if (head.type == NGHTTP2_RST_STREAM && server) {
    if (frame->rst_stream.error_code == NGHTTP2_REFUSED_STREAM) {
      session.guard_.noise();
    } else {
      session.guard_.reset();
    }
  }
  if (head.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR && session.reason_.empty()) {
    session.reason_ = std::format("{}: {}", nghttp2_http2_strerror(frame->goaway.error_code), session.detail_);
  }
  if (head.type != NGHTTP2_HEADERS && head.type != NGHTTP2_DATA) return 0;
  // Allows for the WINDOW_UPDATEs that answer it; but a peer that takes its answer by the byte (CVE-2019-9511) sends
  // noise.
  constexpr std::size_t kSmall = 1024;
  if (head.type == NGHTTP2_HEADERS || ends_stream(head) || head.length >= kSmall) session.guard_.useful(2);
  auto* stream = session.find(head.stream_id);
  if (stream != nullptr && !server) stream->left = true;
  if (server && ends_stream(head) && nghttp2_session_get_stream_remote_close(nghttp2, head.stream_id) == 0) {
    session.reset(head.stream_id, NGHTTP2_NO_ERROR);  // RFC 9113 8.1: answered before the request was whole
  }
  return 0;
}

int Http2Session::Callbacks::on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user_data) {
  auto& session = self(user_data);
  if (auto* stream = session.find(id)) session.end_stream(*stream, code);
  return 0;
}

int Http2Session::Callbacks::on_error(nghttp2_session*, int, const char* words, std::size_t size, void* user_data) {
  // The sentence quotes the peer: its values may be secrets, its bytes may forge log lines.
  std::string_view sentence(words, size);
  auto& detail = self(user_data).detail_;
  detail = sentence.substr(0, std::min<std::size_t>(sentence.find(", value:"), 200));
  std::ranges::replace_if(detail, [](char c) { return c < ' ' || c > '~'; }, '?');
  return 0;
}

nghttp2_ssize Http2Session::Callbacks::read_body(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t room,
                                                 std::uint32_t* flags, nghttp2_data_source* source, void* user_data) {
  auto& session = self(user_data);
  const auto& stream = *static_cast<const Stream*>(source->ptr);
  const auto left = session.leaving_body(stream).size() - stream.sent;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (left <= room) *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (left <= room && !stream.trailers.empty()) {
    if (!session.submit_trailers(stream)) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  }
  return static_cast<nghttp2_ssize>(std::min(left, room));
}

int Http2Session::Callbacks::send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t size,
                                       nghttp2_data_source* source, void* user_data) {
  auto& session = self(user_data);
  if (session.out_.size() >= kPendingOutput) return NGHTTP2_ERR_WOULDBLOCK;
  auto& stream = *static_cast<Stream*>(source->ptr);
  constexpr std::size_t kFrameHead = 9;  // RFC 9113 4.1; we never pad
  session.append(head, kFrameHead);
  session.append(as_bytes(session.leaving_body(stream)).subspan(stream.sent, size).data(), size);
  stream.sent += size;
  session.unsent_ -= size;
  session.moved_ += size;
  return 0;
}

}  // namespace cordon::wire
