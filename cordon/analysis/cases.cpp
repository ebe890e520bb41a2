#include "cordon/analysis/cases.h"

#include <algorithm>
#include <format>

#include "cordon/analysis/read_request.h"
#include "cordon/notation/notation.h"

namespace cordon::analysis {

namespace {

constexpr wire::JsonLimits kLimits{.bytes = std::size_t{64} << 20, .depth = 64, .leaves = 4'000'000};

Result<void> only(const wire::Json& json, std::initializer_list<std::string_view> known) {
  for (const auto& member : json.object()) {
    if (!std::ranges::contains(known, std::string_view(member.name))) {
      return fail(ErrorKind::invalid_input, std::format("unknown member '{}'", member.name));
    }
  }
  return {};
}

Result<bool> expected_answer(const wire::Json& json) {
  const auto* decision = json.find("decision");
  const auto word = decision ? decision->text() : std::string_view();
  if (word != "allow" && word != "deny") {
    return fail(ErrorKind::invalid_input, R"("decision" is missing; write "allow" or "deny")");
  }
  return word == "allow";
}

Result<std::optional<std::vector<std::string>>> expected_reasons(const wire::Json& json) {
  const auto* reason = json.find("reason");
  if (!reason) return std::nullopt;
  std::vector<std::string> ids;
  for (const auto& id : reason->array()) {
    if (!id.is_string()) return fail(ErrorKind::invalid_input, R"("reason" is a list of policy ids)");
    ids.emplace_back(id.text());
  }
  if (!reason->is_array()) return fail(ErrorKind::invalid_input, R"("reason" is a list of policy ids)");
  std::ranges::sort(ids);
  return ids;
}

Result<std::optional<std::size_t>> expected_errors(const wire::Json& json) {
  const auto* count = json.find("num_errors");
  if (!count) return std::nullopt;
  const auto number = count->integer();
  if (!number || *number < 0) return fail(ErrorKind::invalid_input, R"("num_errors" is a number from 0)");
  return static_cast<std::size_t>(*number);
}

Result<std::vector<policy::Entity>> entities_of(const wire::Json& json, const schema::Schema* schema) {
  const auto* list = json.find("entities");
  if (!list) return std::vector<policy::Entity>{};
  return notation::entities_from_json(list->dump(), "entities", schema);
}

Result<Case> read_case(const wire::Json& json, const schema::Schema* schema) {
  if (!json.is_object()) return fail(ErrorKind::invalid_input, "a test is an object");
  if (auto known = only(json, {"name", "request", "entities", "decision", "reason", "num_errors"}); !known) {
    return std::unexpected(known.error());
  }
  const auto* request = json.find("request");
  if (!request) return fail(ErrorKind::invalid_input, R"("request" is missing)");
  auto asked = read_request(*request, schema);
  if (!asked) return std::unexpected(asked.error());
  auto entities = entities_of(json, schema);
  if (!entities) return std::unexpected(entities.error());
  const auto allow = expected_answer(json);
  if (!allow) return std::unexpected(allow.error());
  auto reasons = expected_reasons(json);
  if (!reasons) return std::unexpected(reasons.error());
  const auto errors = expected_errors(json);
  if (!errors) return std::unexpected(errors.error());
  const auto* name = json.find("name");
  return Case{.name = name ? std::string(name->text()) : "",
              .request = std::move(*asked),
              .entities = std::move(*entities),
              .allow = *allow,
              .reasons = std::move(*reasons),
              .errors = *errors};
}

std::string joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids) text += std::format("{}`{}`", text.empty() ? "" : ", ", id);
  return text.empty() ? "no policy" : text;
}

std::string words(bool allow) { return allow ? "allow" : "deny"; }

std::string difference(const Case& wanted, const policy::Decision& got) {
  if (wanted.allow != got.allow) {
    return std::format("expected {}, got {} by {}", words(wanted.allow), words(got.allow), joined(got.determining));
  }
  auto reasons = got.determining;
  std::ranges::sort(reasons);
  if (wanted.reasons && *wanted.reasons != reasons) {
    return std::format("{} as expected, but by {} instead of {}", words(got.allow), joined(reasons),
                       joined(*wanted.reasons));
  }
  if (wanted.errors && *wanted.errors != got.errors.size()) {
    return std::format("expected {} failing policies, got {}{}", *wanted.errors, got.errors.size(),
                       got.errors.empty() ? "" : ": " + got.errors.front().message);
  }
  return "";
}

}  // namespace

Result<CaseFile> read_cases(std::string_view text, std::string_view file, const schema::Schema* schema) {
  const auto json = wire::parse_json(text, kLimits);
  if (!json) return fail(json.error().kind, std::format("{}: {}", file, json.error().message));
  const auto* tests = json->is_array() ? &*json : json->find("tests");
  if (!tests || !tests->is_array()) {
    return fail(ErrorKind::invalid_input, std::format(R"({}: no tests; write a list, or {{"tests": [...]}})", file));
  }
  CaseFile read;
  auto shared = json->is_object() ? entities_of(*json, schema) : std::vector<policy::Entity>{};
  if (!shared) return fail(shared.error().kind, std::format("{}: {}", file, shared.error().message));
  read.shared = std::move(*shared);
  for (const auto& each : tests->array()) {
    auto one = read_case(each, schema);
    const auto number = read.cases.size() + 1;
    if (!one) return fail(one.error().kind, std::format("{}: test {}: {}", file, number, one.error().message));
    if (one->name.empty()) one->name = std::format("test {}", number);
    read.cases.push_back(std::move(*one));
  }
  return read;
}

Result<std::vector<CaseResult>> run_cases(const policy::PolicySet& policies, const CaseFile& file,
                                          const policy::Entities& base, policy::Profile profile) {
  policy::Entities shared(&base);
  for (const auto& entity : file.shared) {
    if (auto added = shared.add(entity); !added) return std::unexpected(added.error());
  }
  std::vector<CaseResult> results;
  for (const auto& each : file.cases) {
    policy::Entities own(&shared);
    for (const auto& entity : each.entities) {
      if (auto added = own.add(entity); !added) {
        return fail(added.error().kind, std::format("{}: {}", each.name, added.error().message));
      }
    }
    auto decision = policies.decide(each.request, own, profile);
    auto wrong = difference(each, decision);
    results.push_back({each.name, wrong.empty(), std::move(wrong), std::move(decision)});
  }
  return results;
}

}  // namespace cordon::analysis
