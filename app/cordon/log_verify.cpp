#include <algorithm>
#include <print>

#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/archive/verify.h"

namespace cordon::app {

namespace {

constexpr std::size_t kShownFaults = 20;

// One shard, all of them, or one record: the same words for each.
struct Verdict {
  std::vector<archive::VerifyReport> parts;
  std::vector<archive::Fault> faults;
  std::uint64_t fault_count = 0;
};

Verdict verdict_of(archive::VerifyReport report) {
  Verdict verdict{.parts = {}, .faults = report.faults, .fault_count = report.fault_count};
  verdict.parts.push_back(std::move(report));
  return verdict;
}

wire::Json part_json(const archive::VerifyReport& part) {
  wire::Json out{wire::JsonObject{}};
  out.set("origin", part.checkpoint.origin).set("size", part.checkpoint.size);
  out.set("root", to_hex(part.checkpoint.root)).set("verified", part.entries).set("oldest", part.minimum);
  wire::JsonArray witnesses;
  for (const auto& name : part.witnessed.witnesses) witnesses.emplace_back(name);
  out.set("witnesses", std::move(witnesses)).set("quorum", part.witnessed.quorum);
  return out.set("keysFromLog", part.keys_from_log).set("filesAhead", part.ahead);
}

wire::Json to_json(const Verdict& verdict) {
  wire::JsonArray shards, faults;
  for (const auto& part : verdict.parts) shards.push_back(part_json(part));
  for (const auto& fault : verdict.faults) {
    wire::Json one{wire::JsonObject{}};
    one.set("file", fault.file);
    if (fault.index) one.set("record", *fault.index);
    faults.push_back(one.set("fault", fault.what));
  }
  wire::Json out{wire::JsonObject{}};
  out.set("ok", verdict.fault_count == 0).set("shards", std::move(shards));
  return out.set("faults", std::move(faults)).set("faultCount", verdict.fault_count);
}

void print(const Verdict& verdict) {
  for (std::size_t i = 0; i < std::min(verdict.faults.size(), kShownFaults); ++i) {
    std::println(stderr, "{}", verdict.faults[i].text());
  }
  if (verdict.fault_count > kShownFaults) {
    std::println(stderr, "... {} faults in all; --json lists the first {}", verdict.fault_count,
                 archive::kMostFaults);
  }
  for (const auto& part : verdict.parts) {
    const auto pruned =
        part.minimum == 0 ? "" : std::format(", records below {} are pruned as declared", part.minimum);
    std::println("{}: {} of {} records verified{}; {}", part.checkpoint.origin, part.entries, part.checkpoint.size,
                 pruned,
                 part.witnessed.witnesses.empty() ? "not witnessed"
                                                  : std::format("{} witnesses", part.witnessed.witnesses.size()));
    if (part.keys_from_log) {
      std::println("  the keys are the log's own word: name a trust policy with --trust to know whose log it is");
    }
  }
  std::println("{}", verdict.fault_count == 0 ? tinted(Tint::good, "everything holds")
                                              : tinted(Tint::bad, std::format("{} faults", verdict.fault_count)));
}

Result<Verdict> verify_all(const LogSource& source, const archive::VerifyOptions& options) {
  const auto read = source.resources();
  if (!read) return std::unexpected(read.error());
  const auto shards = archive::list_shards(*read);
  if (!shards) return std::unexpected(shards.error());
  if (shards->size() > 1 || !shards->front().folder.empty()) {
    const auto folder = source.remote ? std::nullopt : std::optional(archive::public_part(source.name));
    auto report = archive::verify_shards(*read, options, folder);
    if (!report) return std::unexpected(report.error());
    return Verdict{std::move(report->shards), std::move(report->faults), report->fault_count};
  }
  const auto log = source.open();
  if (!log) return std::unexpected(log.error());
  auto report = archive::verify_log(*log, options);
  if (!report) return std::unexpected(report.error());
  return verdict_of(std::move(*report));
}

Result<Verdict> verify(const Arguments& arguments) {
  auto source = log_source(arguments);
  if (!source) return std::unexpected(source.error());
  const auto record = number_option(arguments, "--record");
  if (!record) return std::unexpected(record.error());
  archive::VerifyOptions options{.trust = source->trust};
  if (const auto file = arguments.option("--from")) {
    auto note = read_note(*file);
    if (!note) return std::unexpected(note.error());
    options.from = std::move(*note);
  }
  Progress progress("records");
  options.progress = progress.report();
  if (!*record && !options.from) return verify_all(*source, options);
  const auto log = source->open();
  if (!log) return std::unexpected(log.error());
  auto report = *record ? archive::verify_record(*log, **record, options) : archive::verify_log(*log, options);
  if (!report) return std::unexpected(report.error());
  return verdict_of(std::move(*report));
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"}, .options = {"--config", "--evidence", "--trust", "--record", "--from"}});
  if (!arguments) return report("log verify", arguments.error());
  const bool json = arguments->has("--json");
  const auto verdict = verify(*arguments);
  if (!verdict) return report("log verify", verdict.error(), json);
  if (json) {
    print_json(to_json(*verdict));
  } else {
    print(*verdict);
  }
  return verdict->fault_count == 0 ? kOk : kFailed;
}

}  // namespace

const Command kLogVerifyCommand{
    .name = "verify",
    .summary = "verify a whole log, or one record",
    .help =
        "usage: cordon log verify [--evidence DIR|URL] [--record N] [--from OLD_CHECKPOINT] [--trust POLICY] "
        "[--json]\n\n"
        "Every record against its tile, every tile against the one above, the root against the checkpoint, its\n"
        "signatures and cosignatures, all shards and the seams between them. Needs the log's public files only.\n"
        "Exit status 0 when everything holds, 1 when not (each fault with its place), 2 when nothing could be "
        "read.\n\n"
        "  --evidence DIR|URL  a log's folder, or where it is served (default: as cordon.yaml says)\n"
        "  --config FILE       default cordon.yaml\n"
        "  --record N          one record, its proof and the checkpoint\n"
        "  --from FILE         an older checkpoint: this log must be its continuation\n"
        "  --trust POLICY      whose keys and which witnesses count (C2SP tlog-policy); without it the log's own "
        "keys\n"
        "  --json              one object\n\n"
        "example: cordon log verify --evidence http://127.0.0.1:8080 --trust auditors.policy --from "
        "last-week.checkpoint",
    .run = run};

}  // namespace cordon::app
