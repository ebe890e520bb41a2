// The seam to nghttp2: what it calls, and how a session is made.
#pragma once

#include <nghttp2/nghttp2.h>

#include "cordon/wire/http2_session.h"

namespace cordon::wire {

// Every function gets the Http2Session as user_data and returns 0 or an NGHTTP2_ERR_ code.
struct Http2Session::Callbacks {
  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user_data);
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data);
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t flags, void* user_data);
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                               std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                               std::uint8_t flags, void* user_data);
  static int on_data_chunk(nghttp2_session*, std::uint8_t flags, std::int32_t id, const std::uint8_t* data,
                           std::size_t size, void* user_data);
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data);
  static int on_frame_send(nghttp2_session*, const nghttp2_frame* frame, void* user_data);
  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user_data);
  static int on_error(nghttp2_session*, int code, const char* text, std::size_t size, void* user_data);
  static nghttp2_ssize read_body(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t room,
                                 std::uint32_t* flags, nghttp2_data_source* source, void* user_data);
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head, std::size_t size,
                       nghttp2_data_source* source, void* user_data);

  static nghttp2_session* make_session(Http2Session& session);
  static void on_goaway(Http2Session& session, const nghttp2_goaway& frame);
};

}  // namespace cordon::wire
