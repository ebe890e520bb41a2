// Memory for nghttp2. Each of its sessions keeps a buffer for the largest frame, of which little is ever used: large
// blocks come as pages of their own, which cost nothing until they are touched. An idle connection is 12 kB smaller.
#pragma once

#include <nghttp2/nghttp2.h>

namespace cordon::wire {

nghttp2_mem* http2_memory();

}  // namespace cordon::wire
