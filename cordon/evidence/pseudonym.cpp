#include "cordon/evidence/pseudonym.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "cordon/crypto/digest.h"
#include "cordon/evidence/record_text.h"

namespace cordon::evidence {

namespace {

constexpr std::size_t kShownBytes = 10;  // 80 bits: no two of 10^9 subscribers are likely to meet
constexpr std::size_t kLeastBare = 14;   // an IMSI of a short network code,
constexpr std::size_t kMostBare = 16;    // an IMEISV
constexpr int kMostLayers = 8;           // of percent-encoding

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_digit(c) || is_letter(c); }
// What an NAI, a SUCI with a realm or an external identifier is made of (RFC 7542 2.2, RFC 3986 2.3). Bytes beyond
// ASCII belong to it: a name cut at the first of them would leave the rest in clear.
bool is_name(char c) {
  return is_word(c) || std::string_view("-._~@+!$'*=:%").contains(c) || static_cast<unsigned char>(c) >= 0x80;
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

struct Form {
  std::string_view prefix;
  bool (*belongs)(char);
};

// TS 29.571 5.3.2: Supi imsi- nai- gci- gli-; SupiOrSuci suci-; Gpsi msisdn- extid-; Pei imei- imeisv- mac- eui-.
// gpsi-, pei- and supi- stand in no schema, but foreign senders write them.
constexpr std::array kForms{
    Form{"imsi-", is_digit}, Form{"msisdn-", is_digit}, Form{"imeisv-", is_digit}, Form{"imei-", is_digit},
    Form{"suci-", is_name},  Form{"nai-", is_name},     Form{"gci-", is_name},     Form{"gli-", is_name},
    Form{"extid-", is_name}, Form{"gpsi-", is_name},    Form{"supi-", is_name},    Form{"pei-", is_name},
    Form{"mac-", is_name},   Form{"eui-", is_name},
};

// The text with percent-encoding undone (RFC 3986 2.1), and where each of its characters came from.
struct Decoded {
  std::string text;
  std::vector<std::size_t> from;  // one more than text: the end
};

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

// One layer of percent-encoding less.
Decoded undo_layer(const Decoded& in) {
  const std::string_view text = in.text;
  Decoded out;
  for (std::size_t i = 0; i < text.size();) {
    out.from.push_back(in.from[i]);
    const bool room = text[i] == '%' && i + 2 < text.size();
    const int high = room ? hex_value(text[i + 1]) : -1;
    const int low = room ? hex_value(text[i + 2]) : -1;
    const bool encoded = high >= 0 && low >= 0;
    out.text += encoded ? static_cast<char>(high * 16 + low) : text[i];
    i += encoded ? 3 : 1;
  }
  out.from.push_back(in.from.back());
  return out;
}

// A sender may encode twice, by mistake or to hide: layers come off until nothing changes.
Decoded undo_percent(std::string_view text) {
  Decoded out{std::string(text), std::vector<std::size_t>(text.size() + 1)};
  std::ranges::iota(out.from, std::size_t{0});
  for (int layer = 0; layer < kMostLayers && out.text.contains('%'); ++layer) {
    auto next = undo_layer(out);
    if (next.text.size() == out.text.size()) break;
    out = std::move(next);
  }
  return out;
}

bool starts_with_form(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && std::ranges::equal(text.substr(0, prefix.size()), prefix, {}, lower);
}

std::size_t run_of(std::string_view text, bool (*belongs)(char)) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, belongs) - text.begin());
}

// The length of the identifier at the start of text, whose character before is `before`; 0 when none starts here.
std::size_t prefixed_length(std::string_view text, char before) {
  for (const auto& form : kForms) {
    if (!starts_with_form(text, form.prefix)) continue;
    const bool numeric = form.belongs == is_digit;
    if (is_word(before) && !numeric) continue;  // "sinai-" is no NAI; but digits after "imsi-" are always meant
    auto value = text.substr(form.prefix.size());
    value = value.substr(0, run_of(value, form.belongs));
    while (!value.empty() && std::string_view("-._:=").contains(value.back()))
      value.remove_suffix(1);  // of the sentence
    if (!value.empty()) return form.prefix.size() + value.size();
  }
  return 0;
}

std::size_t bare_length(std::string_view text, char before) {
  if (is_word(before)) return 0;
  const auto digits = run_of(text, is_digit);
  if (digits < kLeastBare || digits > kMostBare) return 0;
  return digits < text.size() && is_word(text[digits]) ? 0 : digits;
}

void note(std::vector<Subject>& found, std::string pseudonym, std::string_view identifier) {
  if (found.size() >= kMostSubjects || identifier.size() > kMostIdentifierBytes) return;
  if (std::ranges::contains(found, pseudonym, &Subject::pseudonym)) return;
  found.push_back({std::move(pseudonym), canonical_identifier(identifier), false});
}

}  // namespace

std::string canonical_identifier(std::string_view identifier) {
  std::string out(identifier);
  const auto prefix = static_cast<std::ptrdiff_t>(std::min(out.find('-'), out.size()));
  std::transform(out.begin(), out.begin() + prefix, out.begin(), lower);
  return out;
}

std::string Pseudonyms::of(std::string_view identifier) const {
  const auto digest = crypto::hmac_sha256(key_, as_bytes(canonical_identifier(identifier)));
  return "p:" + to_hex(BytesView(digest).first(kShownBytes));
}

std::string Pseudonyms::pseudonymise(std::string_view text) const { return replace(text, nullptr); }
std::string Pseudonyms::pseudonymise(std::string_view text, std::vector<Subject>& found) const {
  return replace(text, &found);
}

std::string Pseudonyms::replace(std::string_view text, std::vector<Subject>* found) const {
  const auto decoded = undo_percent(text);
  const std::string_view plain = decoded.text;
  std::string out;
  for (std::size_t i = 0; i < plain.size();) {
    const char before = i == 0 ? '\0' : plain[i - 1];
    const auto prefixed = prefixed_length(plain.substr(i), before);
    const auto length = prefixed > 0 ? prefixed : bare_length(plain.substr(i), before);
    if (length > 0) {
      const auto identifier = plain.substr(i, length);
      auto pseudonym = of(identifier);
      out += pseudonym;
      if (found) note(*found, std::move(pseudonym), identifier);
      i += length;
    } else {
      out += text.substr(decoded.from[i], decoded.from[i + 1] - decoded.from[i]);
      ++i;
    }
  }
  return out;
}

}  // namespace cordon::evidence
