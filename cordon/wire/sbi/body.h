// The body of one message, read once: what policy's facts and the inspection both look at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/wire/json_tape.h"
#include "cordon/wire/sbi/facts.h"
#include "cordon/wire/sbi/media_type.h"

namespace cordon::wire::sbi {

// Memory is reused from message to message; views into the message's bytes, which must outlive it.
struct Body {
  BodyKind kind = BodyKind::none;
  std::string media;  // "application/json"; lower case, without parameters
  std::string_view bytes;
  bool has_json = false;                // of the whole, or of the one JSON part
  BodyKind json_kind = BodyKind::json;  // json, json_patch or merge_patch
  JsonTape json;
  std::vector<Part> parts;  // of a multipart body
  std::size_t json_part = 0;
};

// Strict: malformed JSON or multipart, two JSON parts, a body without content type are refused. json.fault() tells
// which limit of JSON was broken.
Result<void> read_body(Body& body, const Operation& operation, std::string_view content_type, std::string_view bytes);

// As body_facts of facts.h, of a body that was read.
Result<BodyFacts> body_facts(const Operation& operation, const Classified& classified, const Body& body);

}  // namespace cordon::wire::sbi
