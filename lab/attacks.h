// Attacks on the service-based interface as one request each, with what the bare core and Cordon must answer.
#pragma once

#include <span>
#include <string_view>

namespace cordon::lab {

struct Attack {
  std::string_view name;
  std::string_view origin;  // 5GAD-2022, THR-nnn of the threat catalogue, or the research note
  std::string_view caller;  // whose certificate the attacker holds: an NF of the lab, or "ROGUE" (right authority,
                            // unknown instance)
  std::string_view target;  // NF asked
  std::string_view method;
  std::string_view path;
  std::string_view body;  // "" for none
  std::string_view content_type;
  bool succeeds_bare;     // a bare core answers 2xx today
  std::string_view rule;  // that must refuse it behind Cordon
};

std::span<const Attack> attacks();

// Attacks of the list that the service-based interface cannot show, with the reason; said in the report, not counted.
struct NotShown {
  std::string_view name;
  std::string_view reason;
};
std::span<const NotShown> not_shown();

}  // namespace cordon::lab
