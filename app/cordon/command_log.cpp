#include <unistd.h>

#include <charconv>
#include <deque>
#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/evidence_log.h"
#include "app/cordon/output.h"
#include "app/cordon/write_log.h"

namespace cordon::app {

namespace {

std::vector<Cell> row_of(const evidence::Record& record) {
  const bool permit = record.decision == "permit";
  const auto who = record.caller_name.empty() ? record.peer : record.caller_name;
  return {
      {std::to_string(record.sequence)},
      {format_time(record.time).substr(11, 12)},
      {record.decision.empty() ? record.kind : record.decision, permit ? Tint::good : Tint::bad},
      {who},
      {record.producer_type},
      {record.action.empty() ? std::format("{} {}", record.method, record.resource.substr(0, 60)) : record.action},
      {record.rule}};
}

Result<std::size_t> last_of(const Arguments& arguments) {
  const auto word = arguments.option("--last");
  std::size_t last = 20;
  if (!word) return last;
  const auto parsed = std::from_chars(word->data(), word->data() + word->size(), last);
  if (parsed.ec != std::errc{} || parsed.ptr != word->data() + word->size()) {
    return fail(ErrorKind::invalid_input, std::format("--last wants a number, not '{}'", *word));
  }
  return last;
}

int show(const Arguments& arguments, bool json) {
  const auto place = log_place(arguments);
  const auto last = last_of(arguments);
  if (!place) return report("log show", place.error(), json);
  if (!last) return report("log show", last.error(), json);
  std::deque<evidence::Record> kept;
  const auto read = each_record(place->evidence, [&](const evidence::Record& record) {
    if (arguments.has("--refused") && record.decision != "refuse") return;
    kept.push_back(record);
    if (kept.size() > *last) kept.pop_front();
  });
  if (!read) return report("log show", read.error(), json);
  std::vector<std::vector<Cell>> rows{
      {{"record"}, {"time (UTC)"}, {"decision"}, {"caller"}, {"of"}, {"operation"}, {"rule"}}};
  for (const auto& record : kept) {
    if (json) {
      print_json(record_json(record));
    } else {
      rows.push_back(row_of(record));
    }
  }
  if (!json) print_table(rows);
  return kOk;
}

int verify(const Arguments& arguments, bool json) {
  const auto place = log_place(arguments);
  if (!place) return report("log verify", place.error(), json);
  if (!std::filesystem::is_directory(place->evidence)) {
    return report("log verify",
                  {ErrorKind::not_found, place->evidence.string() + " is no folder: nothing was recorded there"},
                  json);
  }
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  const auto verdict = verify_log(place->evidence, [&](std::uint64_t done) {
    if (terminal && done % 10'000 == 0) std::print(stderr, "\r{} records ", done);
  });
  if (terminal) std::print(stderr, "\r");
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("ok", verdict.ok).set("records", verdict.records).set("head", verdict.head);
    if (!verdict.ok) out.set("fault", verdict.fault);
    print_json(out);
  } else if (verdict.ok) {
    std::println("{}: {} records, chain and checkpoint verify, head {}", place->evidence.string(), verdict.records,
                 verdict.head);
  } else {
    std::println(stderr, "cordon log verify: {}", verdict.fault);
  }
  return verdict.ok ? kOk : kFailed;
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json", "--refused"}, .options = {"--config", "--evidence", "--last"}, .most_words = 1});
  if (!arguments) return report("log", arguments.error());
  const bool json = arguments->has("--json");
  const auto what = arguments->words().empty() ? std::string() : arguments->words()[0];
  if (what == "show") return show(*arguments, json);
  if (what == "verify") return verify(*arguments, json);
  if (what == "write") return write_log(arguments->option("--config").value_or("cordon.yaml"));
  return report("log", {ErrorKind::invalid_input, "say what to do: cordon log show, or cordon log verify"});
}

}  // namespace

const Command kLogCommand{
    .name = "log",
    .summary = "show and verify the evidence",
    .help =
        "usage: cordon log show [--last N] [--refused] [--config FILE | --evidence DIR] [--json]\n"
        "       cordon log verify [--config FILE | --evidence DIR] [--json]\n"
        "       cordon log write [--config FILE]     (the writer's process, started by 'cordon up')\n\n"
        "  --last N        the last N records (default 20)\n"
        "  --refused       only refusals\n"
        "  --config FILE   default cordon.yaml\n"
        "  --evidence DIR  a log without its configuration\n"
        "  --json          one object a record, or one for the verdict\n\n"
        "verify exits with 0 when chain and signed checkpoint hold, 1 when not.\n\n"
        "example: cordon log verify --evidence /var/lib/cordon/evidence",
    .run = run};

}  // namespace cordon::app
