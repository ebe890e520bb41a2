// The syntax of the identifiers that stand in paths: TS 29.571 without its catch-all `.+` (THR-043, THR-049).
#pragma once

#include <cstdint>
#include <string_view>

namespace cordon::wire::sbi {

enum class IdentifierKind : std::uint8_t {
  plain,  // no syntax of its own: what the path syntax lets through, 1 to 512 bytes
  uuid,
  supi,
  supi_or_suci,
  ue_id,  // SUPI, GPSI, group, IMS identity or "anyUE"
  gpsi,
  ue_context_id,
  pdu_session_id,
  plmn_id,
};

bool is_well_formed(IdentifierKind kind, std::string_view text);
std::string_view describe(IdentifierKind kind);  // "a UUID": finishes the sentence "... is not"

}  // namespace cordon::wire::sbi
