// A strict reading of a JOSE header's outline: which members there are, and what alg says. Values are only skipped
// over here; who needs them parses the header with a full JSON parser.
#pragma once

#include <string>
#include <string_view>

#include "cordon/base/result.h"

namespace cordon::crypto {

// The value of alg in a header that is one JSON object (RFC 7515 4) whose member names are unique (4: "MUST be
// unique") and which has neither crit (4.1.11: nothing is understood, so everything is refused) nor b64 (RFC 7797 6).
Result<std::string> algorithm_in_header(std::string_view json);

}  // namespace cordon::crypto
