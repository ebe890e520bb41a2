#include <sys/epoll.h>

#include <cstdlib>
#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/evidence_log.h"
#include "app/cordon/lab_report.h"
#include "app/cordon/lab_scene.h"
#include "app/cordon/output.h"
#include "cordon/base/log.h"
#include "cordon/base/signals.h"

namespace cordon::app {

namespace {

struct Wish {
  std::string what;  // "", "replay", "attack", "serve"
  std::filesystem::path folder;
  bool once = false;
  bool json = false;

  bool wants(std::string_view part) const { return what.empty() || what == part; }
};

void heading(const Wish& wish, std::string_view text) {
  if (!wish.json) std::println("\n{}", tinted(Tint::bold, text));
  std::fflush(stdout);
}

// The recording ends with the NRF stopped; afterwards the core is as if just switched on.
Result<lab::ReplayReport> replay_on(LabScene& scene, lab::LabCore& core, const lab::Endpoints& endpoints,
                                    const crypto::Certificate& anchor, bool through) {
  const auto recording = bundled_recording();
  if (!recording) return std::unexpected(recording.error());
  auto road = lab::NetworkRoad::make(scene.loop(), scene.pki(), endpoints, {anchor});
  if (!road) return std::unexpected(road.error());
  core.reset();
  auto report =
      lab::replay(*recording, **road,
                  {.stop_nrf = [&] { core.stop(lab::NfType::nrf); }, .refused_is_502 = !through, .on_exchange = {}});
  core.reset();
  if (auto restarted = core.restart(lab::NfType::nrf); !restarted) return std::unexpected(restarted.error());
  return report;
}

Result<void> replay_both(LabScene& scene, const Wish& wish, LabReport& report) {
  heading(wish, "Real traffic: 448 exchanges recorded from Open5GS v2.8.0");
  auto direct = replay_on(scene, scene.bare(), lab::endpoints_in(2), scene.pki().operator_ca.certificate, false);
  if (!direct) return std::unexpected(direct.error());
  report.direct = std::move(*direct);
  if (!wish.json) print_replay("directly to the bare core", *report.direct);
  auto through = replay_on(scene, scene.guarded(), LabScene::through_cordon(), scene.pki().pep_ca.certificate, true);
  if (!through) return std::unexpected(through.error());
  report.through = std::move(*through);
  const auto refused = count_refusals(scene.evidence());
  if (!refused) return std::unexpected(refused.error());
  report.refused_benign = *refused;
  if (!wish.json) print_replay("through Cordon", *report.through);
  return {};
}

Result<void> attack_both(LabScene& scene, const Wish& wish, LabReport& report) {
  heading(wish, "Attacks");
  auto run = lab::AttackRun::make(scene.loop(), scene.pki(), lab::endpoints_in(2), LabScene::through_cordon());
  if (!run) return std::unexpected(run.error());
  if (auto prepared = (*run)->prepare(); !prepared) return prepared;
  for (const auto& attack : lab::attacks()) report.attacks.push_back((*run)->play(attack));
  if (!wish.json) print_attacks(report.attacks);
  report.bypass_tried = true;
  if (const auto bypass = (*run)->check_bypass(lab::endpoints_in(0)); !bypass) report.bypass = bypass.error().message;
  return {};
}

// Waits, two seconds at most, for the checkpoint that holds everything recorded so far.
void verify_evidence(LabScene& scene, LabReport& report) {
  const auto place = log_place_beside(scene.evidence());
  const auto all = count_records(place);
  auto verified = verify_log(scene.evidence());
  for (int round = 0; all && verified.ok && verified.records < *all && round < 20; ++round) {
    for (int turn = 0; turn < 10; ++turn) scene.loop().run_once(std::chrono::milliseconds(10));
    verified = verify_log(scene.evidence());
  }
  report.log_ok = verified.ok;
  report.log_records = verified.records;
  report.log_fault = verified.fault;
}

// What to type for "cordon": ./run says so, because the built program runs only where its libraries are.
std::string command_name() {
  const char* told = std::getenv("CORDON_COMMAND");
  return told ? told : "cordon";
}

void print_addresses(const LabScene& scene) {
  const auto command = command_name();
  std::println("\n{}", tinted(Tint::bold, "Cordon keeps running. To try:"));
  std::println("  {} log show --config {} --last 10", command, scene.config().string());
  std::println("  {} explain RECORD --config {}", command, scene.config().string());
  std::println("  cd {} && curl --http2 --cacert pep-ca.pem --cert bsf.pem --key bsf.key \\",
               (scene.config().parent_path() / "pki").string());
  std::println(
      "    "
      "https://127.0.1.20:7777/nudr-dr/v1/subscription-data/imsi-999700000021309/authentication-data/"
      "authentication-subscription");
  std::println("  policy: {} (edit it: a right change holds within a second)",
               (scene.config().parent_path() / "policy.cedar").string());
  for (const auto& [type, at] : LabScene::through_cordon())
    std::println("  {:<5} https://{}", lab::name_of(type), at.text());
  std::println("  metrics: http://{}/metrics   Ctrl-C ends it", LabScene::kMetrics);
  std::fflush(stdout);
}

wire::Json addresses(const lab::Endpoints& endpoints) {
  wire::Json json{wire::JsonObject{}};
  for (const auto& [type, at] : endpoints) json.set(lab::name_of(type), at.text());
  return json;
}

void keep_running(LabScene& scene, int signals) {
  scene.loop().watch(signals, EPOLLIN, [&](std::uint32_t) { scene.loop().stop(); });
  scene.loop().run();
}

Result<int> serve(LabScene& scene, const Wish& wish, int signals) {
  auto run = lab::AttackRun::make(scene.loop(), scene.pki(), lab::endpoints_in(2), LabScene::through_cordon());
  if (!run) return std::unexpected(run.error());
  if (auto prepared = (*run)->prepare(); !prepared) return std::unexpected(prepared.error());
  if (wish.json) {
    wire::Json json{wire::JsonObject{}};
    json.set("ready", true)
        .set("listening", addresses(LabScene::through_cordon()))
        .set("upstream", addresses(lab::endpoints_in(0)));
    json.set("metrics", LabScene::kMetrics).set("config", scene.config().string());
    print_json(json);
    std::fflush(stdout);
  } else {
    print_addresses(scene);
  }
  keep_running(scene, signals);
  return kOk;
}

Result<int> show(LabScene& scene, const Wish& wish, int signals) {
  LabReport report;
  if (wish.wants("replay")) {
    if (auto done = replay_both(scene, wish, report); !done) return std::unexpected(done.error());
  }
  if (wish.wants("attack")) {
    if (auto done = attack_both(scene, wish, report); !done) return std::unexpected(done.error());
  }
  verify_evidence(scene, report);
  if (wish.json) {
    print_json(to_json(report));
  } else {
    heading(wish, "Result");
    print_summary(report);
  }
  if (wish.what.empty() && !wish.once) {
    print_addresses(scene);
    keep_running(scene, signals);
  }
  return report.held() ? kOk : kFailed;
}

Result<Wish> wish_of(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--once", "--json"}, .options = {"--folder"}, .most_words = 1});
  if (!arguments) return std::unexpected(arguments.error());
  Wish wish{.what = arguments->words().empty() ? "" : arguments->words()[0],
            .folder = arguments->option("--folder").value_or("cordon-lab"),
            .once = arguments->has("--once"),
            .json = arguments->has("--json")};
  if (!wish.what.empty() && wish.what != "replay" && wish.what != "attack" && wish.what != "serve") {
    return fail(ErrorKind::invalid_input,
                std::format("there is no 'lab {}': replay, attack, serve, or nothing for all", wish.what));
  }
  return wish;
}

int run(const Words& words) {
  const auto wish = wish_of(words);
  if (!wish) return report("lab", wish.error());
  configure_log(LogLevel::error, LogFormat::automatic, "lab");
  const auto signals = stop_signals();
  heading(*wish, "Setting up: certificates, a bare and a protected naive core, Cordon");
  auto scene = LabScene::open(wish->folder);
  if (!scene) return report("lab", scene.error(), wish->json);
  const auto status =
      wish->what == "serve" ? serve(**scene, *wish, signals.get()) : show(**scene, *wish, signals.get());
  return status ? *status : report("lab", status.error(), wish->json);
}

}  // namespace

const Command kLabCommand{
    .name = "lab",
    .summary = "a naive 5G core, real traffic and attacks, with and without Cordon",
    .help =
        "usage: cordon lab [replay|attack|serve] [--once] [--folder DIR] [--json]\n\n"
        "Starts a small, deliberately naive 5G core twice on loopback (bare on 127.0.2.N, protected on 127.0.0.N)\n"
        "and Cordon before the second (127.0.1.N), then plays recorded traffic of a real core and attacks.\n\n"
        "  (nothing)   replay, attacks, verification, then keeps running for you to try\n"
        "  replay      only the recorded traffic, directly and through Cordon\n"
        "  attack      only the attacks, against the bare core and behind Cordon\n"
        "  serve       only keep running\n"
        "  --once      end after the result; exit status 0 only if everything held\n"
        "  --folder DIR  certificates, configuration, evidence (default cordon-lab); policy and evidence start anew\n"
        "  --json      one object instead of tables\n\n"
        "example: cordon lab --once",
    .run = run};

}  // namespace cordon::app
