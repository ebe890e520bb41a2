#include "cordon/wire/sbi/identifier.h"

#include <algorithm>
#include <span>

namespace cordon::wire::sbi {

namespace {

constexpr std::size_t kMaxPlain = 512;
constexpr std::size_t kMaxTail = 256;  // a network access identifier has at most 253 bytes (RFC 7542 2.3)

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool digits(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most && std::ranges::all_of(text, is_digit);
}

bool hex_digits(std::string_view text, std::size_t count) {
  return text.size() == count && std::ranges::all_of(text, is_hex);
}

// What user names, realms and their 3GPP encodings are made of; no quotes, braces, '$' or other query operators.
bool is_tail(std::string_view text) {
  constexpr std::string_view kMarks = "-._~@+=!:";
  return !text.empty() && text.size() <= kMaxTail && std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || is_digit(c) || kMarks.find(c) != kMarks.npos;
  });
}

bool is_up_to_15_digits(std::string_view text) { return digits(text, 5, 15); }
bool is_imei(std::string_view text) { return digits(text, 15, 15); }
bool is_imeisv(std::string_view text) { return digits(text, 16, 16); }

bool is_external(std::string_view text) {  // local@domain
  return is_tail(text) && std::ranges::count(text, '@') == 1 && text.front() != '@' && text.back() != '@';
}

bool is_guti(std::string_view text) {  // PLMN, then AMF identifier (6) and 5G-TMSI (8)
  constexpr std::size_t kTail = 14;
  return text.size() > kTail && digits(text.substr(0, text.size() - kTail), 5, 6) &&
         hex_digits(text.substr(text.size() - kTail), kTail);
}

std::string_view take_part(std::string_view& text) {
  const auto dash = text.find('-');
  const auto part = text.substr(0, dash);
  text = dash == text.npos ? std::string_view{} : text.substr(dash + 1);
  return part;
}

// TS 23.003 28.7.3: type, home network, routing indicator, protection scheme, key identifier, output. Realms of
// other types than IMSI may hold dashes themselves, so there only the characters are checked.
bool is_suci(std::string_view text) {
  if (!is_tail(text)) return false;
  const auto type = take_part(text);
  if (type != "0") return type.size() == 1 && type[0] >= '1' && type[0] <= '7' && !text.empty();
  if (!digits(take_part(text), 3, 3) || !digits(take_part(text), 2, 3) || !digits(take_part(text), 1, 4))
    return false;
  return hex_digits(take_part(text), 1) && digits(take_part(text), 1, 3) && !text.empty() &&
         text.find('-') == text.npos;
}

struct Form {
  std::string_view prefix;
  bool (*rest)(std::string_view);
};

constexpr Form kSupi[] = {{"imsi-", is_up_to_15_digits}, {"nai-", is_tail}, {"gci-", is_tail}, {"gli-", is_tail}};
constexpr Form kGpsi[] = {{"msisdn-", is_up_to_15_digits}, {"extid-", is_external}};
constexpr Form kOtherUe[] = {{"extgroupid-", is_external}, {"impi-", is_tail}, {"impu-", is_tail}};
constexpr Form kContext[] = {{"5g-guti-", is_guti}, {"imei-", is_imei}, {"imeisv-", is_imeisv}, {"cid-", is_tail}};

bool is_one_of(std::span<const Form> forms, std::string_view text) {
  return std::ranges::any_of(forms, [&](const Form& form) {
    return text.starts_with(form.prefix) && form.rest(text.substr(form.prefix.size()));
  });
}

bool is_supi_or_suci(std::string_view text) {
  constexpr std::string_view kPrefix = "suci-";
  return is_one_of(kSupi, text) || (text.starts_with(kPrefix) && is_suci(text.substr(kPrefix.size())));
}

bool is_uuid(std::string_view text) {
  constexpr std::size_t kLengths[] = {8, 4, 4, 4, 12};
  if (text.size() != 36) return false;
  return std::ranges::all_of(kLengths, [&](std::size_t length) { return hex_digits(take_part(text), length); });
}

bool is_pdu_session_id(std::string_view text) {
  if (!digits(text, 1, 3) || (text.size() > 1 && text.front() == '0')) return false;
  return text.size() < 3 || text <= "255";
}

bool is_plmn_id(std::string_view text) {  // MCC and MNC, for a stand-alone non-public network with its NID
  const auto plmn = take_part(text);
  return digits(plmn, 5, 6) && (text.empty() || hex_digits(text, 11));
}

}  // namespace

bool is_well_formed(IdentifierKind kind, std::string_view text) {
  switch (kind) {
    case IdentifierKind::plain:
      return !text.empty() && text.size() <= kMaxPlain;
    case IdentifierKind::uuid:
      return is_uuid(text);
    case IdentifierKind::supi:
      return is_one_of(kSupi, text);
    case IdentifierKind::supi_or_suci:
      return is_supi_or_suci(text);
    case IdentifierKind::ue_id:
      return is_one_of(kSupi, text) || is_one_of(kGpsi, text) || is_one_of(kOtherUe, text) || text == "anyUE";
    case IdentifierKind::gpsi:
      return is_one_of(kGpsi, text);
    case IdentifierKind::ue_context_id:
      return is_one_of(kSupi, text) || is_one_of(kContext, text);
    case IdentifierKind::pdu_session_id:
      return is_pdu_session_id(text);
    case IdentifierKind::plmn_id:
      return is_plmn_id(text);
  }
  return false;
}

std::string_view describe(IdentifierKind kind) {
  switch (kind) {
    case IdentifierKind::plain:
      return "1 to 512 bytes long";
    case IdentifierKind::uuid:
      return "a UUID";
    case IdentifierKind::supi:
      return "a SUPI (imsi-, nai-, gci- or gli-)";
    case IdentifierKind::supi_or_suci:
      return "a SUPI or SUCI (imsi-, nai-, gci-, gli- or suci-)";
    case IdentifierKind::ue_id:
      return "a UE identity (imsi-, nai-, msisdn-, extid-, extgroupid-, ...)";
    case IdentifierKind::gpsi:
      return "a GPSI (msisdn- or extid-)";
    case IdentifierKind::ue_context_id:
      return "a UE context identity (imsi-, 5g-guti-, imei-, ...)";
    case IdentifierKind::pdu_session_id:
      return "a number from 0 to 255";
    case IdentifierKind::plmn_id:
      return "a PLMN of 5 or 6 digits";
  }
  return "known";
}

}  // namespace cordon::wire::sbi
