#include <sys/prctl.h>
#include <unistd.h>

#include <print>

#include "app/cordon/command.h"
#include "app/cordon/log_service.h"
#include "app/cordon/output.h"
#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/witness/mirror.h"
#include "cordon/witness/resources.h"
#include "cordon/witness/signing_keys.h"

namespace cordon::app {

namespace {

constexpr std::chrono::seconds kPause(10);

void show_progress(std::uint64_t entries) {
  static const bool terminal = ::isatty(STDERR_FILENO) != 0;
  if (terminal) std::print(stderr, "\r{} entries copied ", entries);
}

Result<std::vector<transparency::NoteSigner>> signers_of(const Arguments& arguments) {
  const auto keys = arguments.option("--keys");
  if (!keys) return std::vector<transparency::NoteSigner>();
  return witness::signing_keys(*keys, arguments.option("--name").value_or(""));
}

// As for a witness: a mirror that cosigned before and lost its copy does not begin anew with the same keys.
Result<std::unique_ptr<witness::Mirror>> open(const Arguments& arguments, const std::filesystem::path& folder) {
  const auto trust = read_trust(arguments);
  if (!trust) return std::unexpected(trust.error());
  auto log = witness::known_log(*trust, arguments.option("--origin").value_or(""));
  if (!log) return std::unexpected(log.error());
  if (auto made = make_folder(folder); !made) return std::unexpected(made.error());
  auto disk = journal::open_disk(folder);
  if (!disk) return std::unexpected(disk.error());
  const auto keys = arguments.option("--keys");
  const bool cosigned = keys && witness::has_signing_keys(*keys);
  if (!cosigned && !(*disk)->open("mirror-of", journal::OpenMode::read)) {
    if (auto made = witness::Mirror::create(**disk, log->origin); !made) return std::unexpected(made.error());
  }
  auto signers = signers_of(arguments);
  if (!signers) return std::unexpected(signers.error());
  return witness::Mirror::open(std::move(*disk), std::move(*log), system_clock(),
                               {.signers = std::move(*signers), .progress = show_progress});
}

void show(const witness::Mirror::Step& step, bool json) {
  if (::isatty(STDERR_FILENO) != 0) std::print(stderr, "\r");
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("from", step.from).set("size", step.size).set("behind", step.behind);
    print_json(out);
  } else if (step.behind) {
    std::println("the place is behind: the copy has {} entries already", step.size);
  } else {
    std::println("{} entries, {} of them new, all verified", step.size, step.size - step.from);
  }
  std::fflush(stdout);
}

class Follower {
 public:
  Follower(const Arguments& arguments, witness::Mirror& mirror, transparency::ReadResource read)
      : json_(arguments.has("--json")), once_(arguments.has("--once")), mirror_(mirror), read_(std::move(read)) {}

  // Whether to go on. A place that is away is asked again; one that shows something false ends it.
  bool round(const Stopping& stopping) {
    const auto step = mirror_.follow([&](const std::string& path) -> Result<std::string> {
      if (stopping()) return fail(ErrorKind::unavailable, "stopped");
      return read_(path);
    });
    if (step) {
      if (once_ || step->size != shown_) show(*step, json_);
      shown_ = step->size;
      return !once_;
    }
    if (stopping() && !once_) return false;
    if (once_ || step.error().kind == ErrorKind::corrupt || step.error().kind == ErrorKind::no_space) {
      failure_ = step.error();
      return false;
    }
    log(LogLevel::warn, "cannot follow", {{"error", step.error().message}});
    return true;
  }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  bool json_;
  bool once_;
  witness::Mirror& mirror_;
  transparency::ReadResource read_;
  std::optional<std::uint64_t> shown_;
  std::optional<Error> failure_;
};

Result<void> mirror(const Arguments& arguments) {
  const auto of = needed(arguments, "--of", "PLACE: http://HOST:PORT/PREFIX or a folder");
  if (!of) return std::unexpected(of.error());
  const auto folder = needed(arguments, "--folder", "DIR: where the copy lies");
  if (!folder) return std::unexpected(folder.error());
  const auto pause = every(arguments, kPause);
  if (!pause) return std::unexpected(pause.error());
  auto read = witness::resources_of(*of);
  if (!read) return std::unexpected(read.error());
  const auto opened = open(arguments, *folder);
  if (!opened) return std::unexpected(opened.error());
  Follower follower(arguments, **opened, std::move(*read));
  repeat(*pause, [&](const Stopping& stopping) { return follower.round(stopping); });
  return follower.failure() ? std::unexpected(*follower.failure()) : Result<void>();
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json", "--once"},
              .options = {"--of", "--trust", "--folder", "--origin", "--keys", "--name", "--every"}});
  if (!arguments) return report("log mirror", arguments.error());
  ::prctl(PR_SET_DUMPABLE, 0);  // may hold keys
  configure_log(LogLevel::info, LogFormat::automatic, "cordon-mirror");
  const auto done = mirror(*arguments);
  if (done) return kOk;
  const int status = report("log mirror", done.error(), arguments->has("--json"));
  return done.error().kind == ErrorKind::corrupt ? kFailed : status;
}

}  // namespace

const Command kLogMirrorCommand{
    .name = "mirror",
    .summary = "keep a verified copy of a log, and cosign what is held",
    .help =
        "usage: cordon log mirror --of PLACE --trust FILE --folder DIR [--origin ORIGIN] [--keys DIR [--name NAME]]\n"
        "                         [--every SECONDS] [--once] [--json]\n\n"
        "Follows a log and keeps every tile and entry, after checkpoint, history and hashes were verified. The copy\n"
        "never goes back; interrupted, it goes on where it was. A log that signed two histories ends it with status "
        "1\n"
        "and the file equivocation.proof. The copy is a log of plain files itself: cordon log serve --evidence "
        "DIR.\n\n"
        "  --of PLACE      http://HOST[:PORT][/PREFIX], a log's folder, or a folder of tiles\n"
        "  --trust FILE    its lines 'log VKEY' say by which keys the log signs\n"
        "  --folder DIR    the copy lies in DIR/public\n"
        "  --origin NAME   which log, when the trust file has several\n"
        "  --keys DIR      cosign each copied checkpoint; keys are made on the first start, which needs --name\n"
        "  --every SECONDS default 10\n"
        "  --once          one step; status 0 when all is copied\n"
        "  --json          one object a step\n\n"
        "example: cordon log mirror --of http://127.0.0.1:8090 --trust op-a.trust --folder /srv/mirror/op-a --once",
    .run = run};

}  // namespace cordon::app
