#include <algorithm>
#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/doctor.h"
#include "app/cordon/output.h"
#include "cordon/administrator/assemble.h"
#include "cordon/base/file.h"
#include "cordon/crypto/secret.h"

namespace cordon::app {

namespace {

struct Order {
  std::filesystem::path config;
  std::optional<std::filesystem::path> certificate;
  std::optional<std::filesystem::path> key;
  bool offline = false;
};

std::string_view name_of(Health health) {
  if (health == Health::failed) return "failed";
  return health == Health::ok ? "ok" : "warning";
}

Health worst_of(const Findings& findings) {
  auto worst = Health::ok;
  for (const auto& finding : findings) worst = std::max(worst, finding.health);
  return worst;
}

void print_report(const Findings& findings) {
  std::vector<std::vector<Cell>> rows{
      {{"", Tint::bold}, {"CHECK", Tint::bold}, {"OF", Tint::bold}, {"FOUND", Tint::bold}}};
  for (const auto& each : findings) {
    const auto tint = each.health == Health::ok ? Tint::good : each.health == Health::failed ? Tint::bad : Tint::bold;
    rows.push_back({{std::string(name_of(each.health)), tint}, {each.check}, {each.subject}, {each.detail}});
  }
  print_table(rows);
  for (const auto& each : findings) {
    if (!each.remedy.empty()) std::println("{} {}: {}", each.check, each.subject, each.remedy);
  }
}

void print_report_json(const Findings& findings) {
  wire::JsonArray checks;
  for (const auto& each : findings) {
    wire::Json check{wire::JsonObject{}};
    check.set("check", each.check).set("subject", each.subject).set("outcome", name_of(each.health));
    check.set("detail", each.detail).set("remedy", each.remedy);
    checks.push_back(std::move(check));
  }
  wire::Json out{wire::JsonObject{}};
  out.set("outcome", name_of(worst_of(findings))).set("checks", std::move(checks));
  print_json(out);
}

Result<crypto::OwnChain> read_stranger(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  const auto pem = read_file(certificate, 1 << 20);
  if (!pem) return std::unexpected(pem.error());
  auto chain = crypto::Certificate::chain_from_pem(*pem);
  if (!chain) return std::unexpected(within(certificate.string(), chain.error()));
  auto secret = read_file(key, 1 << 16);
  if (!secret) return std::unexpected(secret.error());
  auto own = crypto::PrivateKey::from_pem(*secret);
  crypto::wipe_text(*secret);
  if (!own) return std::unexpected(within(key.string(), own.error()));
  return crypto::OwnChain{std::move(*chain), std::move(*own), {}};
}

// The laboratory has an AMF's beside its configuration; elsewhere one must be given.
Result<std::optional<crypto::OwnChain>> stranger_of(const Order& order) {
  const auto lab = order.config.parent_path() / "pki";
  if (order.certificate.has_value() != order.key.has_value()) {
    return fail(ErrorKind::invalid_input, "--certificate and --key belong together: give both");
  }
  if (!order.certificate && !std::filesystem::exists(lab / "amf.key")) return std::nullopt;
  auto read = read_stranger(order.certificate.value_or(lab / "amf.pem"), order.key.value_or(lab / "amf.key"));
  if (!read) return std::unexpected(read.error());
  return std::optional(std::move(*read));
}

Result<Findings> examine(const Order& order) {
  const auto settings = enforcement::load_settings(order.config);
  if (!settings) return std::unexpected(settings.error());
  auto stranger = stranger_of(order);
  if (!stranger) return std::unexpected(stranger.error());
  Findings findings{{"configuration", order.config.string(), Health::ok, "is valid"}};
  const auto now = system_clock().now();
  const auto assembled =
      administrator::assemble(administrator::sources_of(*settings), 1, now, settings->snapshot_life);
  identity::Inventory inventory;
  if (assembled) {
    inventory = assembled->protection->inventory;
    findings.push_back({"policy", settings->policy.string(), Health::ok, "policy and inventory are valid"});
  } else {
    findings.push_back({"policy", settings->policy.string(), Health::failed, assembled.error().message,
                        "mend the place it names; cordon policy check shows more"});
  }
  check_files(*settings, inventory, now, findings);
  check_machine(*settings, findings);
  if (!order.offline) check_network({*settings, inventory, std::move(*stranger)}, findings);
  return findings;
}

int run(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json", "--offline"}, .options = {"--config", "--certificate", "--key"}});
  if (!arguments) return report("doctor", arguments.error());
  const bool json = arguments->has("--json");
  const auto findings = examine({.config = arguments->option("--config").value_or("cordon.yaml"),
                                 .certificate = arguments->option("--certificate"),
                                 .key = arguments->option("--key"),
                                 .offline = arguments->has("--offline")});
  if (!findings) return report("doctor", findings.error(), json);
  json ? print_report_json(*findings) : print_report(*findings);
  return worst_of(*findings) == Health::failed ? kFailed : kOk;
}

}  // namespace

const Command kDoctorCommand{
    .name = "doctor",
    .summary = "is everything in order, and is there a way past Cordon",
    .help =
        "usage: cordon doctor [--config FILE] [--certificate FILE --key FILE] [--offline] [--json]\n\n"
        "Checks configuration, policy, modes and dates of files, clock, disk and sockets; then that every listener\n"
        "demands a certificate, that every NF takes Cordon's, and that a direct call to an NF with a valid\n"
        "certificate of the operator fails. Each check is ok, a warning or failed, with the remedy.\n\n"
        "  --config FILE       default cordon.yaml\n"
        "  --certificate FILE  a valid certificate of an NF, to try the way round with (default: the laboratory's)\n"
        "  --key FILE          its key\n"
        "  --offline           files and machine only\n"
        "  --json              one object\n\n"
        "exit status: 0 nothing failed, 1 something failed, 2 the configuration cannot be read\n\n"
        "example: cordon doctor --config /etc/cordon/cordon.yaml --certificate smf.pem --key smf.key",
    .run = run};

}  // namespace cordon::app
