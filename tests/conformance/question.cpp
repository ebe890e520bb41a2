#include "tests/conformance/question.h"

#include <format>
#include <utility>

#include "cordon/notation/notation.h"
#include "cordon/validation/validate.h"

namespace cordon::conformance {
namespace {

std::string joined(const std::set<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// === forms ===

// Text of every policy and template, with the ids and links that go with it.
struct Written {
  std::string text;
  policy::Reading reading;
};

template <class Write>
Result<Written> written(const policy::PolicySet& set, Write write) {
  Written out;
  out.reading.links = set.links();
  const auto append = [&](std::span<const policy::Policy> trees,
                          const std::vector<policy::PolicyInfo>& infos) -> Result<void> {
    for (std::size_t i = 0; i < trees.size(); ++i) {
      if (!infos[i].template_id.empty()) continue;  // links come with their templates
      auto text = write(trees[i]);
      if (!text) return std::unexpected(within(infos[i].id, std::move(text.error())));
      out.text += *text + "\n";
      out.reading.ids.push_back(infos[i].id);
    }
    return {};
  };
  if (auto done = append(set.trees(), set.policies()); !done) return std::unexpected(std::move(done.error()));
  if (auto done = append(set.template_trees(), set.templates()); !done)
    return std::unexpected(std::move(done.error()));
  return out;
}

Result<policy::PolicySet> reread(Result<Written> written) {
  if (!written) return std::unexpected(std::move(written.error()));
  auto set = policy::PolicySet::parse(written->text, "printed.cedar", written->reading);
  if (!set) return std::unexpected(within(std::format("printed as {}", written->text), std::move(set.error())));
  return set;
}

Result<policy::PolicySet> through_text(const policy::PolicySet& set) {
  return reread(
      written(set, [](const policy::Policy& tree) -> Result<std::string> { return notation::to_text(tree); }));
}

Result<policy::PolicySet> through_est(const policy::PolicySet& set) {
  return reread(written(set, [](const policy::Policy& tree) -> Result<std::string> {
    auto json = wire::parse_json(notation::to_json(tree).dump(), kGenerous);
    if (!json) return std::unexpected(std::move(json.error()));
    auto again = notation::policy_from_json(*json);
    if (!again) return std::unexpected(std::move(again.error()));
    return notation::to_text(*again);
  }));
}

Result<policy::PolicySet> through_set_json(const policy::PolicySet& set) {
  return notation::policy_set_from_json(notation::to_json(set).dump(), "set.json");
}

Result<policy::PolicySet> through_format(const policy::PolicySet& set) {
  policy::Reading reading{.links = set.links()};
  // The text has policies and templates in the order written; the trees have the two apart.
  for (const auto* infos : {&set.policies(), &set.templates()})
    for (const auto& info : *infos)
      if (info.template_id.empty()) reading.ids.push_back(info.id);
  auto text = notation::format(set.text(), "set.cedar");
  if (!text) return std::unexpected(std::move(text.error()));
  return policy::PolicySet::parse(*text, "formatted.cedar", reading);
}

// === requests ===

Result<policy::Request> request_of(const Question& question, const schema::Schema* schema) {
  policy::Request request;
  for (auto [from, to] : {std::pair{&question.principal, &request.principal},
                          {&question.action, &request.action},
                          {&question.resource, &request.resource}}) {
    auto uid = notation::uid_from_json(*from);
    if (!uid) return std::unexpected(std::move(uid.error()));
    *to = std::move(*uid);
  }
  auto context = notation::context_from_json(question.context, schema, &request.action);
  if (!context) return std::unexpected(within("context", std::move(context.error())));
  request.context = std::move(*context);
  if (schema != nullptr && question.validate) {
    if (auto valid = validation::validate(request, *schema); !valid) return std::unexpected(std::move(valid.error()));
  }
  return request;
}

Answer answer_of(const policy::Decision& decision) {
  Answer answer{.ok = true, .allow = decision.allow, .reasons = {}, .errors = {}};
  answer.reasons.insert(decision.determining.begin(), decision.determining.end());
  for (const auto& error : decision.errors) answer.errors.insert(error.policy);
  return answer;
}

std::string_view kind_of_difference(const Answer& expected, const Answer& found) {
  if (expected.allow != found.allow) return "decision";
  return expected.reasons != found.reasons ? "reasons" : "errors";
}

// Fail-closed may only refuse more, and only when something erred.
bool profile_agrees(const policy::Decision& reference, const policy::Decision& closed) {
  if (reference.allow == closed.allow) return true;
  return reference.allow && closed.erring_forbid && !reference.errors.empty();
}

}  // namespace

std::string Answer::text() const {
  if (!ok) return "the request is refused";
  return std::format("{}, reasons [{}], errors [{}]", allow ? "allow" : "deny", joined(reasons), joined(errors));
}

std::vector<Form> forms_of(const policy::PolicySet& read, std::string_view subject, Report& report,
                           const wire::Json& reproduction) {
  std::vector<Form> forms{{"as read", read}};
  for (auto [name, through] : {std::pair{"printed", &through_text},
                               {"EST", &through_est},
                               {"set JSON", &through_set_json},
                               {"formatted", &through_format}}) {
    auto again = through(read);
    if (again)
      forms.push_back({name, std::move(*again)});
    else
      report.mismatch(std::format("round trip ({})", name), subject, again.error().message, reproduction);
  }
  return forms;
}

Result<policy::Entities> store_of(std::string_view text, const schema::Schema* schema) {
  auto entities = notation::entities_from_json(text, "entities.json", schema);
  if (!entities) return std::unexpected(std::move(entities.error()));
  policy::Entities store;
  if (auto added = store.add_all(std::move(*entities)); !added) return std::unexpected(std::move(added.error()));
  if (schema != nullptr) {
    for (auto& action : schema->action_entities()) {
      if (store.find(action.uid) != nullptr) continue;  // given already, with the same ancestors
      if (auto added = store.add(std::move(action)); !added) return std::unexpected(std::move(added.error()));
    }
    store.close();
  }
  return store;
}

void ask(const Question& question, const World& world, std::string_view subject, Report& report,
         const wire::Json& reproduction) {
  report.count("requests");
  const auto request = request_of(question, world.schema);
  if (request.has_value() != question.expected.ok) {
    const std::string found = request ? "accepted" : request.error().message;
    report.mismatch("request", subject, std::format("expected {}; found {}", question.expected.text(), found),
                    reproduction);
    return;
  }
  if (!request) return;
  for (const Form& form : *world.forms) {
    for (const auto search : {policy::Search::indexed, policy::Search::every}) {
      const auto reference = form.policies.decide(*request, *world.entities, policy::Profile::reference, search);
      const Answer found = answer_of(reference);
      if (found != question.expected) {
        report.mismatch(kind_of_difference(question.expected, found), subject,
                        std::format("{}, {}: expected {}; found {}", form.name,
                                    search == policy::Search::every ? "every" : "indexed", question.expected.text(),
                                    found.text()),
                        reproduction);
        return;
      }
      const auto closed = form.policies.decide(*request, *world.entities, policy::Profile::fail_closed, search);
      if (!profile_agrees(reference, closed))
        report.mismatch("profile", subject, "fail-closed differs without an erring forbid", reproduction);
    }
  }
}

std::set<std::string> texts_of(const wire::Json* array) {
  std::set<std::string> out;
  if (array != nullptr)
    for (const auto& item : array->array()) out.emplace(item.text());
  return out;
}

}  // namespace cordon::conformance
