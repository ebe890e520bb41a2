// What may stand in a message's fields (RFC 9113 8.2 and 8.3), beyond what nghttp2 checks by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "cordon/base/result.h"
#include "cordon/wire/message.h"

namespace cordon::wire {

// Names in lower case, connection-specific fields dropped; an error when a name or a value may not be sent.
Result<Headers> outgoing(Headers headers);

// The request as it may be sent: control data checked, Host folded into the authority, content-length set.
Result<Request> outgoing(Request request);

// The response as it may be sent in answer to a request; one that may not be sent becomes a problem with status 500.
Response outgoing(Response response, bool to_head);

// Why a received request is malformed, or nothing. Takes Host as the authority where :authority is missing.
std::optional<std::string_view> fault_of(Request& received);

// The value of content-length; nothing when it is absent (nghttp2 has checked that it is a number).
std::optional<std::uint64_t> content_length(const Headers& headers);

}  // namespace cordon::wire
