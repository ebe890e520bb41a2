// Messages kept in files, a line of JSON each: recordings of exchanges, and messages made by hand
// (vectors/README.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/inspection/inspect.h"
#include "cordon/wire/message.h"

namespace cordon::inspection {

struct KeptMessage {
  std::string name;    // "SEED-01"; empty in recordings
  std::string expect;  // what its refusal must begin with; empty: it passes
  wire::Request request;
  std::optional<wire::Response> answer;
};

Result<KeptMessage> parse_message(std::string_view line);

// What was found in one message, in words that need no rules: "block", "schema.type", "/x", "is not ...".
struct Said {
  std::string mode, rule, place, why;
  bool by_3gpp = false;  // the 3GPP schemas and limits say so; else the overlay
  bool answer = false;   // of the response
};

// Classifies, reads and inspects request and answer; what cannot be classified or read is one finding.
std::vector<Said> inspect_message(Inspector& inspector, const KeptMessage& message, const KnowsHost* known_host);

}  // namespace cordon::inspection
