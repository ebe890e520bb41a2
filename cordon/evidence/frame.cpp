#include "cordon/evidence/frame.h"

#include <array>

#include "cordon/evidence/record_cbor.h"
#include "cordon/wire/cbor.h"

namespace cordon::evidence {

namespace {

using wire::CborReader;
using wire::CborType;
using wire::CborWriter;

constexpr std::size_t kLength = 4;
constexpr std::size_t kMessage = 2048;
constexpr std::size_t kKeyBytes = 64;  // more is no key

enum Key : std::uint64_t {
  kId = 1,
  kRecord = 2,
  kSequence = 3,
  kError = 4,
  kMessageText = 5,
  kEpoch = 6,
  kPseudonymKey = 7,
  kSpoolKey = 8,
};

// What both sides call an error; other kinds become io.
constexpr std::array kErrors{ErrorKind::io, ErrorKind::no_space, ErrorKind::invalid_input, ErrorKind::unavailable};

std::uint64_t number_of(ErrorKind kind) {
  for (std::uint64_t i = 0; i < kErrors.size(); ++i) {
    if (kErrors[i] == kind) return i;
  }
  return 0;
}

void wipe_text(std::string& text, std::size_t length) {
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), length});  // char may be written as bytes
}

// Leaves room for the length, which end_frame fills in.
std::size_t begin_frame(std::string& out) {
  out.append(kLength, '\0');
  return out.size();
}

void end_frame(std::string& out, std::size_t begin) {
  const auto length = static_cast<std::uint32_t>(out.size() - begin);
  for (unsigned i = 0; i < kLength; ++i) out[begin - kLength + i] = static_cast<char>(length >> (8 * i) & 0xFFU);
}

std::size_t length_at(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLength; ++i) length |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return length;
}

std::unexpected<Error> refuse(std::string what) { return fail(ErrorKind::invalid_input, std::move(what)); }

// A frame that was understood as far as its keys are known.
struct Parsed {
  std::optional<std::uint64_t> id;
  std::optional<Result<Record>> record;
  std::optional<std::uint64_t> sequence;
  std::optional<std::uint64_t> error;
  std::string message;
  std::optional<std::uint64_t> epoch;
  Bytes pseudonym_key;
  Bytes spool_key;
};

class FrameReader {
 public:
  explicit FrameReader(std::string_view payload) : bytes_(as_bytes(payload)), cbor_(bytes_) {}
  Result<Parsed> read();

 private:
  Result<void> member(std::uint64_t key);
  Result<void> number(std::optional<std::uint64_t>& into);
  Result<void> key_bytes(Bytes& into);
  Result<void> record();
  Result<void> message();

  BytesView bytes_;
  CborReader cbor_;
  Parsed parsed_;
};

Result<void> FrameReader::number(std::optional<std::uint64_t>& into) {
  const auto value = cbor_.unsigned_integer();
  if (!value) return std::unexpected(value.error());
  into = *value;
  return {};
}

Result<void> FrameReader::key_bytes(Bytes& into) {
  const auto value = cbor_.bytes();
  if (!value) return std::unexpected(value.error());
  if (value->size() > kKeyBytes) return refuse(std::format("a key of {} bytes", value->size()));
  into.assign(value->begin(), value->end());
  return {};
}

// Whatever is wrong within a well-formed item is wrong with that record only.
Result<void> FrameReader::record() {
  const auto from = cbor_.position();
  if (auto whole = cbor_.skip(); !whole) return whole;
  parsed_.record = decode_record(bytes_.subspan(from, cbor_.position() - from));
  return {};
}

Result<void> FrameReader::message() {
  const auto text = cbor_.text();
  if (!text) return std::unexpected(text.error());
  parsed_.message = *text;
  return {};
}

Result<void> FrameReader::member(std::uint64_t key) {
  switch (key) {
    case kId:
      return number(parsed_.id);
    case kRecord:
      return record();
    case kSequence:
      return number(parsed_.sequence);
    case kError:
      return number(parsed_.error);
    case kMessageText:
      return message();
    case kEpoch:
      return number(parsed_.epoch);
    case kPseudonymKey:
      return key_bytes(parsed_.pseudonym_key);
    case kSpoolKey:
      return key_bytes(parsed_.spool_key);
    default:
      return cbor_.skip();
  }
}

