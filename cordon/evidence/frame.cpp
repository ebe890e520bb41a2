#include "cordon/evidence/frame.h"

#include "cordon/evidence/record_json.h"

namespace cordon::evidence {

namespace {

constexpr std::size_t kLength = 4;
constexpr std::size_t kMessage = 2048;

std::string framed(std::string_view payload) {
  const auto length = static_cast<std::uint32_t>(payload.size());
  std::string out;
  out.reserve(kLength + payload.size());
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(length >> shift & 0xFFU);
  out += payload;
  return out;
}

std::size_t length_at(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLength; ++i) length |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return length;
}

std::string_view word_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::no_space:
      return "no_space";
    case ErrorKind::invalid_input:
      return "invalid_input";
    case ErrorKind::unavailable:
      return "unavailable";
    default:
      return "io";
  }
}

ErrorKind kind_of(std::string_view word) {
  if (word == "no_space") return ErrorKind::no_space;
  if (word == "invalid_input") return ErrorKind::invalid_input;
  if (word == "unavailable") return ErrorKind::unavailable;
  return ErrorKind::io;
}

Result<wire::Json> parse(std::string_view payload) {
  return wire::parse_json(payload, {.bytes = kFrameLimit, .depth = 16, .leaves = 16'000});
}

Result<std::uint64_t> number(const wire::Json& json, std::string_view name) {
  const auto* found = json.find(name);
  const auto value = found == nullptr ? Result<std::int64_t>(-1) : found->integer();
  if (value && *value >= 0) return static_cast<std::uint64_t>(*value);
  return fail(ErrorKind::invalid_input, std::format("'{}' is missing or no whole number", name));
}

}  // namespace

std::string order_frame(std::uint64_t id, const Record& record) {
  return framed(std::format("{{\"id\":{},\"record\":{}}}", id, encode(record)));
}

std::string reply_frame(const AppendReply& reply) {
  if (reply.sequence) return framed(std::format("{{\"id\":{},\"seq\":{}}}", reply.id, *reply.sequence));
  auto text =
      std::format("{{\"id\":{},\"error\":\"{}\",\"message\":", reply.id, word_of(reply.sequence.error().kind));
  wire::append_json_string(text, clip(reply.sequence.error().message, kMessage));
  return framed(text + "}");
}

Result<AppendOrder> parse_order(std::string_view payload) {
  const auto json = parse(payload);
  if (!json) return std::unexpected(json.error());
  const auto id = number(*json, "id");
  if (!id) return std::unexpected(id.error());
  const auto* record = json->find("record");
  if (record == nullptr) return fail(ErrorKind::invalid_input, "'record' is missing");
  return AppendOrder{*id, record_from(*record)};
}

Result<AppendReply> parse_reply(std::string_view payload) {
  const auto json = parse(payload);
  if (!json) return std::unexpected(json.error());
  const auto id = number(*json, "id");
  if (!id) return std::unexpected(id.error());
  if (const auto* error = json->find("error")) {
    const auto* message = json->find("message");
    return AppendReply{*id, fail(kind_of(error->text()), std::string(message == nullptr ? "" : message->text()))};
  }
  const auto sequence = number(*json, "seq");
  if (!sequence) return std::unexpected(sequence.error());
  return AppendReply{*id, *sequence};
}

void Frames::add(BytesView bytes) {
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
