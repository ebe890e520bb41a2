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

// What a character may be to an identifier, so that ordinary text is passed over at a look-up each.
enum Role : std::uint8_t { kNothing, kDigit, kDash };
constexpr auto kRoles = [] {
  std::array<Role, 256> roles{};
  for (unsigned char c = '0'; c <= '9'; ++c) roles[c] = kDigit;
  roles['-'] = kDash;
  return roles;
}();

// Where an identifier stands in a text; length 0: nowhere.
struct Place {
  std::size_t at = 0;
  std::size_t length = 0;
};

char before(std::string_view text, std::size_t at) { return at == 0 ? '\0' : text[at - 1]; }

// The length of the value that follows a form's prefix.
std::size_t value_length(std::string_view value, const Form& form) {
  value = value.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(value, form.belongs) - value.begin()));
  while (!value.empty() && std::string_view("-._:=").contains(value.back()))
    value.remove_suffix(1);  // of the sentence
  return value.size();
}

// Of the form whose prefix ends with the dash, and begins at from or later. No prefix ends with another one.
Place prefixed(std::string_view text, std::size_t from, std::size_t dash) {
  for (const auto& form : kForms) {
    const auto size = form.prefix.size();
    if (dash + 1 < from + size) continue;
    const auto at = dash + 1 - size;
    // The letter before the dash rules out most forms.
    if (dash == 0 || lower(text[dash - 1]) != form.prefix[size - 2]) continue;
    if (!std::ranges::equal(text.substr(at, size), form.prefix, {}, lower)) continue;
    // "sinai-" is no NAI; but digits after "imsi-" are always meant.
    if (is_word(before(text, at)) && form.belongs != is_digit) return {};
    const auto value = value_length(text.substr(dash + 1), form);
    return value > 0 ? Place{at, size + value} : Place{};
  }
  return {};
}

Place bare(std::string_view text, std::size_t at, std::size_t end) {
  const auto digits = end - at;
  if (digits < kLeastBare || digits > kMostBare || is_word(before(text, at))) return {};
  return end < text.size() && is_word(text[end]) ? Place{} : Place{at, digits};
}

// The first identifier that begins at from or later.
Place next_identifier(std::string_view text, std::size_t from) {
  std::size_t digits = 0;  // ending here
  for (std::size_t i = from; i < text.size(); ++i) {
    const auto role = kRoles[static_cast<unsigned char>(text[i])];
    if (role == kDigit) {
      ++digits;
      continue;
    }
    if (digits >= kLeastBare) {
      if (const auto place = bare(text, i - digits, i); place.length > 0) return place;
    }
    digits = 0;
    if (role == kDash) {
      if (const auto place = prefixed(text, from, i); place.length > 0) return place;
    }
  }
  return bare(text, text.size() - digits, text.size());
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
  const bool encoded = text.contains('%');
  const auto decoded = encoded ? undo_percent(text) : Decoded{};
  const auto plain = encoded ? std::string_view(decoded.text) : text;
  const auto origin = [&](std::size_t at) { return encoded ? decoded.from[at] : at; };
  std::string out;
  std::size_t done = 0;  // of plain
  for (auto place = next_identifier(plain, 0); place.length > 0; place = next_identifier(plain, done)) {
    out += text.substr(origin(done), origin(place.at) - origin(done));
    const auto identifier = plain.substr(place.at, place.length);
    auto pseudonym = of(identifier);
    out += pseudonym;
    if (found) note(*found, std::move(pseudonym), identifier);
    done = place.at + place.length;
  }
  return out += text.substr(origin(done));
}

}  // namespace cordon::evidence
