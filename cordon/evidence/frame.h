// What proxy and writer say to each other: 4 bytes of length (little-endian), then one CBOR map.
//   proxy:  {1: id, 2: record}                                    keep this record
//   writer: {1: id, 3: sequence} or {1: id, 4: error, 5: message}  it is durable, or why it is not
//   writer: {6: epoch, 7: pseudonym key, 8: spool key}             at connect and at every change of epoch
// Keys that are not known are skipped. The socket lies in a private folder and has mode 0600: who may read the keys
// there may write records, too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cordon/base/bytes.h"
#include "cordon/evidence/record.h"

namespace cordon::evidence {

inline constexpr std::size_t kFrameLimit = 80U << 10;  // a record of the largest size and what stands around it

struct AppendOrder {
  std::uint64_t id = 0;
  // An error when only the record is wrong: that one is answered, not the end of everything.
  Result<Record> record;
};

struct AppendReply {
  std::uint64_t id = 0;
  Result<std::uint64_t> sequence;
};

struct EpochKeys {
  std::uint32_t epoch = 0;
  Bytes pseudonym_key;
  Bytes spool_key;
};

using WriterSays = std::variant<AppendReply, EpochKeys>;

// Whole frames, appended, ready to send.
void append_order(std::string& out, std::uint64_t id, const Record& record);
void append_order(std::string& out, std::uint64_t id, std::string_view encoded);  // by encode_record
void append_reply(std::string& out, const AppendReply& reply);
void append_keys(std::string& out, const EpochKeys& keys);

Result<AppendOrder> parse_order(std::string_view payload);
Result<WriterSays> parse_writer(std::string_view payload);

// Takes frames out of a stream of bytes. What was taken is wiped: keys and identifiers pass here.
class Frames {
 public:
  Frames() = default;
  ~Frames();
  Frames(Frames&&) = default;
  Frames& operator=(Frames&&) = default;

  void add(BytesView bytes);
  // The next whole payload, valid until the next call; nothing while it is incomplete. An error ends the stream.
  Result<std::optional<std::string_view>> next();

 private:
  std::string buffer_;
  std::size_t used_ = 0;
};

}  // namespace cordon::evidence
