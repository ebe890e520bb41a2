// What proxy and writer say to each other: 4 bytes of length (little-endian), then one JSON object.
//   proxy:  {"id":7,"record":{...}}
//   writer: {"id":7,"seq":41}  or  {"id":7,"error":"no_space","message":"..."}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/evidence/record.h"

namespace cordon::evidence {

inline constexpr std::size_t kFrameLimit = 80U << 10;  // a record of the largest size and what stands around it

struct AppendOrder {
  std::uint64_t id = 0;
  Result<Record>
      record;  // an error when only the record in it is wrong: that one is answered, not the end of everything
};

struct AppendReply {
  std::uint64_t id = 0;
  Result<std::uint64_t> sequence;
};

// Whole frames, ready to send.
std::string order_frame(std::uint64_t id, const Record& record);
std::string reply_frame(const AppendReply& reply);

Result<AppendOrder> parse_order(std::string_view payload);
Result<AppendReply> parse_reply(std::string_view payload);

// Takes frames out of a stream of bytes.
class Frames {
 public:
  void add(BytesView bytes);
  // The next whole payload, valid until the next call; nothing while it is incomplete. An error ends the stream.
  Result<std::optional<std::string_view>> next();

 private:
  std::string buffer_;
  std::size_t used_ = 0;
};

}  // namespace cordon::evidence
