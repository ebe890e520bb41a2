// Records in CBOR as somebody else may have written them: whole, and group by group. What can be read is written in
// one form only, and stays within its limits.
#include <cstdlib>
#include <string>

#include "cordon/evidence/record_cbor.h"

namespace {

using namespace cordon::evidence;

void check(const Record& record) {
  std::string bytes;
  encode_record(record, bytes);
  const auto again = decode_record(cordon::as_bytes(bytes));
  if (bytes.size() > kMostRecordBytes || !again) std::abort();
  std::string once_more;
  encode_record(*again, once_more);
  if (once_more != bytes) std::abort();
  const auto line = encode(*again);
  if (line.size() > kLongestJson || line.contains('\n') || !decode(line)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cordon::BytesView bytes{data, size};
  if (const auto record = decode_record(bytes)) check(*record);
  const std::vector<Subject> subjects{{"p:0123456789abcdef0123", "imsi-1"}};
  if (const auto record = read_groups(bytes, {}, subjects)) check(*record);
  if (const auto record = read_groups({}, bytes, subjects)) check(*record);
  if (const auto identifier = read_personal(bytes); identifier && identifier->size() > kMostIdentifierBytes)
    std::abort();
  return 0;
}
