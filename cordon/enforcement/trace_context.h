// W3C Trace Context: Cordon's own hop as a span between the caller's and the producer's.
#pragma once

#include <cstdint>
#include <string>

#include "cordon/wire/message.h"

namespace cordon::enforcement {

class TraceContext {
 public:
  TraceContext();

  // The request goes on as of a span of its own: in the trace it came with, or in a new one. The span it came from;
  // "" when it came with none, or with one that is not valid, whose tracestate then goes too.
  std::string enter(wire::Headers& headers);

 private:
  std::uint64_t next();

  std::uint64_t state_;
};

}  // namespace cordon::enforcement
