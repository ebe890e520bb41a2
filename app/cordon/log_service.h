// What `cordon log witness`, `mirror`, `monitor` and `serve` have in common: a trust file, one loop until SIGTERM.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "cordon/base/loop.h"
#include "cordon/transparency/witness_policy.h"
#include "cordon/wire/http1_server.h"
#include "cordon/wire/json.h"

namespace cordon::app {

extern const Command kLogMirrorCommand;
extern const Command kLogMonitorCommand;
extern const Command kLogServeCommand;
extern const Command kLogWitnessCommand;

// The value of an option that must be there: "say --trust FILE: ...".
Result<std::string> needed(const Arguments& arguments, std::string_view option, std::string_view what);
Result<transparency::TrustPolicy> read_trust(const Arguments& arguments);  // --trust FILE

// Serves until SIGTERM or SIGINT. ready: called with the address once it listens. stopped: asked after each answer;
// true ends it.
Result<void> serve_http(
    const std::string& listen, wire::Http1Server::Answer answer, const std::function<void(const Endpoint&)>& ready,
    const std::function<bool()>& stopped = [] { return false; });

// Calls round at once and then again and again, until it says no, or SIGTERM or SIGINT came, of which it is told by
// `stopping` while it works.
using Stopping = std::function<bool()>;
void repeat(std::chrono::seconds every, const std::function<bool(const Stopping& stopping)>& round);
Result<std::chrono::seconds> every(const Arguments& arguments, std::chrono::seconds otherwise);  // --every SECONDS

}  // namespace cordon::app
