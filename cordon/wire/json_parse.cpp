// Values out of the tokens of a tape: the tokenizer has checked everything.
#include "cordon/wire/json_tape.h"

namespace cordon::wire {

namespace {

Json value_at(const JsonTape& tape, std::uint32_t& at) {
  const auto& token = tape[at++];
  switch (token.kind) {
    case JsonKind::object: {
      JsonObject members;
      members.reserve(token.count);
      while (at < token.next) {
        const auto name = tape.text(tape[at++]);
        members.push_back({std::string(name), value_at(tape, at)});
      }
      return members;
    }
    case JsonKind::array: {
      JsonArray items;
      items.reserve(token.count);
      while (at < token.next) items.push_back(value_at(tape, at));
      return items;
    }
    case JsonKind::number:
      return Json::number(std::string(tape.text(token)));
    case JsonKind::string:
      return tape.text(token);
    case JsonKind::null:
      return {};
    default:
      return token.kind == JsonKind::boolean_true;
  }
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  JsonTape tape;
  if (auto read = tape.read(text, limits); !read) return std::unexpected(std::move(read.error()));
  std::uint32_t at = 0;
  return value_at(tape, at);
}

}  // namespace cordon::wire
