#include "cordon/enforcement/check_inspection.h"

#include <algorithm>
#include <format>

#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/enforcement/case.h"

namespace cordon::enforcement {

namespace {

using inspection::Finding;
using inspection::Mode;

constexpr std::size_t kMostDetails = 8;
constexpr auto kWarnPeriod = std::chrono::seconds(10);

Result<std::shared_ptr<inspection::Rules>> rules_of(const InspectionSettings& settings) {
  std::string text;
  const auto file = settings.overlay.value_or("").string();
  if (settings.overlay) {
    auto read = read_file(*settings.overlay, 1 << 20);
    if (!read) return std::unexpected(read.error());
    text = std::move(*read);
    if (text.empty()) return fail(ErrorKind::invalid_input, file + ": the overlay is empty; write 'rules: []'");
  }
  auto rules = inspection::Rules::load(text, file);
  if (!rules) return rules;
  for (const auto& [id, mode] : settings.rules) {
    if (!(*rules)->set_mode(id, mode)) {
      return fail(ErrorKind::invalid_input,
                  std::format("inspection.rules: no rule is called '{}'; cordon inspect rules lists them", id));
    }
  }
  (*rules)->limit_modes(settings.mode);
  return rules;
}

bool is_host_of(const identity::ExpectedNf& nf, std::string_view host) {
  return (nf.listen && nf.listen->address == host) || (nf.upstream && nf.upstream->address == host) ||
         host == nf.name || host == nf.upstream_name || std::ranges::contains(nf.dns_names, host);
}

bool is_host_of_any(const Protection& protection, std::string_view host) {
  return std::ranges::any_of(protection.inventory.nfs(), [&](const auto& nf) { return is_host_of(nf, host); });
}

// TS 29.505: a UDM keeps in the UDR the callbacks that others gave it; elsewhere a sender names its own.
bool may_call_back(const Case& c, std::string_view host) {
  return is_host_of(*c.sender.nf, host) ||
         (c.classified->operation->service == "nudr-dr" && is_host_of_any(c.protection, host));
}

// TS 29.500 table 5.2.7.2-1
std::string_view cause_of(const Finding& finding) {
  switch (finding.rule) {
    case inspection::kSchemaRequired:
    case inspection::kBodyMissing:
      return "MANDATORY_IE_MISSING";
    case inspection::kQueryRequired:
      return "MANDATORY_QUERY_PARAM_MISSING";
    default:
      return finding.place.starts_with('?') ? "INVALID_QUERY_PARAM" : "INVALID_MSG_FORMAT";
  }
}

}  // namespace

Inspection::Inspection(std::shared_ptr<const inspection::Rules> rules, Metrics& metrics)
    : inspector_(std::move(rules)), warned_(inspector_.rules().all().size()) {
  for (const auto& rule : inspector_.rules().all()) {
    const auto counter = [&](std::string_view direction) {
      return &metrics.counter("cordon_inspection_findings_total", "What inspection found, by rule",
                              std::format("rule=\"{}\",message=\"{}\"", rule.id, direction));
    };
    requests_.push_back(counter("request"));
    responses_.push_back(counter("response"));
  }
}

Result<std::unique_ptr<Inspection>> Inspection::open(const InspectionSettings& settings, Metrics& metrics) {
  if (settings.mode == Mode::off) return nullptr;
  auto rules = rules_of(settings);
  if (!rules) return std::unexpected(rules.error());
  return std::unique_ptr<Inspection>(new Inspection(std::move(*rules), metrics));
}

const Finding* Inspection::note(std::span<const Finding> found, bool response, evidence::Record& record) {
  const Finding* blocking = nullptr;
  for (const auto& finding : found) {
    (response ? responses_ : requests_)[finding.rule]->add();
    if (finding.mode == Mode::block && blocking == nullptr) blocking = &finding;
    if (finding.mode == Mode::warn) warn(finding, record);
    if (record.details.size() < kMostDetails) {
      record.details.push_back(std::format("{}: {}", name_of(finding.mode), describe(inspector_.rules(), finding)));
    }
  }
  return blocking;
}

void Inspection::warn(const Finding& finding, const evidence::Record& record) {
  const auto now = system_clock().steady();
  auto& last = warned_[finding.rule];
  if (last != SteadyTime{} && now - last < kWarnPeriod) return;
  last = now;
  log(LogLevel::warn, "inspection",
      {{"found", describe(inspector_.rules(), finding)}, {"caller", record.caller_name}, {"action", record.action}});
}

std::optional<Verdict> check_inspection(Case& c, const wire::sbi::Body& body, Inspection* inspection) {
  if (inspection == nullptr) return std::nullopt;
  const inspection::KnowsHost own = [&c](std::string_view host) { return may_call_back(c, host); };
  const auto found = inspection->inspector().request(*c.classified, body, &own);
  const auto* blocking = inspection->note(found, false, c.verdict.record);
  if (blocking == nullptr) return std::nullopt;
  const auto& rules = inspection->inspector().rules();
  return c.refuse(rules[blocking->rule].id,
                  {400, "Refused by inspection", std::string(cause_of(*blocking)), describe(rules, *blocking), ""});
}

std::optional<evidence::Record> inspect_response(wire::Response& response, const evidence::Record& judged,
                                                 const Protection& protection, WallTime now, Inspection* inspection) {
  const auto* operation = inspection == nullptr ? nullptr : wire::sbi::find_operation(judged.action);
  if (operation == nullptr) return std::nullopt;
  const inspection::KnowsHost known = [&](std::string_view host) { return is_host_of_any(protection, host); };
  const auto found = inspection->inspector().response(*operation, response, &known);
  if (found.empty()) return std::nullopt;
  auto record = judged;
  record.details.clear();
  const auto* blocking = inspection->note(found, true, record);
  if (blocking == nullptr) return std::nullopt;
  const auto& rules = inspection->inspector().rules();
  // TS 29.500 table 5.2.7.2-1: the answer of an upstream that is not fit to be passed on.
  const wire::Problem problem{502, "The producer's answer was refused by inspection", "INBOUND_SERVER_ERROR",
                              describe(rules, *blocking), ""};
  record.time = now;
  record.decision = "refuse";
  record.rule = rules[blocking->rule].id;
  record.reason = "the answer was not passed on: " + problem.detail;
  record.status = problem.status;
  record.obligations.clear();
  response = wire::to_response(problem);
  return record;
}

}  // namespace cordon::enforcement
