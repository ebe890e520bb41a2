#include <print>

#include "app/cordon/command.h"
#include "app/cordon/log_service.h"
#include "app/cordon/output.h"
#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/witness/monitor.h"

namespace cordon::app {

namespace {

constexpr std::chrono::seconds kPause(60);

struct Watched {
  transparency::TrustPolicy policy;
  witness::KnownLog log;
  std::vector<witness::Place> places;
  std::filesystem::path folder;
};

Result<Watched> open(const Arguments& arguments) {
  auto policy = read_trust(arguments);
  if (!policy) return std::unexpected(policy.error());
  auto log = witness::known_log(*policy, arguments.option("--origin").value_or(""));
  if (!log) return std::unexpected(log.error());
  const auto folder = needed(arguments, "--folder", "DIR: what was seen, and proofs");
  if (!folder) return std::unexpected(folder.error());
  if (arguments.words().empty())
    return fail(ErrorKind::invalid_input, "say which places: http://HOST:PORT or folders");
  std::vector<witness::Place> places;
  for (const auto& where : arguments.words()) {
    auto place = witness::log_place(where, where);
    if (!place) return std::unexpected(place.error());
    places.push_back(std::move(*place));
  }
  auto witnesses = witness::witness_places(*policy, log->origin);
  if (!witnesses) return std::unexpected(witnesses.error());
  std::ranges::move(*witnesses, std::back_inserter(places));
  if (auto made = make_folder(*folder); !made) return std::unexpected(made.error());
  return Watched{std::move(*policy), std::move(*log), std::move(places), *folder};
}

wire::Json to_json(const witness::Seen& seen) {
  wire::Json out{wire::JsonObject{}};
  out.set("place", seen.place);
  if (seen.error) {
    out.set("error", seen.error->message);
    return out;
  }
  wire::JsonArray witnesses;
  for (const auto& name : seen.witnesses) witnesses.push_back(name);
  out.set("size", seen.checkpoint.size).set("root", to_base64(seen.checkpoint.root));
  out.set("witnesses", std::move(witnesses));
  return out;
}

void show_json(const witness::Comparison& comparison, const std::vector<std::string>& proofs) {
  wire::JsonArray places;
  for (const auto& seen : comparison.seen) places.push_back(to_json(seen));
  wire::JsonArray files;
  for (const auto& file : proofs) files.push_back(file);
  wire::JsonArray undecided;
  for (const auto& pair : comparison.undecided) undecided.push_back(pair);
  wire::Json out{wire::JsonObject{}};
  out.set("consistent", proofs.empty()).set("places", std::move(places));
  out.set("proofs", std::move(files)).set("undecided", std::move(undecided));
  print_json(out);
}

void show(const witness::Comparison& comparison, const std::vector<std::string>& proofs) {
  std::vector<std::vector<Cell>> rows{{{"place"}, {"size"}, {"root"}, {"cosigned by"}}};
  for (const auto& seen : comparison.seen) {
    if (seen.error) {
      rows.push_back({{seen.place}, {"-"}, {seen.error->message, Tint::bad}, {""}});
      continue;
    }
    std::string witnesses;
    for (const auto& name : seen.witnesses) witnesses += (witnesses.empty() ? "" : ", ") + name;
    rows.push_back({{seen.place},
                    {std::to_string(seen.checkpoint.size)},
                    {to_base64(seen.checkpoint.root).substr(0, 12)},
                    {witnesses}});
  }
  print_table(rows);
  for (const auto& pair : comparison.undecided) std::println("not compared: {}", pair);
  for (const auto& file : proofs) std::println("TWO HISTORIES, both signed by the log: the proof is {}", file);
}

// Whether all places show one history.
Result<bool> look(const Watched& watched, bool json) {
  const auto comparison = witness::monitor(watched.places, watched.log, watched.policy, watched.folder / "seen");
  if (!comparison) return std::unexpected(comparison.error());
  const auto proofs = witness::write_proofs(*comparison, watched.folder);
  if (!proofs) return std::unexpected(proofs.error());
  json ? show_json(*comparison, *proofs) : show(*comparison, *proofs);
  std::fflush(stdout);
  return proofs->empty();
}

int verify_proof(const Arguments& arguments, const std::string& file, bool json) {
  const auto policy = read_trust(arguments);
  if (!policy) return report("log monitor", policy.error(), json);
  const auto text = read_file(file);
  if (!text) return report("log monitor", text.error(), json);
  const auto proof = witness::parse_equivocation(*text);
  if (!proof) return report("log monitor", within(file, proof.error()), json);
  const auto checkpoint = transparency::parse_checkpoint(proof->smaller.text);
  const auto log = checkpoint ? witness::known_log(*policy, checkpoint->origin) : std::unexpected(checkpoint.error());
  if (!log) return report("log monitor", within(file, log.error()), json);
  const auto verified = witness::verify_equivocation(*proof, *log);
  if (!verified) {
    report("log monitor", within(file, verified.error()), json);
    return kFailed;
  }
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("proved", true).set("origin", log->origin);
    print_json(out);
  } else {
    std::println("{}: {} signed two histories", file, log->origin);
  }
  return kOk;
}

int watch(const Arguments& arguments, bool json) {
  const auto pause = every(arguments, kPause);
  if (!pause) return report("log monitor", pause.error(), json);
  const auto watched = open(arguments);
  if (!watched) return report("log monitor", watched.error(), json);
  Result<bool> consistent = true;
  repeat(*pause, [&](const Stopping&) {
    consistent = look(*watched, json);
    return consistent && *consistent && !arguments.has("--once");
  });
  if (!consistent) return report("log monitor", consistent.error(), json);
  return *consistent ? kOk : kFailed;
}

int run(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json", "--once"},
                               .options = {"--trust", "--folder", "--origin", "--every", "--proof"},
                               .most_words = 32});
  if (!arguments) return report("log monitor", arguments.error());
  const bool json = arguments->has("--json");
  configure_log(LogLevel::info, LogFormat::automatic, "cordon-monitor");
  if (const auto file = arguments->option("--proof")) return verify_proof(*arguments, *file, json);
  return watch(*arguments, json);
}

}  // namespace

const Command kLogMonitorCommand{
    .name = "monitor",
    .summary = "compare what a log, its witnesses and mirrors show",
    .help =
        "usage: cordon log monitor PLACE... --trust FILE --folder DIR [--origin ORIGIN] [--every SECONDS] [--once]\n"
        "                          [--json]\n"
        "       cordon log monitor --proof FILE --trust FILE [--json]\n\n"
        "Asks every PLACE (the log, mirrors: http://HOST[:PORT][/PREFIX] or a folder) and every witness of the "
        "trust\n"
        "file with a URL for the log's checkpoint, and compares them with each other and with the largest one seen\n"
        "before. Two that no append-only log can have both signed are written as a proof that stands alone, and end\n"
        "it with status 1. With --proof: whether such a file proves anything.\n\n"
        "  --trust FILE     keys of the log and its witnesses (C2SP tlog-policy)\n"
        "  --folder DIR     remembers what was seen; proofs are written here\n"
        "  --origin NAME    which log, when the trust file has several\n"
        "  --every SECONDS  default 60\n"
        "  --once           one look\n"
        "  --json           one object a look\n\n"
        "example: cordon log monitor http://127.0.0.1:8090 /srv/mirror/op-a --trust op-a.trust --folder monitor "
        "--once",
    .run = run};

}  // namespace cordon::app
