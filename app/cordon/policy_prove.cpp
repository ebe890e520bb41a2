#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <print>

#include "app/cordon/output.h"
#include "app/cordon/policy_commands.h"
#include "app/cordon/proof_text.h"
#include "cordon/analysis/diff.h"
#include "cordon/validation/validate.h"

namespace cordon::app {

namespace {

struct Sets {
  policy::PolicySet candidate;
  std::optional<policy::PolicySet> other;
  FoundSchema schema;
  std::filesystem::path solver;
};

Result<policy::PolicySet> read_valid(const std::string& file, const schema::Schema& schema) {
  auto set = read_policies(file);
  if (!set) return set;
  const auto findings = validation::validate(*set, schema);
  if (findings.valid()) return set;
  const auto& first = findings.errors.front();
  return fail(ErrorKind::invalid_input,
              std::format("{}:{}:{}: {}: {}; only valid sets can be reasoned about: cordon policy check",
                          first.place.file, first.place.line, first.place.column, first.policy, first.message));
}

Result<Sets> load(const Arguments& arguments, const std::string& candidate, const std::string* other) {
  auto schema = read_schema(arguments, candidate);
  if (!schema) return std::unexpected(schema.error());
  if (!*schema) return fail(ErrorKind::invalid_input, "proving needs a schema; name one with --schema FILE");
  auto first = read_valid(candidate, (*schema)->schema);
  if (!first) return std::unexpected(first.error());
  std::optional<policy::PolicySet> second;
  if (other) {
    auto read = read_valid(*other, (*schema)->schema);
    if (!read) return std::unexpected(read.error());
    second = std::move(*read);
  }
  const auto named = arguments.option("--solver");
  auto solver = named ? Result<std::filesystem::path>(*named) : analysis::Solver::find();
  if (!solver) return std::unexpected(solver.error());
  return Sets{std::move(*first), std::move(second), std::move(**schema), std::move(*solver)};
}

Result<analysis::ProofOptions> options_of(const Arguments& arguments) {
  analysis::ProofOptions options;
  options.profile = profile_of(arguments);
  if (const auto word = arguments.option("--time")) {
    unsigned seconds = 0;
    const auto parsed = std::from_chars(word->data(), word->data() + word->size(), seconds);
    if (parsed.ec != std::errc{} || parsed.ptr != word->data() + word->size() || seconds == 0 || seconds > 3600) {
      return fail(ErrorKind::invalid_input, std::format("--time wants seconds from 1 to 3600, not '{}'", *word));
    }
    options.total = std::chrono::seconds(seconds);
    options.limit = std::min<std::chrono::milliseconds>(options.limit, options.total);
  }
  if (const auto action = arguments.option("--action")) {
    options.about = [wanted = *action](const analysis::Environment& environment) {
      return environment.action.id == wanted || environment.action.text() == wanted;
    };
  }
  if (::isatty(STDERR_FILENO) != 0) {
    options.progress = [](std::size_t done, std::size_t all) {
      std::print(stderr, "\r{} of {} questions ", done, all);
      if (done == all) std::print(stderr, "\r{:40}\r", "");
    };
  }
  return options;
}

int status_of(analysis::ProofOutcome outcome) {
  return outcome == analysis::ProofOutcome::proved ? kOk : outcome == analysis::ProofOutcome::refuted ? kFailed : 3;
}

int prove(const Arguments& arguments, bool json) {
  const auto& words = arguments.words();
  const auto claim = words.empty() ? std::nullopt : analysis::claim_named(words[0]);
  if (!claim || words.size() < 2) {
    return report("policy prove",
                  {ErrorKind::invalid_input,
                   "say what of which file: cordon policy prove never-errors FILE (or "
                   "always-denies, equivalent, no-more-permissive)"},
                  json);
  }
  const auto sets = load(arguments, words[1], words.size() > 2 ? &words[2] : nullptr);
  if (!sets) return report("policy prove", sets.error(), json);
  const auto options = options_of(arguments);
  if (!options) return report("policy prove", options.error(), json);
  const auto proof = analysis::prove(*claim, sets->candidate, sets->other ? &*sets->other : nullptr,
                                     sets->schema.schema, sets->solver, *options);
  if (!proof) return report("policy prove", proof.error(), json);
  if (json) {
    print_json(proof_json(*claim, *proof));
  } else {
    print_proof(*claim, *proof);
  }
  return status_of(proof->outcome);
}

int run_prove(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json", "--reference"},
                                                  .options = {"--schema", "--time", "--action", "--solver"},
                                                  .most_words = 3});
  if (!arguments) return report("policy prove", arguments.error());
  return prove(*arguments, arguments->has("--json"));
}

