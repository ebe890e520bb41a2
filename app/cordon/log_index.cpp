#include <print>

#include "app/cordon/log_audit.h"
#include "app/cordon/log_source.h"
#include "app/cordon/output.h"

namespace cordon::app {

namespace {

int build(const Arguments& arguments, bool json) {
  const auto place = audit_place(arguments);
  if (!place) return report("log index", place.error(), json);
  const auto evidence = open_evidence(*place);
  if (!evidence) return report("log index", evidence.error(), json);
  const auto built =
      audit::build_index(evidence->log, evidence->index, keep_through(place->socket),
                         header_keys(*place, *evidence->vault), system_clock(), {}, Progress("entries").report());
  if (!built) return report("log index", built.error(), json);
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("built", built->built).set("stated", built->stated).set("removed", built->removed);
    print_json(out.set("covered", built->covered).set("size", evidence->log.size()));
  } else {
    std::println("{}: {} blocks made, {} stated in the log; {} of {} entries are indexed",
                 evidence->index.folder().string(), built->built, built->stated, built->covered,
                 evidence->log.size());
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
    print_json(out.set("size", log->size()).set("faults", std::move(faults)));
  } else if (checked->faults.empty()) {
    std::println("{} blocks are what the entries give; {} of {} entries are indexed", checked->blocks,
                 checked->covered, log->size());
  }
  return checked->faults.empty() ? kOk : kFailed;
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"}, .options = {"--config", "--evidence", "--vault"}, .most_words = 1});
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
        "usage: cordon log index build [--config FILE | --evidence DIR [--vault DIR]] [--json]\n"
        "       cordon log index verify [--config FILE | --evidence DIR] [--json]\n\n"
        "build makes the blocks that are missing (public/index) and states the root of each in the log, through the\n"
        "running writer. Interrupted, it goes on where it stopped.\n"
        "verify makes every block again from the entries and compares it with its file and with what the log "
        "states.\n"
        "It needs no key: a stranger can do it with a copy of the public files. Exit status 0 when all agree, else "
        "1.\n\n"
        "example: cordon log index verify --evidence /var/lib/cordon/evidence",
    .run = run};

}  // namespace cordon::app
