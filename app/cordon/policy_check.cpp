#include <algorithm>
#include <charconv>
#include <print>

#include "app/cordon/output.h"
#include "app/cordon/policy_commands.h"
#include "cordon/enforcement/rate.h"
#include "cordon/validation/validate.h"

namespace cordon::app {

namespace {

struct Checked {
  policy::PolicySet policies;
  std::optional<FoundSchema> schema;
  validation::Findings findings;
};

wire::Json findings_json(const std::vector<validation::Finding>& findings) {
  wire::JsonArray list;
  for (const auto& each : findings) {
    wire::Json one{wire::JsonObject{}};
    one.set("policy", each.policy).set("file", each.place.file);
    one.set("line", std::uint64_t{each.place.line}).set("column", std::uint64_t{each.place.column});
    one.set("message", each.message);
    if (!each.hint.empty()) one.set("hint", each.hint);
    list.push_back(std::move(one));
  }
  return list;
}

wire::Json to_json(const Checked& checked, const std::string& file) {
  wire::JsonArray policies;
  for (const auto& policy : checked.policies.policies()) {
    wire::Json each{wire::JsonObject{}};
    each.set("id", policy.id).set("effect", policy.forbid ? "forbid" : "permit");
    each.set("line", std::uint64_t{policy.place.line});
    policies.push_back(std::move(each));
  }
  wire::Json json{wire::JsonObject{}};
  json.set("file", file).set("schema", checked.schema ? wire::Json(checked.schema->file) : wire::Json());
  json.set("valid", checked.findings.valid()).set("policySet", checked.policies.digest());
  json.set("errors", findings_json(checked.findings.errors));
  json.set("warnings", findings_json(checked.findings.warnings));
  json.set("policies", std::move(policies)).set("templates", std::uint64_t{checked.policies.templates().size()});
  return json;
}

// The place, the message, the line it is about, and a caret under the place.
void print_finding(const Checked& checked, const validation::Finding& finding, std::string_view kind) {
  std::println(stderr, "{}:{}:{}: {}: {}: {}{}", finding.place.file, finding.place.line, finding.place.column, kind,
               finding.policy, finding.message, finding.hint.empty() ? "" : "; " + finding.hint);
  std::string_view text = checked.policies.text();
  for (std::size_t line = 1; line < finding.place.line && !text.empty(); ++line) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  if (finding.place.line == 0 || text.empty()) return;
  std::println(stderr, "  {}", text.substr(0, text.find('\n')));
  std::println(stderr, "  {:>{}}", "^", finding.place.column);
}

void print(const Checked& checked, const std::string& file) {
  for (const auto& warning : checked.findings.warnings) print_finding(checked, warning, "warning");
  for (const auto& error : checked.findings.errors) print_finding(checked, error, "error");
  const auto& policies = checked.policies.policies();
  const auto forbids = std::ranges::count_if(policies, &policy::PolicyInfo::forbid);
  const auto permits = static_cast<std::ptrdiff_t>(policies.size()) - forbids;
  const auto templates = checked.policies.templates().size();
  std::println("{}: {} policies ({} permit, {} forbid){}, policy set {}", file, policies.size(), permits, forbids,
               templates == 0 ? "" : std::format(", {} templates", templates),
               checked.policies.digest().substr(0, 16));
  if (!checked.schema) {
    std::println("not validated: there is no schema; name one with --schema FILE");
  } else if (checked.findings.valid()) {
    std::println("valid for {}, {} warnings", checked.schema->file, checked.findings.warnings.size());
  } else {
    std::println("not valid for {}: {} errors", checked.schema->file, checked.findings.errors.size());
  }
}

Result<std::optional<std::size_t>> level_of(const Arguments& arguments) {
  const auto word = arguments.option("--level");
  if (!word) return std::nullopt;
  std::size_t level = 0;
  const auto parsed = std::from_chars(word->data(), word->data() + word->size(), level);
  if (parsed.ec != std::errc{} || parsed.ptr != word->data() + word->size()) {
    return fail(ErrorKind::invalid_input, std::format("--level wants a number, not '{}'", *word));
  }
  return level;
}

Result<Checked> check(const Arguments& arguments, const std::string& file, std::optional<std::size_t> level) {
  auto policies = read_policies(file);
  if (!policies) return std::unexpected(policies.error());
  if (const auto readable = enforcement::check_rates(*policies); !readable) return std::unexpected(readable.error());
  auto schema = read_schema(arguments, file);
  if (!schema) return std::unexpected(schema.error());
  Checked checked{std::move(*policies), std::move(*schema), {}};
  if (!checked.schema) {
    if (level) return fail(ErrorKind::invalid_input, "--level needs a schema; name one with --schema FILE");
    return checked;
  }
  checked.findings = validation::validate(checked.policies, checked.schema->schema);
  if (level && checked.findings.valid()) {
    checked.findings.errors = validation::validate_level(checked.policies, checked.schema->schema, *level).errors;
  }
  return checked;
}

int run(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json"}, .options = {"--schema", "--level"}, .most_words = 1});
  if (!arguments) return report("policy check", arguments.error());
  const bool json = arguments->has("--json");
  if (arguments->words().empty()) {
    return report("policy check", {ErrorKind::invalid_input, "say which file: cordon policy check FILE"}, json);
  }
  const auto level = level_of(*arguments);
  if (!level) return report("policy check", level.error(), json);
  const auto& file = arguments->words()[0];
  const auto checked = check(*arguments, file, *level);
  if (!checked) {
    const int status = report("policy check", checked.error(), json);
    return checked.error().kind == ErrorKind::invalid_input ? kFailed : status;
  }
  if (json) {
    print_json(to_json(*checked, file));
  } else {
    print(*checked, file);
  }
  return checked->findings.valid() ? kOk : kFailed;
}

}  // namespace

const Command kPolicyCheckCommand{
    .name = "check",
    .summary = "parse and validate policies",
    .help =
        "usage: cordon policy check FILE [--schema FILE] [--level N] [--json]\n\n"
        "Parses FILE and, with a schema, validates it strictly: every mistake with file, line, column and a hint.\n"
        "A set that is not valid is not activated by the engine. Exit status 0 when it is right, 1 when it is not,\n"
        "2 when a file cannot be read.\n\n"
        "  --schema FILE  Cedar schema, or its JSON when the name ends in .json\n"
        "  --level N      no policy may look further than N entities away from the request's (RFC 76)\n"
        "  --json         one object\n\n"
        "example: cordon policy check policies/sbi.cedar --level 1",
    .run = run};

}  // namespace cordon::app
