// Apart from record.cpp, so that the enforcement point does without its JSON.
#include "cordon/evidence/record_members.h"

namespace cordon::evidence {

void clear(Record& record) {
  for (const auto& member : kTexts) (record.*member.text).clear();
  for (const auto* list : {&kPolicies, &kObligations, &kClaims, &kDetails}) (record.*list->texts).clear();
  record.kind = "decision";
  record.sequence = 0;
  record.time = {};
  record.status = 0;
  record.subjects.clear();
  record.links.clear();
  record.spool.reset();
  record.later = {};
}

}  // namespace cordon::evidence
