// What the laboratory found, as a table for people and as JSON for tools.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cordon/wire/json.h"
#include "lab/attack_run.h"
#include "lab/replay.h"

namespace cordon::app {

struct LabReport {
  std::optional<lab::ReplayReport> direct;
  std::optional<lab::ReplayReport> through;
  std::uint64_t refused_benign = 0;  // refusals in the evidence while the recording was replayed
  std::vector<lab::AttackOutcome> attacks;
  std::string bypass;  // empty: the direct call failed as it must
  bool bypass_tried = false;
  bool log_ok = false;
  std::uint64_t log_records = 0;
  std::string log_fault;

  bool held() const;
};

void print_replay(const std::string& what, const lab::ReplayReport& replay);
void print_attacks(const std::vector<lab::AttackOutcome>& attacks);
void print_summary(const LabReport& report);
wire::Json to_json(const LabReport& report);

}  // namespace cordon::app
