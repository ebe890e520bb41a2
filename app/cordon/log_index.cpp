#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <future>
#include <print>

#include "app/cordon/log_audit.h"
#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/base/log.h"

namespace cordon::app {

namespace {

std::string newest(std::uint64_t covered, std::uint64_t size) {
  if (covered == size) return "";
  return std::format("; a block takes {}, the newest stand in answers themselves", audit::BlockSizes{}.tail);
}

Result<audit::BuildReport> build_with(const AuditPlace& place, const OpenEvidence& evidence) {
  return audit::build_index(evidence.log, evidence.index, keep_through(place.socket),
                            header_keys(place, *evidence.vault), system_clock(), {}, Progress("entries").report());
}

// The calling thread gives way to everything else, at the processor and at the disk.
void give_way() {
  constexpr int kThisThread = 1, kIdle = 3 << 13;  // ioprio_set(2): IOPRIO_WHO_PROCESS, IOPRIO_CLASS_IDLE
  const sched_param none{};
  [[maybe_unused]] const bool idle = ::sched_setscheduler(0, SCHED_IDLE, &none) == 0;
  [[maybe_unused]] const bool behind = ::syscall(SYS_ioprio_set, kThisThread, 0, kIdle) == 0;
}

// Blocks and statements are made by a thread that may starve, and so may hold no lock of the vault: the log's writer
// would wait for it. The statements' keys are filled in afterwards, as after an interruption.
Result<audit::BuildReport> build_behind(const AuditPlace& place) {
  const auto log = archive::LogReader::open_folder(place.evidence);
  if (!log) return std::unexpected(log.error());
  const audit::Index index(archive::public_part(place.evidence));
  const audit::HeaderKeyOf later = [](std::uint64_t) { return fail(ErrorKind::not_found, "not now"); };
  auto built = std::async(std::launch::async, [&] {
                 give_way();
                 return audit::build_index(*log, index, keep_through(place.socket), later, system_clock());
               }).get();
  if (!built) return built;
  const auto evidence = open_evidence(place);
  if (!evidence) return std::unexpected(evidence.error());
  const auto keyed = audit::build_index(*log, index, keep_through(place.socket), header_keys(place, *evidence->vault),
                                        system_clock());
  if (!keyed) return keyed;
  return built;
}

// As 'cordon up' runs it: tells in its log what was done, and prints nothing.
int build_in_background(const Arguments& arguments) {
  configure_log(LogLevel::info, LogFormat::automatic, "cordon-index");
  const auto place = audit_place(arguments);
  const auto built = place ? build_behind(*place) : Result<audit::BuildReport>(std::unexpected(place.error()));
  if (!built) {
    log(LogLevel::warn, "index not built", {{"cause", built.error().message}});
    return kFailed;
  }
  log(LogLevel::info, "index built",
      {{"blocks", static_cast<std::int64_t>(built->built)}, {"covered", static_cast<std::int64_t>(built->covered)}});
  return kOk;
}

int build(const Arguments& arguments, bool json) {
  if (arguments.has("--background")) return build_in_background(arguments);
  const auto place = audit_place(arguments);
  if (!place) return report("log index", place.error(), json);
  const auto evidence = open_evidence(*place);
  if (!evidence) return report("log index", evidence.error(), json);
  const auto built = build_with(*place, *evidence);
  if (!built) return report("log index", built.error(), json);
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("built", built->built).set("stated", built->stated).set("removed", built->removed);
    print_json(out.set("covered", built->covered).set("size", evidence->log.size()));
  } else {
    std::println("{}: {} blocks made, {} stated in the log; {} of {} entries are indexed{}",
                 evidence->index.folder().string(), built->built, built->stated, built->covered, evidence->log.size(),
                 newest(built->covered, evidence->log.size()));
  }
  return kOk;
}

// Needs the log's public files only: anybody may do it.
int verify(const Arguments& arguments, bool json) {
  const auto place = log_place(arguments);
  if (!place) return report("log index", place.error(), json);
  const auto log = archive::LogReader::open_folder(place->evidence);
  if (!log) return report("log index", log.error(), json);
  const audit::Index index(archive::public_part(place->evidence));
  const auto checked = audit::check_index(*log, index, Progress("entries").report());
  if (!checked) return report("log index", checked.error(), json);
  wire::JsonArray faults;
  for (const auto& fault : checked->faults) {
    wire::Json each{wire::JsonObject{}};
    faults.push_back(each.set("from", fault.range.from).set("to", fault.range.to).set("fault", fault.what));
    if (!json) std::println(stderr, "cordon log index: entries {}: {}", fault.range.text(), fault.what);
  }
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("ok", checked->faults.empty()).set("blocks", checked->blocks).set("covered", checked->covered);
    out.set("unfinished", checked->unfinished);
    print_json(out.set("size", log->size()).set("faults", std::move(faults)));
  } else if (checked->faults.empty()) {
    std::println("{} blocks are what the entries give; {} of {} entries are indexed{}{}", checked->blocks,
                 checked->covered, log->size(), newest(checked->covered, log->size()),
                 checked->unfinished ? "; the newest block is still to be stated in the log" : "");
  }
  return checked->faults.empty() ? kOk : kFailed;
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words,
      {.flags = {"--json", "--background"}, .options = {"--config", "--evidence", "--vault"}, .most_words = 1});
  if (!arguments) return report("log index", arguments.error());
  const bool json = arguments->has("--json");
  const auto what = arguments->words().empty() ? std::string() : arguments->words()[0];
  if (what == "build") return build(*arguments, json);
  if (what == "verify") return verify(*arguments, json);
  return report("log index",
                {ErrorKind::invalid_input, "say what to do: cordon log index build, or cordon log index verify"},
                json);
}

}  // namespace

const Command kLogIndexCommand{
    .name = "index",
    .summary = "build and verify the index that proves answers complete",
    .help =
        "usage: cordon log index build [--background] [--config FILE | --evidence DIR [--vault DIR]] [--json]\n"
        "       cordon log index verify [--config FILE | --evidence DIR] [--json]\n\n"
        "build makes the blocks that are missing (public/index) and states the root of each in the log, through the\n"
        "running writer. Interrupted, it goes on where it stopped. 'cordon up' runs it by itself whenever a block's\n"
        "worth of entries (4,096) is new, with --background: at the lowest priority, telling the log what it did.\n"
        "verify makes every block again from the entries and compares it with its file and with what the log "
        "states.\n"
        "It needs no key: a stranger can do it with a copy of the public files. Exit status 0 when all agree, else "
        "1.\n\n"
        "example: cordon log index verify --evidence /var/lib/cordon/evidence",
    .run = run};

}  // namespace cordon::app
