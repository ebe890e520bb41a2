#include "cordon/analysis/replay.h"

#include <algorithm>
#include <format>

#include "cordon/analysis/read_request.h"
#include "cordon/notation/notation.h"

namespace cordon::analysis {

namespace {

constexpr std::size_t kExamples = 3;

std::vector<std::string> texts(const wire::Json* list) {
  std::vector<std::string> read;
  if (!list) return read;
  for (const auto& each : list->array()) read.emplace_back(each.text());
  return read;
}

// Members of a recorded line that are not the request's own.
wire::Json request_part(wire::Json json) {
  for (const std::string_view name : {"decision", "reason", "caller", "entities", "id"}) json.erase(name);
  return json;
}

Result<Recorded> read_line(std::string_view line, const schema::Schema* schema) {
  const auto json = wire::parse_json(line);
  if (!json) return std::unexpected(json.error());
  if (!json->is_object()) return fail(ErrorKind::invalid_input, "a recorded request is an object");
  auto request = read_request(request_part(*json), schema);
  if (!request) return std::unexpected(request.error());
  const auto* decision = json->find("decision");
  const auto word = decision ? decision->text() : std::string_view();
  if (word != "allow" && word != "deny") {
    return fail(ErrorKind::invalid_input, R"("decision" is missing; write "allow" or "deny")");
  }
  Recorded read{.request = std::move(*request), .allowed = word == "allow", .reasons = texts(json->find("reason"))};
  if (const auto* list = json->find("entities")) {
    auto entities = notation::entities_from_json(list->dump(), "entities", schema);
    if (!entities) return std::unexpected(entities.error());
    read.entities = std::move(*entities);
  }
  const auto* caller = json->find("caller");
  read.caller = caller ? std::string(caller->text()) : read.request.principal.type;
  const auto* id = json->find("id");
  read.origin = id ? std::string(id->text()) : "";
  return read;
}

std::string joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids) text += id + '\n';
  return text;
}

}  // namespace

Result<std::vector<Recorded>> read_recorded(std::string_view text, std::string_view file,
                                            const schema::Schema* schema) {
  std::vector<Recorded> read;
  std::size_t number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    const auto line = text.substr(start, end - start);
    start = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    auto one = read_line(line, schema);
    if (!one) return fail(one.error().kind, std::format("{}:{}: {}", file, number, one.error().message));
    if (one->origin.empty()) one->origin = std::format("line {}", number);
    read.push_back(std::move(*one));
  }
  return read;
}

Result<void> Replayer::play(const Recorded& recorded) {
  policy::Entities own(&base_);
  for (const auto& entity : recorded.entities) {
    if (auto added = own.add(entity); !added) return added;
  }
  play(recorded, own);
  return {};
}

void Replayer::play(const Recorded& recorded, const policy::Entities& entities) {
  const auto decision = candidate_.decide(recorded.request, entities, profile_);
  ++counted_.requests;
  if (!decision.errors.empty()) ++counted_.erring;
  for (const auto& id : decision.determining) ++used_[id];
  if (decision.allow == recorded.allowed) return;
  ++(decision.allow ? counted_.newly_allowed : counted_.newly_refused);
  const auto key = std::format("{}\n{}\n{}\n\n{}\n{}", decision.allow, recorded.caller, recorded.request.action.id,
                               joined(recorded.reasons), joined(decision.determining));
  auto& group = groups_[key];
  if (group.count++ == 0) {
    group = {.allowed_now = decision.allow,
             .caller = recorded.caller,
             .action = recorded.request.action.id,
             .before = recorded.reasons,
             .after = decision.determining,
             .count = 1,
             .examples = {}};
  }
  if (group.examples.size() < kExamples) group.examples.push_back(recorded.origin);
}

Replay Replayer::report() const {
  Replay made = counted_;
  for (const auto& [key, group] : groups_) made.changes.push_back(group);
  std::ranges::stable_sort(made.changes, [](const ChangedAnswers& a, const ChangedAnswers& b) {
    return std::pair(!a.allowed_now, b.count) < std::pair(!b.allowed_now, a.count);
  });
  for (const auto& policy : candidate_.policies()) {
    if (!used_.contains(policy.id)) made.unused.emplace(policy.id, policy.place.line);
  }
  return made;
}

}  // namespace cordon::analysis
