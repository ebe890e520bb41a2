#include <algorithm>
#include <print>

#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/archive/retention.h"

namespace cordon::app {

namespace {

struct Open {
  archive::LogReader log;
  transparency::LogSigner signer;
};

Result<Open> open(const LogSource& source) {
  auto log = source.open();
  if (!log) return std::unexpected(log.error());
  auto signer = signer_of(source.folder())(log->checkpoint().origin);
  if (!signer) return std::unexpected(signer.error());
  return Open{std::move(*log), std::move(*signer)};
}

Result<archive::Retention> declared(const archive::LogReader& log) {
  const auto chain = archive::key_chain(log.resources(), log.checkpoint().origin, std::nullopt);
  if (!chain) return std::unexpected(chain.error());
  auto retention = archive::read_retention(log.resources(), log.checkpoint().origin, *chain, log.size());
  if (!retention) return std::unexpected(retention.error());
  return retention->value_or(archive::Retention{});
}

Result<archive::Hold> read_hold(const std::string& words, std::string reason) {
  const auto dash = words.find('-');
  const auto from = to_number(std::string_view(words).substr(0, dash), "--hold FROM-TO");
  if (!from) return std::unexpected(from.error());
  const auto to =
      dash == std::string::npos ? from : to_number(std::string_view(words).substr(dash + 1), "--hold FROM-TO");
  if (!to) return std::unexpected(to.error());
  if (*to < *from) return fail(ErrorKind::invalid_input, "--hold FROM-TO: the range runs upwards");
  return archive::Hold{*from, *to + 1, std::move(reason)};
}

Result<archive::Retention> wanted(const Arguments& arguments, archive::Retention retention) {
  const auto days = number_option(arguments, "--keep-days"), entries = number_option(arguments, "--keep-entries");
  if (!days) return std::unexpected(days.error());
  if (!entries) return std::unexpected(entries.error());
  if (*days && **days > 36'500) return fail(ErrorKind::invalid_input, "--keep-days: at most 36500");
  if (*days) retention.keep_days = static_cast<std::uint32_t>(**days);
  if (*entries) retention.keep_entries = **entries;
  if (const auto words = arguments.option("--hold")) {
    const auto reason = arguments.option("--reason");
    if (!reason) return fail(ErrorKind::invalid_input, "a hold needs its reason: --hold FROM-TO --reason TEXT");
    auto hold = read_hold(*words, *reason);
    if (!hold) return std::unexpected(hold.error());
    retention.holds.push_back(std::move(*hold));
  }
  if (const auto words = arguments.option("--lift")) {
    const auto lifted = read_hold(*words, "");
    if (!lifted) return std::unexpected(lifted.error());
    const auto gone = std::erase_if(retention.holds, [&](const archive::Hold& hold) {
      return hold.from == lifted->from && hold.to == lifted->to;
    });
    if (gone == 0) return fail(ErrorKind::not_found, "--lift " + *words + ": there is no such hold");
  }
  return retention;
}

bool declares(const Arguments& arguments) {
  constexpr std::string_view kDeclaring[] = {"--keep-days", "--keep-entries", "--hold", "--lift"};
  return std::ranges::any_of(kDeclaring, [&](auto name) { return arguments.option(name).has_value(); });
}

int declare(const Arguments& arguments, const Open& open, bool json) {
  const auto before = declared(open.log);
  if (!before) return report("log prune", before.error(), json);
  auto retention = wanted(arguments, *before);
  if (!retention) return report("log prune", retention.error(), json);
  const auto now = archive::declare_retention(open.log, open.signer, std::move(*retention), system_clock());
  if (!now) return report("log prune", now.error(), json);
  if (json) {
    if (auto shown = wire::parse_json(now->text())) print_json(*shown);
    return kOk;
  }
  std::println("declared: {}{}{} holds; 'cordon log prune' removes what it lets go",
               now->keep_days ? std::format("{} days, ", *now->keep_days) : "",
               now->keep_entries ? std::format("the newest {} records, ", *now->keep_entries) : "",
               now->holds.size());
  return kOk;
}

void print(const archive::PrunePlan& plan, bool dry, bool json) {
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("from", plan.from).set("oldest", plan.minimum).set("files", plan.files).set("bytes", plan.bytes);
    if (plan.held) out.set("heldBy", plan.held->reason);
    return print_json(out.set("dryRun", dry));
  }
  std::println("{} {} files, {}; the oldest record is {} {}", dry ? "would remove" : "removed", plan.files,
               bytes_text(plan.bytes), dry ? "then" : "now", plan.minimum);
  if (plan.held) std::println("records {} to {} are held: {}", plan.held->from, plan.held->to - 1, plan.held->reason);
}

Result<archive::PrunePlan> plan_or_prune(const Open& open, bool dry) {
  if (!dry) return archive::prune(open.log, open.signer, system_clock());
  const auto retention = declared(open.log);
  if (!retention) return std::unexpected(retention.error());
  return archive::plan_pruning(open.log, *retention, system_clock().now());
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json", "--dry-run"},
                                                  .options = {"--config", "--evidence", "--keep-days",
                                                              "--keep-entries", "--hold", "--reason", "--lift"}});
  if (!arguments) return report("log prune", arguments.error());
  const bool json = arguments->has("--json"), dry = arguments->has("--dry-run");
  const auto source = local_log(*arguments);
  if (!source) return report("log prune", source.error(), json);
  const auto opened = open(*source);
  if (!opened) return report("log prune", opened.error(), json);
  if (declares(*arguments)) return declare(*arguments, *opened, json);
  const auto plan = plan_or_prune(*opened, dry);
  if (!plan) return report("log prune", plan.error(), json);
  print(*plan, dry, json);
  return kOk;
}

}  // namespace

const Command kLogPruneCommand{
    .name = "prune",
    .summary = "declare how long records are kept, and remove what is older",
    .help =
        "usage: cordon log prune [--dry-run] [--evidence DIR] [--json]\n"
        "       cordon log prune [--keep-days N] [--keep-entries N] [--hold FROM-TO --reason TEXT] [--lift "
        "FROM-TO]\n\n"
        "With one of the options of the second line it declares, in the log's signed retention.json, and removes\n"
        "nothing. Without, it removes what the declared retention lets go: whole files below a new minimum index. "
        "The\n"
        "tree keeps its shape, and proofs of what remains keep working. Also while the log is being written.\n\n"
        "  --keep-days N     by the day a bundle of 256 records was completed; with --keep-entries both must agree\n"
        "  --keep-entries N  the newest so many\n"
        "  --hold FROM-TO    a legal hold: these records, and so all after them, stay\n"
        "  --lift FROM-TO    ends that hold\n"
        "  --dry-run         says what would go\n\n"
        "example: cordon log prune --keep-days 365 && cordon log prune --dry-run",
    .run = run};

}  // namespace cordon::app
