#include "tests/conformance/cases.h"

#include <format>
#include <utility>

#include "cordon/notation/notation.h"
#include "cordon/validation/validate.h"
#include "tests/conformance/question.h"
#include "tests/conformance/read_set.h"

namespace cordon::conformance {
namespace {

Result<schema::Schema> schema_of(const wire::Json& written) {
  const auto* format = written.find("format");
  const auto* text = written.find("text");
  if (format == nullptr || text == nullptr) return fail(ErrorKind::invalid_input, "a schema needs format and text");
  return format->text() == "json" ? schema::Schema::parse_json(text->text(), "schema.json")
                                  : schema::Schema::parse(text->text(), "schema.cedarschema");
}

wire::Json member(const wire::Json& json, std::string_view name) {
  const auto* value = json.find(name);
  return value == nullptr ? wire::Json{} : *value;
}

Question question_of(const wire::Json& request) {
  Question out{.principal = member(request, "principal"),
               .action = member(request, "action"),
               .resource = member(request, "resource"),
               .context = member(request, "context"),
               .validate = member(request, "validate").boolean(),
               .expected = {}};
  out.expected = {.ok = member(request, "ok").boolean(),
                  .allow = member(request, "decision").text() == "allow",
                  .reasons = texts_of(request.find("reason")),
                  .errors = texts_of(request.find("errors"))};
  return out;
}

std::set<std::string> ids_of(const std::vector<validation::Finding>& findings) {
  std::set<std::string> out;
  for (const auto& finding : findings) out.insert(finding.policy);
  return out;
}

std::string described(const std::vector<validation::Finding>& findings) {
  std::string out;
  for (const auto& finding : findings) out += std::format("\n  {}: {}", finding.policy, finding.message);
  return out;
}

// The first policy or template of a text that is to hold exactly one.
Result<policy::Policy> only_policy(std::string_view text, bool is_template) {
  auto set = policy::PolicySet::parse(text, "policy.cedar", {.naming = policy::Naming::position});
  if (!set) return std::unexpected(std::move(set.error()));
  const auto trees = is_template ? set->template_trees() : set->trees();
  const auto others = is_template ? set->trees() : set->template_trees();
  if (trees.size() != 1 || !others.empty()) return fail(ErrorKind::invalid_input, "not exactly one policy");
  return trees.front();
}

// A tree does not tell @name from @name(""), which EST writes as null.
wire::Json without_bare_annotations(const wire::Json& est) {
  wire::Json out{wire::JsonObject(est.object())};
  const wire::Json written = member(est, "annotations");
  wire::Json annotations{wire::JsonObject{}};
  for (const auto& [name, value] : written.object()) annotations.set(name, value.is_null() ? wire::Json{""} : value);
  if (est.find("annotations") != nullptr) out.set("annotations", annotations);
  return out;
}

}  // namespace

Result<void> Cases::run(std::istream& lines, std::string_view name) {
  std::string text;
  for (std::size_t number = 1; std::getline(lines, text); ++number) {
    if (text.empty()) continue;
    auto line = wire::parse_json(text, kGenerous);
    if (!line) return std::unexpected(within(std::format("{}:{}", name, number), std::move(line.error())));
    run_line(std::move(*line));
  }
  return {};
}

void Cases::run_line(wire::Json line) {
  line_ = std::move(line);
  subject_ = member(line_, "id").text();
  if (const auto unit = subject_.substr(0, subject_.rfind('/')); unit != unit_) {
    known_.clear();
    unit_ = unit;
  }
  const auto kind = member(line_, "kind");
  const std::pair<std::string_view, void (Cases::*)()> kinds[] = {
      {"schema", &Cases::schema_line}, {"policy", &Cases::policy_line},     {"est", &Cases::est_line},
      {"set", &Cases::set_line},       {"entities", &Cases::entities_line}, {"context", &Cases::context_line},
      {"decide", &Cases::decide_line},
  };
  std::size_t cases = 1;
  if (const auto* requests = line_.find("requests")) cases = requests->array().size();
  for (const auto& feature : texts_of(line_.find("features"))) report_.feature(feature, cases);
  for (const auto& [name, run] : kinds)
    if (kind.text() == name) return (this->*run)();
  mismatch("line", "an unknown kind of line");
}

// === verdicts ===

void Cases::schema_line() {
  auto schema = schema_of(line_);
  verdict("schema", schema.has_value(), schema ? "" : schema.error().message);
  if (schema) known_[subject_] = {.line = line_, .schema = std::move(*schema)};
}

void Cases::policy_line() {
  auto policy = only_policy(text(), member(line_, "template").boolean());
  verdict("policy", policy.has_value(), policy ? "" : policy.error().message);
  if (policy && expects_ok()) compare_est(notation::to_json(*policy, text()), line_.find("est"));
}

void Cases::est_line() {
  const bool is_template = member(line_, "template").boolean();
  auto json = wire::parse_json(text(), kGenerous);
  auto policy = json ? notation::policy_from_json(*json) : Result<policy::Policy>{std::unexpected(json.error())};
  if (policy && policy->is_template() != is_template)
    policy = fail(ErrorKind::invalid_input, "slots in a policy, or none in a template");
  verdict("EST", policy.has_value(), policy ? "" : policy.error().message);
  const auto* est = line_.find("est");
  if (!policy || !expects_ok() || est == nullptr) return;
  const auto expected = without_bare_annotations(*est);
  compare_est(notation::to_json(*policy), &expected);
}

void Cases::set_line() {
  auto set =
      member(line_, "form").text() == "est" ? notation::policy_set_from_json(text(), "set.json") : read_set(text());
  verdict("policy set", set.has_value(), set ? "" : set.error().message);
}

void Cases::entities_line() {
  if (!read_schema()) return;
  auto store = store_of(text(), schema_);
  verdict("entities", store.has_value(), store ? "" : store.error().message);
  if (store) known_[subject_] = {.line = line_, .schema = std::nullopt};
}

void Cases::context_line() {
  if (!read_schema()) return;
  auto action = notation::uid_from_json(member(line_, "action"));
  if (!action) return mismatch("context", action.error().message);
  auto json = wire::parse_json(text(), kGenerous);
  auto context = json ? notation::context_from_json(*json, schema_, &*action)
                      : Result<policy::Record>{std::unexpected(json.error())};
  verdict("context", context.has_value(), context ? "" : context.error().message);
}

// === decisions ===

void Cases::decide_line() {
  if (!read_schema()) return;
  const auto written = member(line_, "policies").dump();
  auto policies =
      member(line_, "form").text() == "est" ? notation::policy_set_from_json(written, "set.json") : read_set(written);
  if (!policies) return mismatch("policy set", policies.error().message);
  compare_ests(*policies);
  if (schema_ != nullptr) compare_findings(*policies, *schema_);
  auto store = store_of(entities(), schema_);
  if (!store) return mismatch("entities", store.error().message);
  ask_all(*policies, *store);
}

void Cases::ask_all(const policy::PolicySet& policies, const policy::Entities& entities) {
  const auto forms = forms_of(policies, subject_, report_, line_);
  const World world{.schema = schema_, .entities = &entities, .forms = &forms};
  const auto requests = member(line_, "requests");
  for (std::size_t i = 0; i < requests.array().size(); ++i) {
    wire::Json alone = line_;  // the line with this request only
    if (report_.mismatches() < 1000)
      alone = wire::Json{wire::JsonObject(line_.object())}.set("requests", wire::JsonArray{requests.array()[i]});
    ask(question_of(requests.array()[i]), world, std::format("{} request {}", subject_, i), report_, alone);
  }
}

void Cases::compare_findings(const policy::PolicySet& policies, const schema::Schema& schema) {
  const auto findings = validation::validate(policies, schema);
  report_.count("validations");
  const bool valid = member(line_, "valid").boolean();
  if (findings.valid() != valid)
    mismatch("validation",
             valid ? std::format("expected valid; found{}", described(findings.errors)) : "found valid");
  else if (ids_of(findings.errors) != texts_of(line_.find("invalid")))
    mismatch("validation of a policy", std::format("found{}", described(findings.errors)));
  if (ids_of(findings.warnings) != texts_of(line_.find("warned")))
    mismatch("warnings", std::format("found{}", described(findings.warnings)));
}

void Cases::compare_ests(const policy::PolicySet& policies) {
  const auto* expected = line_.find("est");
  if (expected == nullptr) return;
  for (const auto& [infos, trees] :
       {std::pair{&policies.policies(), policies.trees()}, {&policies.templates(), policies.template_trees()}}) {
    for (std::size_t i = 0; i < trees.size(); ++i)
      if ((*infos)[i].template_id.empty())
        compare_est(notation::to_json(trees[i], policies.text()), expected->find((*infos)[i].id));
  }
}

// === comparing ===

void Cases::compare_est(const wire::Json& found, const wire::Json* expected) {
  report_.count("ESTs");
  if (expected == nullptr || *expected == found) return;
  mismatch("EST written", std::format("expected {}\n  found {}", expected->dump(), found.dump()));
}

void Cases::verdict(std::string_view kind, bool accepted, std::string_view error) {
  report_.count(expects_ok() ? "acceptances" : "refusals");
  if (accepted == expects_ok()) return;
  mismatch(kind, accepted ? "accepted, but the reference refuses it"
                          : std::format("refused, but the reference accepts it: {}", error));
}

void Cases::mismatch(std::string_view kind, std::string_view what) {
  wire::Json whole{wire::JsonObject(line_.object())};
  for (const auto name : {"schema", "entities"})
    if (const auto at = known_.find(member(line_, name).text()); at != known_.end()) whole.set(name, at->second.line);
  report_.mismatch(kind, subject_, what, whole);
}

// === reading ===

bool Cases::expects_ok() const { return member(line_, "ok").boolean(); }

std::string_view Cases::text() const {
  const auto* value = line_.find("text");
  return value == nullptr ? std::string_view{} : value->text();
}

bool Cases::read_schema() {
  schema_ = nullptr;
  const auto* written = line_.find("schema");
  if (written == nullptr) return true;
  if (written->is_string()) {
    const auto at = known_.find(written->text());
    if (at == known_.end()) return false;  // that line was a mismatch itself
    schema_ = &*at->second.schema;
    return true;
  }
  auto read = schema_of(*written);
  if (!read) {
    mismatch("schema", read.error().message);
    return false;
  }
  own_schema_ = std::move(*read);
  schema_ = &*own_schema_;
  return true;
}

std::string Cases::entities() const {
  const auto* written = line_.find("entities");
  if (written == nullptr) return "[]";
  if (!written->is_string()) return written->dump();
  const auto at = known_.find(written->text());
  return at == known_.end() ? "[]" : std::string{member(at->second.line, "text").text()};
}

}  // namespace cordon::conformance
