#include <sys/prctl.h>

#include <print>

#include "app/cordon/command.h"
#include "app/cordon/log_service.h"
#include "app/cordon/output.h"
#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/witness/signing_keys.h"
#include "cordon/witness/witness.h"

namespace cordon::app {

namespace {

constexpr const char* kDefaultAddress = "127.0.0.1:8091";

struct Opened {
  std::vector<transparency::NoteSigner> signers;
  std::unique_ptr<witness::Witness> witness;
};

void tell(const witness::Witness::Incident& incident) {
  log(LogLevel::error, incident.what,
      {{"log", incident.origin},
       {"size", static_cast<std::int64_t>(incident.size)},
       {"cosigned", static_cast<std::int64_t>(incident.cosigned)},
       {"proof", incident.proof}});
}

// The memory is made before the keys, and only for a witness without keys: one that lost its memory does not start.
Result<Opened> open(const Arguments& arguments, const std::filesystem::path& state) {
  const auto trust = read_trust(arguments);
  if (!trust) return std::unexpected(trust.error());
  const std::filesystem::path keys = arguments.option("--keys").value_or((state / "keys").string());
  if (auto made = make_folder(state, 0700); !made) return std::unexpected(made.error());
  auto disk = journal::open_disk(state);
  if (!disk) return std::unexpected(disk.error());
  if (!witness::has_signing_keys(keys)) {
    if (auto made = witness::Witness::create(**disk); !made) return std::unexpected(made.error());
  }
  auto signers = witness::signing_keys(keys, arguments.option("--name").value_or(""));
  if (!signers) return std::unexpected(signers.error());
  auto witness =
      witness::Witness::open(std::move(*disk), witness::known_logs(*trust), *signers, system_clock(), tell);
  if (!witness) return std::unexpected(witness.error());
  return Opened{std::move(*signers), std::move(*witness)};
}

wire::Json ready_json(const Opened& opened, const Endpoint& at) {
  wire::JsonArray keys;
  for (const auto& signer : opened.signers) keys.push_back(signer.verifier().text());
  wire::JsonArray logs;
  for (const auto& log : opened.witness->cosigned()) {
    wire::Json each{wire::JsonObject{}};
    each.set("origin", log.origin).set("size", log.size);
    logs.push_back(std::move(each));
  }
  wire::Json out{wire::JsonObject{}};
  out.set("ready", true).set("listening", at.text()).set("name", opened.signers.front().verifier().name);
  out.set("vkeys", std::move(keys)).set("logs", std::move(logs));
  return out;
}

void say_ready(const Opened& opened, const Endpoint& at, bool json) {
  if (json) {
    print_json(ready_json(opened, at));
  } else {
    std::println("witness {} at http://{}", opened.signers.front().verifier().name, at.text());
    for (const auto& log : opened.witness->cosigned()) std::println("  {} at size {}", log.origin, log.size);
    std::println("lines for the trust file of whoever relies on it:");
    std::print("{}", witness::trust_lines(opened.signers, "http://" + at.text()));
  }
  std::fflush(stdout);
}

Result<void> serve(const Arguments& arguments) {
  const auto state = needed(arguments, "--state", "DIR: where the witness remembers what it cosigned");
  if (!state) return std::unexpected(state.error());
  const auto opened = open(arguments, *state);
  if (!opened) return std::unexpected(opened.error());
  auto& witness = *opened->witness;
  const auto served = serve_http(
      arguments.option("--listen").value_or(kDefaultAddress),
      [&](const wire::Request& request) { return witness.answer(request); },
      [&](const Endpoint& at) { say_ready(*opened, at, arguments.has("--json")); },
      [&] { return witness.failure().has_value(); });
  if (!served) return served;
  return witness.failure() ? std::unexpected(*witness.failure()) : Result<void>();
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json"}, .options = {"--trust", "--state", "--keys", "--name", "--listen"}});
  if (!arguments) return report("log witness", arguments.error());
  ::prctl(PR_SET_DUMPABLE, 0);  // holds its keys
  configure_log(LogLevel::info, LogFormat::automatic, "cordon-witness");
  const auto served = serve(*arguments);
  return served ? kOk : report("log witness", served.error(), arguments->has("--json"));
}

}  // namespace

const Command kLogWitnessCommand{
    .name = "witness",
    .summary = "cosign other operators' logs, so that nobody can rewrite them",
    .help =
        "usage: cordon log witness --trust FILE --state DIR [--keys DIR] [--name NAME] [--listen ADDRESS:PORT]\n"
        "                          [--json]\n\n"
        "A witness (C2SP tlog-witness): cosigns a checkpoint only if it continues the last one it cosigned of that "
        "log,\n"
        "and keeps that durably before it answers. Keys (Ed25519 and ML-DSA-44) are made on the first start, which\n"
        "needs --name; the ready line shows what others put into their trust files. Never restore DIR from a "
        "backup:\n"
        "a witness that forgot must begin anew with other keys. Ends on SIGTERM.\n\n"
        "  --trust FILE  its lines 'log VKEY' say which logs are cosigned\n"
        "  --state DIR   its memory\n"
        "  --keys DIR    default: keys inside the state's folder\n"
        "  --name NAME   such as witness.example/w1\n"
        "  --listen A:P  default 127.0.0.1:8091; for other machines put a TLS-terminating proxy before it\n"
        "  --json        the ready line as one object\n\n"
        "example: cordon log witness --trust logs.trust --state /var/lib/cordon/witness --name witness.example/w1",
    .run = run};

}  // namespace cordon::app
