#include "cordon/inspection/rules.h"

#include <algorithm>

#include "cordon/inspection/schema.h"

namespace cordon::inspection {

namespace {

constexpr std::array<std::string_view, 4> kModes = {"off", "observe", "warn", "block"};

constexpr auto kBlock = Mode::block;
constexpr auto kObserve = Mode::observe;
constexpr auto kWarn = Mode::warn;

// Requests that break the schema are refused: the recorded ones keep to it, apart from two habits. Answers come from
// the NF that is protected, and real ones break it (issue list in README.md), so there it is only observed; ambiguous
// JSON, bodies of error answers and foreign locations endanger the consumer and are refused both ways.
const std::array<Rule, kBuiltIns> kBuiltIn = {{
    {"schema.type", "is not of the type its schema demands", kBlock, kObserve},
    {"schema.required", "a required member is missing", kBlock, kObserve},
    {"schema.enumeration", "is not one of the words its schema lists", kBlock, kObserve},
    {"schema.pattern", "does not have the form its schema demands", kBlock, kObserve},
    {"schema.range", "is outside the range of its schema", kBlock, kObserve},
    {"schema.length", "is shorter or longer than its schema allows", kBlock, kObserve},
    {"schema.items", "has fewer, more or more alike items than its schema allows", kBlock, kObserve},
    {"schema.members", "has fewer or more members than its schema allows", kBlock, kObserve},
    {"schema.closed", "is a member its closed schema does not have", kBlock, kObserve},
    {"schema.choice", "fits none, or more than one, of the alternatives of its schema", kBlock, kObserve},
    {"schema.excluded", "is something its schema rules out here", kWarn, kObserve},  // Open5GS sends allowedNfTypes
    {"body.missing", "the operation needs a body", kBlock, kObserve},
    {"body.unexpected", "the operation takes no body", kBlock, kObserve},
    {"body.media-type", "is not a media type of this operation", kWarn, kObserve},  // Open5GS: merge patches as JSON
    {"query.required", "is a required query parameter and missing", kBlock, kBlock},
    {"query.unknown", "is no query parameter of this operation", kWarn, kWarn},
    {"query.json", "is a query parameter that is not well-formed JSON", kBlock, kBlock},
    {"multipart.parts", "has other parts than the operation allows", kBlock, kBlock},
    {"multipart.content-id", "part and reference do not match one to one", kBlock, kBlock},
    {"multipart.type", "is not the media type of an N1 or N2 message", kBlock, kBlock},
    {"json.syntax", "is not well-formed JSON", kBlock, kBlock},
    {"json.duplicate", "has a member twice", kBlock, kBlock},
    {"json.depth", "is nested deeper than 32 levels", kBlock, kBlock},
    {"json.leaves", "has more than 16,000 values", kBlock, kBlock},
    {"json.bytes", "has more than 2,000,000 bytes", kBlock, kBlock},
    {"response.error-body", "an error answer carries something else than problem details", kBlock, kBlock},
    {"location.uri", "is no resource of the service-based interface", kBlock, kBlock},
    {"location.host", "leads to a host that is no NF of the inventory", kBlock, kBlock},
    {"effort", "takes more work to check than a body of its size may", kBlock, kBlock},
}};

}  // namespace

std::string_view name_of(Mode mode) { return kModes[static_cast<std::size_t>(mode)]; }

std::optional<Mode> mode_named(std::string_view name) {
  const auto found = std::ranges::find(kModes, name);
  if (found == kModes.end()) return std::nullopt;
  return static_cast<Mode>(found - kModes.begin());
}

std::span<const Rule> built_in_rules() { return kBuiltIn; }

Result<std::shared_ptr<const std::vector<Pattern>>> schema_patterns() {
  auto all = std::make_shared<std::vector<Pattern>>();
  for (const auto text : patterns()) {
    auto compiled = Pattern::compile(text);
    if (!compiled) return std::unexpected(compiled.error());
    all->push_back(std::move(*compiled));
  }
  return all;
}

bool Rules::set_mode(std::string_view id, Mode mode) {
  const auto found = std::ranges::find(rules_, id, &Rule::id);
  if (found == rules_.end()) return false;
  found->request = found->response = mode;
  return true;
}

void Rules::limit_modes(Mode most) {
  for (auto& rule : rules_) {
    rule.request = std::min(rule.request, most);
    rule.response = std::min(rule.response, most);
  }
}

}  // namespace cordon::inspection
