#include "app/cordon/lab_report.h"

#include <algorithm>
#include <print>

#include "app/cordon/output.h"
#include "lab/attacks.h"

namespace cordon::app {

namespace {

std::string bare_words(const lab::AttackOutcome& outcome) {
  if (outcome.bare == 0) return "no answer";
  return std::format("{} {}", outcome.bare, outcome.bare / 100 == 2 ? "succeeds" : "fails");
}

std::string behind_words(const lab::AttackOutcome& outcome) {
  if (outcome.behind == 0) return outcome.error.empty() ? "no answer" : outcome.error;
  return std::format("{} {}", outcome.behind, outcome.behind >= 400 ? "refused: " + outcome.rule : "SUCCEEDS");
}

wire::Json to_json(const lab::ReplayReport& replay) {
  wire::Json json{wire::JsonObject{}};
  json.set("total", static_cast<std::uint64_t>(replay.total)).set("equal", static_cast<std::uint64_t>(replay.equal));
  wire::JsonArray differences;
  for (const auto& difference : replay.differences) {
    wire::Json each{wire::JsonObject{}};
    each.set("index", static_cast<std::uint64_t>(difference.index)).set("method", difference.method);
    each.set("path", difference.path).set("what", difference.what);
    differences.push_back(std::move(each));
  }
  json.set("differences", std::move(differences));
  return json;
}

wire::Json to_json(const lab::AttackOutcome& outcome) {
  wire::Json json{wire::JsonObject{}};
  json.set("name", outcome.attack->name)
      .set("origin", outcome.attack->origin)
      .set("bare", outcome.bare)
      .set("behind", outcome.behind);
  json.set("expectedRule", outcome.attack->rule).set("rule", outcome.rule).set("held", outcome.held());
  if (outcome.record) json.set("record", *outcome.record);
  return json;
}

}  // namespace

bool LabReport::held() const {
  return (!direct || direct->equivalent()) && (!through || through->equivalent()) && refused_benign == 0 &&
         bypass.empty() && std::ranges::all_of(attacks, &lab::AttackOutcome::held) && log_ok;
}

void print_replay(const std::string& what, const lab::ReplayReport& replay) {
  std::println("{:<34} {}", what,
               tinted(replay.equivalent() ? Tint::good : Tint::bad,
                      std::format("{} of {} exchanges equal", replay.equal, replay.total)));
  for (std::size_t i = 0; i < replay.differences.size() && i < 10; ++i) {
    const auto& difference = replay.differences[i];
    std::println("  exchange {}: {} {}: {}", difference.index, difference.method, difference.path.substr(0, 80),
                 difference.what.substr(0, 300));
  }
}

void print_attacks(const std::vector<lab::AttackOutcome>& attacks) {
  std::vector<std::vector<Cell>> rows{
      {{"attack"}, {"with the certificate of"}, {"bare core"}, {"behind Cordon"}, {"record"}, {""}}};
  for (const auto& outcome : attacks) {
    const bool held = outcome.held();
    rows.push_back({{std::string(outcome.attack->name)},
                    {std::string(outcome.attack->caller)},
                    {bare_words(outcome), outcome.bare / 100 == 2 ? Tint::bad : Tint::dim},
                    {behind_words(outcome), outcome.behind >= 400 ? Tint::good : Tint::bad},
                    {outcome.record ? std::to_string(*outcome.record) : "-"},
                    {held ? "as expected" : std::format("UNEXPECTED, rule {} wanted", outcome.attack->rule),
                     held ? Tint::dim : Tint::bad}});
  }
  print_table(rows);
  for (const auto& each : lab::not_shown())
    std::println("{}", tinted(Tint::dim, std::format("not shown: {}: {}", each.name, each.reason)));
}

void print_summary(const LabReport& report) {
  const auto line = [](const std::string& what, bool good, const std::string& found) {
    std::println("{:<34} {}", what, tinted(good ? Tint::good : Tint::bad, found));
  };
  if (report.through)
    line("benign requests refused", report.refused_benign == 0, std::to_string(report.refused_benign));
  if (!report.attacks.empty()) {
    const auto held = std::ranges::count_if(report.attacks, &lab::AttackOutcome::held);
    line("attacks as expected", held == std::ssize(report.attacks),
         std::format("{} of {}", held, report.attacks.size()));
  }
  if (report.bypass_tried)
    line("direct call past Cordon", report.bypass.empty(),
         report.bypass.empty() ? "fails in the handshake" : report.bypass);
  line("evidence log", report.log_ok,
       report.log_ok ? std::format("{} records, tiles and checkpoint verify", report.log_records) : report.log_fault);
}

wire::Json to_json(const LabReport& report) {
  wire::Json json{wire::JsonObject{}};
  if (report.direct) json.set("direct", to_json(*report.direct));
  if (report.through) {
    auto through = to_json(*report.through);
    json.set("through", through.set("refused", report.refused_benign));
  }
  wire::JsonArray attacks;
  for (const auto& outcome : report.attacks) attacks.push_back(to_json(outcome));
  wire::Json log{wire::JsonObject{}};
  log.set("ok", report.log_ok).set("records", report.log_records);
  json.set("attacks", std::move(attacks)).set("bypassRefused", report.bypass_tried && report.bypass.empty());
  json.set("log", log).set("held", report.held());
  return json;
}

}  // namespace cordon::app
