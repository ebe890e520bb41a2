// The decisions of the enforcement point for those who pass requests on themselves.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cordon/base/metrics.h"
#include "cordon/enforcement/judge.h"
#include "cordon/evidence/client.h"
#include "cordon/neighbours/callers.h"
#include "cordon/neighbours/inquiry.h"

namespace cordon::neighbours {

struct AdviserParts {
  std::string name;                // in every record
  enforcement::Checks checks;      // inspection counts only where bodies are shown; no ledger: answers are not seen
  bool believe_principal = false;  // in place of a certificate
  std::vector<crypto::Certificate> intermediates{};
};

// One thread. The client and what checks point to outlive it.
class Adviser {
 public:
  Adviser(AdviserParts parts, evidence::Client& evidence, Metrics& metrics);

  void apply(std::shared_ptr<const enforcement::Protection> protection);
  void use_callers(enforcement::TlsSet set) { callers_.use(std::move(set)); }

  // Answers when the decision is recorded: no evidence, no effect. What cannot be decided or recorded is refused.
  void advise(Inquiry inquiry, const Advised& done);
  bool ready() const { return protection_ && evidence_.pseudonyms(); }

 private:
  enforcement::Verdict judge(Inquiry& inquiry, const evidence::Pseudonyms& pseudonyms);
  const identity::ExpectedNf* producer_of(Inquiry& inquiry) const;
  Advice unrecorded(const Error& error);
  Advice advice(enforcement::Verdict verdict, std::uint64_t record);

  AdviserParts parts_;
  evidence::Client& evidence_;
  Callers callers_;
  std::shared_ptr<const enforcement::Protection> protection_;
  std::optional<enforcement::Judge> judge_, judge_unseen_;  // the second where bodies are not shown
  Counter &permitted_, &refused_, &unrecorded_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for records acknowledged after us
};

}  // namespace cordon::neighbours