Result<Parsed> FrameReader::read() {
  const auto pairs = cbor_.map();
  if (!pairs) return std::unexpected(pairs.error());
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < *pairs; ++i) {
    const auto key = cbor_.unsigned_integer();
    if (!key) return std::unexpected(key.error());
    if (i > 0 && *key <= last) return refuse(std::format("key {} after key {}", *key, last));
    last = *key;
    if (auto read = member(*key); !read) return std::unexpected(read.error());
  }
  if (!cbor_.at_end()) return refuse("bytes behind the frame's map");
  return std::move(parsed_);
}

}  // namespace

void append_order(std::string& out, std::uint64_t id, const Record& record) {
  const auto begin = begin_frame(out);
  CborWriter cbor(out);
  cbor.map(2).unsigned_integer(kId).unsigned_integer(id).unsigned_integer(kRecord);
  encode_record(record, out);
  end_frame(out, begin);
}

void append_order(std::string& out, std::uint64_t id, std::string_view encoded) {
  const auto begin = begin_frame(out);
  CborWriter(out).map(2).unsigned_integer(kId).unsigned_integer(id).unsigned_integer(kRecord);
  out += encoded;
  end_frame(out, begin);
}

void append_reply(std::string& out, const AppendReply& reply) {
  const auto begin = begin_frame(out);
  CborWriter cbor(out);
  cbor.map(reply.sequence ? 2 : 3).unsigned_integer(kId).unsigned_integer(reply.id);
  if (reply.sequence) {
    cbor.unsigned_integer(kSequence).unsigned_integer(*reply.sequence);
  } else {
    std::string scratch;
    cbor.unsigned_integer(kError).unsigned_integer(number_of(reply.sequence.error().kind));
    cbor.unsigned_integer(kMessageText).text(fitted(reply.sequence.error().message, kMessage, scratch));
  }
  end_frame(out, begin);
}

void append_keys(std::string& out, const EpochKeys& keys) {
  const auto begin = begin_frame(out);
  CborWriter cbor(out);
  cbor.map(3).unsigned_integer(kEpoch).unsigned_integer(keys.epoch);
  cbor.unsigned_integer(kPseudonymKey).bytes(keys.pseudonym_key);
  cbor.unsigned_integer(kSpoolKey).bytes(keys.spool_key);
  end_frame(out, begin);
}

Result<AppendOrder> parse_order(std::string_view payload) {
  auto parsed = FrameReader(payload).read();
  if (!parsed) return std::unexpected(parsed.error());
  if (!parsed->id || !parsed->record) return refuse("an order has an id and a record");
  return AppendOrder{*parsed->id, std::move(*parsed->record)};
}

Result<WriterSays> parse_writer(std::string_view payload) {
  auto parsed = FrameReader(payload).read();
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->epoch) {
    if (*parsed->epoch > UINT32_MAX || parsed->pseudonym_key.empty())
      return refuse("an epoch has a number of 32 bits and a key");
    return EpochKeys{static_cast<std::uint32_t>(*parsed->epoch), std::move(parsed->pseudonym_key),
                     std::move(parsed->spool_key)};
  }
  if (!parsed->id) return refuse("a reply has an id");
  if (parsed->error) {
    const auto kind = *parsed->error < kErrors.size() ? kErrors[*parsed->error] : ErrorKind::io;
    return AppendReply{*parsed->id, fail(kind, std::move(parsed->message))};
  }
  if (!parsed->sequence) return refuse("a reply has a sequence or an error");
  return AppendReply{*parsed->id, *parsed->sequence};
}

Frames::~Frames() { wipe_text(buffer_, buffer_.size()); }

void Frames::add(BytesView bytes) {
  wipe_text(buffer_, used_);
  buffer_.erase(0, used_);
  used_ = 0;
  buffer_ += as_text(bytes);
}

Result<std::optional<std::string_view>> Frames::next() {
  const auto rest = std::string_view(buffer_).substr(used_);
  if (rest.size() < kLength) return std::nullopt;
  const auto length = length_at(rest);
  if (length == 0 || length > kFrameLimit) {
    return fail(ErrorKind::invalid_input,
                std::format("a frame of {} bytes; 1 to {} are allowed", length, kFrameLimit));
  }
  if (rest.size() < kLength + length) return std::nullopt;
  used_ += kLength + length;
  return rest.substr(kLength, length);
}

}  // namespace cordon::evidence
