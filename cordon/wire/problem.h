// Refusals as application/problem+json (RFC 9457, TS 29.500 5.2.7, TS 29.571 ProblemDetails).
#pragma once

#include <string>
#include <string_view>

#include "cordon/wire/message.h"

namespace cordon::wire {

struct Problem {
  int status = 500;
  std::string title;
  std::string cause;        // TS 29.500 table 5.2.7.2-1, for example "UNAUTHORIZED" ... or empty
  std::string detail;       // the sentence a person reads
  std::string instance;     // "urn:cordon:record:<number>" or empty
  int retry_after = 0;      // seconds, as Retry-After (RFC 9110 10.2.3); 0: not said
  std::string challenge{};  // as WWW-Authenticate (RFC 9110 11.6.1); empty: none
};

Response to_response(const Problem& problem);

}  // namespace cordon::wire
