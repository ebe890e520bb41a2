#include <unistd.h>

#include <print>

#include "app/cordon/command.h"
#include "app/cordon/evidence_log.h"
#include "app/cordon/log_service.h"
#include "app/cordon/output.h"
#include "cordon/journal/folder.h"
#include "cordon/witness/file_site.h"

namespace cordon::app {

namespace {

constexpr const char* kDefaultAddress = "127.0.0.1:8090";

void say_ready(const Endpoint& at, const std::filesystem::path& folder, bool json) {
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("ready", true).set("listening", at.text()).set("folder", folder.string());
    print_json(out);
  } else {
    std::println("serving {} at http://{}/checkpoint", folder.string(), at.text());
  }
  std::fflush(stdout);
}

int run(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json"}, .options = {"--config", "--evidence", "--listen"}});
  if (!arguments) return report("log serve", arguments.error());
  const bool json = arguments->has("--json");
  const auto place = log_place(*arguments);
  if (!place) return report("log serve", place.error(), json);
  const auto folder = journal::LogFolder{place->evidence}.open_part();
  if (!std::filesystem::is_directory(folder)) {
    return report("log serve", {ErrorKind::not_found, folder.string() + " is no folder: nothing was published there"},
                  json);
  }
  const witness::FileSite site(folder);
  const auto served = serve_http(
      arguments->option("--listen").value_or(kDefaultAddress),
      [&site](const wire::Request& request) { return site.answer(request); },
      [&](const Endpoint& at) { say_ready(at, folder, json); });
  return served ? kOk : report("log serve", served.error(), json);
}

}  // namespace

const Command kLogServeCommand{
    .name = "serve",
    .summary = "serve a log's public files over HTTP",
    .help =
        "usage: cordon log serve [--evidence DIR | --config FILE] [--listen ADDRESS:PORT] [--json]\n\n"
        "Read-only: checkpoint, tiles and entry bundles of a log or mirror as plain files (C2SP tlog-tiles), "
        "nothing\n"
        "else. Entries are sealed; what anybody can read here needs no secrecy. For readers on other machines put a\n"
        "TLS-terminating proxy before it. Ends on SIGTERM.\n\n"
        "  --evidence DIR  a log's or mirror's folder\n"
        "  --config FILE   default cordon.yaml: the folder of its log\n"
        "  --listen A:P    default 127.0.0.1:8090\n"
        "  --json          the ready line as one object\n\n"
        "example: cordon log serve --evidence /var/lib/cordon/evidence --listen 127.0.0.1:8090",
    .run = run};

}  // namespace cordon::app
