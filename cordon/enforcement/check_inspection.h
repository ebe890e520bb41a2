// Requests and answers held against the 3GPP schemas and the strict overlay (room inspection).
#pragma once

#include <memory>

#include "cordon/base/metrics.h"
#include "cordon/enforcement/judge.h"
#include "cordon/enforcement/settings.h"
#include "cordon/inspection/inspect.h"

namespace cordon::enforcement {

struct Case;

// The inspector of one enforcement point with its counters; one thread uses it.
class Inspection {
 public:
  // null: switched off. Reads the overlay; an unknown rule in the settings is an error.
  static Result<std::unique_ptr<Inspection>> open(const InspectionSettings& settings, Metrics& metrics);

  inspection::Inspector& inspector() { return inspector_; }

  // Counts, warns in the log, and appends what was found to the details of a record. The first finding that blocks,
  // or null.
  const inspection::Finding* note(std::span<const inspection::Finding> found, bool response,
                                  evidence::Record& record);

 private:
  Inspection(std::shared_ptr<const inspection::Rules> rules, Metrics& metrics);
  void warn(const inspection::Finding& finding, const evidence::Record& record);

  inspection::Inspector inspector_;
  std::vector<Counter*> requests_, responses_;  // by rule
  std::vector<SteadyTime> warned_;              // by rule: one line in ten seconds
};

std::optional<Verdict> check_inspection(Case& c, const wire::sbi::Body& body, Inspection* inspection);

// An answer that is refused becomes a problem; the record that says so is returned, for the log.
std::optional<evidence::Record> inspect_response(wire::Response& response, const evidence::Record& judged,
                                                 const Protection& protection, WallTime now, Inspection* inspection);

}  // namespace cordon::enforcement
