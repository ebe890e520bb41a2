#include <print>

#include "app/cordon/log_audit.h"
#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/base/file.h"
#include "cordon/vault/release.h"

namespace cordon::app {

namespace {

Result<audit::Question> read_question(const Arguments& arguments) {
  auto filter = read_filter(arguments);
  if (!filter) return std::unexpected(filter.error());
  const auto groups = read_groups(arguments);
  if (!groups) return std::unexpected(groups.error());
  return audit::Question{.auditor = arguments.option("--auditor").value_or(""),
                         .purpose = arguments.option("--purpose").value_or(""),
                         .case_reference = arguments.option("--case").value_or(""),
                         .filter = std::move(*filter),
                         .groups = *groups};
}

Result<crypto::KemPublicKey> read_key(const Arguments& arguments) {
  const auto file = arguments.option("--key");
  if (!file) return fail(ErrorKind::invalid_input, "say to which key: --key FILE with the auditor's public key");
  return vault::read_auditor_public_key(*file);
}

Result<audit::Access> ask(const Arguments& arguments, const audit::Question& question) {
  const auto key = read_key(arguments);
  if (!key) return std::unexpected(key.error());
  const auto place = audit_place(arguments);
  if (!place) return std::unexpected(place.error());
  const auto rules = access_rules(arguments);
  if (!rules) return std::unexpected(rules.error());
  const auto auditors = read_auditors(*place);
  if (!auditors) return std::unexpected(auditors.error());
  const auto evidence = open_evidence(*place);
  if (!evidence) return std::unexpected(evidence.error());
  auto earlier = earlier_pseudonyms(arguments, *place, question.filter.subject);
  if (!earlier) return std::unexpected(earlier.error());
  const auto keep = keep_through(place->socket);
  Progress progress("entries");
  const audit::AccessContext context{.sources = {evidence->log, evidence->index, *evidence->vault, progress.report()},
                                     .rules = *rules,
                                     .auditors = *auditors,
                                     .keep = keep,
                                     .clock = system_clock(),
                                     .earlier = std::move(*earlier)};
  return audit::ask(context, question, *key);
}

void print_result(const audit::Access& access, const std::string& out, bool json) {
  const auto released = access.file ? access.file->entries.size() : 0;
  if (json) {
    wire::Json result{wire::JsonObject{}};
    result.set("decision", access.ruling.permit ? "permit" : "refuse").set("reason", access.ruling.reason);
    result.set("accessRecord", access.record).set("records", std::uint64_t{released});
    if (access.file) {
      result.set("question", access.file->question).set("withheld", std::uint64_t{access.file->withheld.size()});
      result.set("erased", std::uint64_t{access.file->erased.size()}).set("file", out);
    }
    print_json(result);
  } else if (access.file) {
    std::println("{}: {} records of {}, wrapped to the auditor's key; the access is record {}", out, released,
                 access.file->question, access.record);
  } else {
    std::println(stderr, "cordon log ask: refused: {}; the refusal is record {}", access.ruling.reason,
                 access.record);
  }
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"},
              .options = {"--purpose", "--case",   "--record",   "--subject", "--caller",   "--producer",
                          "--rule",    "--action", "--decision", "--kind",    "--trace",    "--since",
                          "--until",   "--groups", "--auditor",  "--key",     "--out",      "--approve",
                          "--policy",  "--schema", "--auditors", "--config",  "--evidence", "--vault"}});
  if (!arguments) return report("log ask", arguments.error());
  const bool json = arguments->has("--json");
  const auto question = read_question(*arguments);
  if (!question) return report("log ask", question.error(), json);
  const auto out = arguments->option("--out");
  if (!out) return report("log ask", {ErrorKind::invalid_input, "say where to write: --out FILE"}, json);
  const auto access = ask(*arguments, *question);
  if (!access) return report("log ask", access.error(), json);
  if (access->file) {
    if (auto written = write_file(*out, encode(*access->file), 0600); !written) {
      return report("log ask", written.error(), json);
    }
  }
  print_result(*access, *out, json);
  return access->file ? kOk : kFailed;
}

}  // namespace

const Command kLogAskCommand{
    .name = "ask",
    .summary = "release records to an auditor, for a purpose",
    .help =
        "usage: cordon log ask --purpose P --case C --auditor NAME --key PUBLIC --out FILE CONDITION...\n"
        "                      [--groups header,analyst,personal] [--policy FILE] [--json]\n\n"
        "Finds the records, lets the policy decide, records the access (refused ones too), and writes FILE: the "
        "sealed\n"
        "records, their proofs, what the index says about completeness, and keys that open these records and no "
        "other,\n"
        "wrapped to the auditor's key. Exit status 0 when released, 1 when refused.\n\n"
        "  --purpose P     fraud-investigation, lawful-request, incident-response, quality, subject-access, or your "
        "own\n"
        "  --case C        the reference under which the case is kept\n"
        "  --record N, --subject ID, --caller NAME, --producer TYPE, --rule ID, --action NAME, --decision "
        "permit|refuse,\n"
        "  --kind KIND, --trace ID, --since TIME, --until TIME   conditions; all that are given must hold\n"
        "  --groups LIST   which fields (default header)\n"
        "  --approve LIST  NAME=FILE,NAME=FILE: two custodians, to find a subject in closed epochs too\n"
        "  --auditors FILE who is enrolled (default auditors.json beside the evidence)\n"
        "  --policy FILE   Cedar rules instead of the default ones (policies/audit.cedar); --schema FILE their "
        "words\n"
        "  --config FILE   default cordon.yaml; or --evidence DIR [--vault DIR]\n\n"
        "example: cordon log ask --purpose fraud-investigation --case F-2207 --subject imsi-999700000021309 \\\n"
        "           --groups header,personal --auditor alice --key alice.key.pub --out F-2207.released",
    .run = run};

}  // namespace cordon::app