int run_diff(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json", "--reference"},
                                                  .options = {"--schema", "--time", "--action", "--solver"},
                                                  .most_words = 2});
  if (!arguments) return report("policy diff", arguments.error());
  const bool json = arguments->has("--json");
  if (arguments->words().size() != 2) {
    return report("policy diff", {ErrorKind::invalid_input, "say which: cordon policy diff OLD NEW"}, json);
  }
  const auto sets = load(*arguments, arguments->words()[1], &arguments->words()[0]);
  if (!sets) return report("policy diff", sets.error(), json);
  const auto options = options_of(*arguments);
  if (!options) return report("policy diff", options.error(), json);
  const auto found = analysis::diff(*sets->other, sets->candidate, sets->schema.schema, sets->solver, *options);
  if (!found) return report("policy diff", found.error(), json);
  if (json) {
    print_json(difference_json(*found));
  } else {
    print_difference(*found);
  }
  const bool unknown = found->newly_allowed.outcome == analysis::ProofOutcome::unknown ||
                       found->newly_refused.outcome == analysis::ProofOutcome::unknown;
  const bool same = found->newly_allowed.steps.empty() && found->newly_refused.steps.empty();
  return same ? kOk : unknown ? 3 : kFailed;
}

}  // namespace

const Command kPolicyProveCommand{
    .name = "prove",
    .summary = "what holds for every request",
    .help =
        "usage: cordon policy prove never-errors FILE [OPTION...]\n"
        "       cordon policy prove always-denies FILE [OPTION...]\n"
        "       cordon policy prove equivalent FILE OTHER [OPTION...]\n"
        "       cordon policy prove no-more-permissive FILE OTHER [OPTION...]\n\n"
        "Asks the solver cvc5 (a separate process; package cvc5) whether the claim holds for every request and all\n"
        "entities the schema allows. When it does not: a concrete request, confirmed with the engine. Taken for "
        "granted:\n"
        "requests and entities conform to the schema, and every entity that is mentioned exists.\n"
        "Exit status 0 proved, 1 refuted, 3 unknown.\n\n"
        "  --schema FILE  Cedar schema, or its JSON\n"
        "  --action ID    only requests for this action\n"
        "  --time N       seconds for the whole proof (default 120); a question gets 10 of them at most\n"
        "  --solver FILE  cvc5, when it is not in PATH\n"
        "  --reference    as Cedar answers: policies that fail are skipped\n"
        "  --json         one object\n\n"
        "example: cordon policy prove no-more-permissive candidate.cedar policies/sbi.cedar --schema "
        "policies/sbi.cedarschema",
    .run = run_prove};

const Command kPolicyDiffCommand{
    .name = "diff",
    .summary = "what one set permits and another does not",
    .help =
        "usage: cordon policy diff OLD NEW [OPTION...]\n\n"
        "Which policies changed, and for every operation they touch: what NEW permits that OLD refused, what NEW "
        "refuses\n"
        "that OLD permitted, each with a concrete request. Uses the solver cvc5, as cordon policy prove does.\n"
        "Exit status 0 no answer changes, 1 some do, 3 unknown.\n\n"
        "  --schema FILE  Cedar schema, or its JSON (default: beside NEW)\n"
        "  --action ID    only requests for this action\n"
        "  --time N       seconds for the whole proof (default 120); a question gets 10 of them at most\n"
        "  --solver FILE  cvc5, when it is not in PATH\n"
        "  --reference    as Cedar answers: policies that fail are skipped\n"
        "  --json         one object\n\n"
        "example: cordon policy diff policies/sbi.cedar candidate.cedar --schema policies/sbi.cedarschema",
    .run = run_diff};

}  // namespace cordon::app
