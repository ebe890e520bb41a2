// The messages of Envoy's envoy.service.auth.v3, as far as they are used. The only file that knows protocol buffers.
#pragma once

#include <string>
#include <string_view>

#include "cordon/base/result.h"
#include "cordon/neighbours/inquiry.h"

namespace cordon::neighbours {

inline constexpr std::size_t kMostHeaders = 256;
inline constexpr std::string_view kProducerExtension = "cordon-producer";  // among the context extensions

// CheckRequest: source, request.http and the context extension cordon-producer. Fields that are not known are passed
// over.
Result<Inquiry> read_check_request(std::string_view message);

// CheckResponse: with fields for the producer, or with the whole refusal.
std::string write_check_response(const Advice& advice);

}  // namespace cordon::neighbours
