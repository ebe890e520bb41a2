#include <unistd.h>

#include <charconv>
#include <deque>
#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/evidence_log.h"
#include "app/cordon/log_commands.h"
#include "app/cordon/output.h"

namespace cordon::app {

namespace {

constexpr std::size_t kUsualLast = 20;
constexpr std::uint64_t kProgressEvery = 10'000;

// Which records are wanted.
struct Wanted {
  std::size_t last = kUsualLast;
  bool refused = false;
  std::optional<std::string> caller;
  std::optional<std::string> rule;
  std::optional<std::string> kind;
  std::optional<WallTime> since;

  bool all() const { return !refused && !caller && !rule && !kind && !since; }
  bool matches(const evidence::Record& record) const {
    if (refused && record.decision != "refuse") return false;
    if (caller && record.caller_name != *caller && record.caller != *caller) return false;
    if (rule && record.rule != *rule) return false;
    if (kind && record.kind != *kind) return false;
    return !since || record.time >= *since;
  }
};

Result<std::size_t> last_of(const Arguments& arguments) {
  const auto word = arguments.option("--last");
  std::size_t last = kUsualLast;
  if (!word) return last;
  const auto parsed = std::from_chars(word->data(), word->data() + word->size(), last);
  if (parsed.ec != std::errc{} || parsed.ptr != word->data() + word->size()) {
    return fail(ErrorKind::invalid_input, std::format("--last wants a number, not '{}'", *word));
  }
  return last;
}

Result<Wanted> wanted_of(const Arguments& arguments) {
  const auto last = last_of(arguments);
  if (!last) return std::unexpected(last.error());
  Wanted wanted{.last = *last,
                .refused = arguments.has("--refused"),
                .caller = arguments.option("--caller"),
                .rule = arguments.option("--rule"),
                .kind = arguments.option("--kind"),
                .since = std::nullopt};
  if (const auto since = arguments.option("--since")) {
    const auto time = parse_time(*since);
    if (!time) return std::unexpected(within("--since", time.error()));
    wanted.since = *time;
  }
  return wanted;
}

std::vector<Cell> row_of(const evidence::Record& record) {
  const bool permit = record.decision == "permit";
  const auto who = record.caller_name.empty() ? record.peer : record.caller_name;
  const bool decision = !record.decision.empty();
  return {
      {std::to_string(record.sequence)},
      {format_time(record.time).substr(11, 12)},
      {decision ? record.decision : record.kind, permit     ? Tint::good
                                                 : decision ? Tint::bad
                                                            : Tint::dim},
      {who},
      {record.producer_type},
      {record.action.empty() ? std::format("{} {}", record.method, record.resource.substr(0, 60)) : record.action},
      {decision && !record.rule.empty() ? record.rule : record.reason.substr(0, 80)}};
}

// The newest that are wanted, oldest first.
Result<std::deque<evidence::Record>> newest(const LogPlace& place, const Wanted& wanted) {
  std::uint64_t from = 0;
  if (wanted.all()) {
    const auto count = count_records(place);
    if (!count) return std::unexpected(count.error());
    from = *count - std::min<std::uint64_t>(*count, wanted.last);
  }
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  std::deque<evidence::Record> kept;
  const auto read = each_record(place, from, [&](const evidence::Record& record) {
    if (terminal && record.sequence % kProgressEvery == kProgressEvery - 1) {
      std::print(stderr, "\r{} records read ", record.sequence + 1);
    }
    if (!wanted.matches(record)) return true;
    kept.push_back(record);
    if (kept.size() > wanted.last) kept.pop_front();
    return true;
  });
  if (terminal) std::print(stderr, "\r\033[K");
  if (!read) return std::unexpected(read.error());
  return kept;
}

void print_records(const std::deque<evidence::Record>& records) {
  std::vector<std::vector<Cell>> rows{
      {{"record"}, {"time (UTC)"}, {"decision"}, {"caller"}, {"of"}, {"operation"}, {"rule"}}};
  for (const auto& record : records) rows.push_back(row_of(record));
  print_table(rows);
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json", "--refused"},
              .options = {"--config", "--evidence", "--vault", "--last", "--caller", "--rule", "--kind", "--since"}});
  if (!arguments) return report("log show", arguments.error());
  const bool json = arguments->has("--json");
  const auto wanted = wanted_of(*arguments);
  if (!wanted) return report("log show", wanted.error(), json);
  const auto place = log_place(*arguments);
  if (!place) return report("log show", place.error(), json);
  const auto records = newest(*place, *wanted);
  if (!records) return report("log show", records.error(), json);
  if (!json) return print_records(*records), kOk;
  for (const auto& record : *records) print_json(record_json(record));
  return kOk;
}

}  // namespace

const Command kLogShowCommand{
    .name = "show",
    .summary = "the newest records",
    .help =
        "usage: cordon log show [--last N] [--refused] [--caller NAME] [--rule ID] [--kind KIND] [--since TIME]\n"
        "                       [--config FILE | --evidence DIR [--vault DIR]] [--json]\n\n"
        "Opens the records with the operator's own keys. Subscribers appear as pseudonyms; to see who they are,\n"
        "cordon log ask with a purpose.\n\n"
        "  --last N        the last N that match (default 20)\n"
        "  --refused       only refusals\n"
        "  --caller NAME   of the NF that asked: its name in the inventory, or its instance\n"
        "  --rule ID       the policy or built-in rule that decided\n"
        "  --kind KIND     decision, start, gap, spool-gap, access...\n"
        "  --since TIME    2026-11-21T02:48:04Z\n"
        "  --config FILE   default cordon.yaml\n"
        "  --evidence DIR  a log without its configuration; its keys lie beside it, or under --vault\n"
        "  --json          one object a record\n\n"
        "example: cordon log show --refused --caller amf1 --since 2026-11-21T00:00:00Z",
    .run = run};

}  // namespace cordon::app
