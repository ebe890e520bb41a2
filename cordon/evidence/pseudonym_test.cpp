#include "cordon/evidence/pseudonym.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <numeric>
#include <random>
#include <regex>

#include "cordon/base/text.h"

namespace cordon::evidence {
namespace {

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(std::string(CORDON_SOURCE_DIR "/cordon/evidence/vectors/") + file);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && !line.starts_with('#')) out.push_back(line);
  }
  EXPECT_FALSE(out.empty()) << file;
  return out;
}

const Pseudonyms kPseudonyms(Bytes(32, 7));

TEST(Pseudonym, IsKeyedAndTheSameEverywhere) {
  const auto one = kPseudonyms.of("imsi-999700000021309");
  EXPECT_TRUE(std::regex_match(one, std::regex("p:[0-9a-f]{20}")));
  EXPECT_EQ(kPseudonyms.of("imsi-999700000021309"), one);
  EXPECT_EQ(kPseudonyms.of("IMSI-999700000021309"), one);
  EXPECT_NE(kPseudonyms.of("imsi-999700000021308"), one);
  EXPECT_NE(Pseudonyms(Bytes(32, 8)).of("imsi-999700000021309"), one);
  EXPECT_EQ(kPseudonyms.pseudonymise("/a/imsi-999700000021309/b"), "/a/" + one + "/b");
  EXPECT_EQ(kPseudonyms.pseudonymise("/a/imsi%2D999700000021309/b"), "/a/" + one + "/b");
  // One subscriber, one pseudonym, also at the end of a sentence.
  EXPECT_EQ(kPseudonyms.pseudonymise("nai-a@b.example."), kPseudonyms.of("nai-a@b.example") + ".");
}

// The value that HMAC-SHA-256 gives, computed with another implementation (Python's hmac).
TEST(Pseudonym, IsHmacSha256) { EXPECT_EQ(kPseudonyms.of("imsi-001010000000001"), "p:394701b61014c21d9a2b"); }

TEST(Pseudonym, ReplacesEveryFormOfIdentifier) {
  for (const auto& line : lines_of("identifiers.txt")) {
    const auto first = line.find(" =>");
    const auto second = line.find(" =>", first + 1);
    const auto gone = std::string(trim(line.substr(first + 3, second - first - 3)));
    const auto left = std::string(trim(line.substr(second + 3)));
    const auto out = kPseudonyms.pseudonymise(line.substr(0, first));
    EXPECT_FALSE(out.contains(gone)) << line << "\n" << out;
    EXPECT_TRUE(out.contains(left)) << line << "\n" << out;
    EXPECT_TRUE(out.contains("p:")) << line << "\n" << out;
    EXPECT_EQ(kPseudonyms.pseudonymise(out), out) << "not stable";
  }
}

TEST(Pseudonym, LeavesNoSubscriberInARecordedPathAndTheRestAsItWas) {
  const std::regex identifier("(imsi-[0-9]+|suci-[0-9-]+)");
  for (const auto& path : lines_of("recorded_paths.txt")) {
    const auto out = kPseudonyms.pseudonymise(path);
    EXPECT_FALSE(out.contains("21309")) << out;
    std::smatch found;
    if (std::regex_search(path, found, identifier)) {
      EXPECT_EQ(out, found.prefix().str() + kPseudonyms.of(found.str()) + found.suffix().str());
    } else {
      EXPECT_EQ(out, path);
    }
  }
}

TEST(Pseudonym, LeavesOtherTextAlone) {
  for (const std::string text :
       {"", "sinai-peninsula", "imsi-", "nai-.", "/nnrf-nfm/v1/nf-instances/f990ed9a-e555-41f1-9dea-7f66d0edecbf",
        "2026-11-21T02:48:04.730123Z", "p:12345678901234567890", "12345678901234567", "1234567890123", "100%", "%",
        "%4", "12345678901234abcd", "a b=c%20d"}) {
    EXPECT_EQ(kPseudonyms.pseudonymise(text), text);
  }
}

TEST(Pseudonym, CollectsWhomItReplaced) {
  std::vector<Subject> found;
  const auto text = kPseudonyms.pseudonymise("/a/IMSI-999700000021309/imsi%2D999700000021309", found);
  const auto name = kPseudonyms.of("imsi-999700000021309");
  EXPECT_EQ(text, "/a/" + name + "/" + name);
  EXPECT_EQ(found, (std::vector<Subject>{{name, "imsi-999700000021309"}}));
  kPseudonyms.pseudonymise("/b/msisdn-491725670014", found);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].identifier, "msisdn-491725670014");
}

TEST(Pseudonym, CollectsAtMostFourAndReplacesAll) {
  std::vector<Subject> found;
  const auto text = kPseudonyms.pseudonymise("imsi-1 imsi-2 imsi-3 imsi-4 imsi-5", found);
  EXPECT_EQ(found.size(), 4U);
  EXPECT_FALSE(text.contains("imsi"));
}

TEST(Pseudonym, CollectsNoIdentifierThatNobodyHas) {
  std::vector<Subject> found;
  const auto text = kPseudonyms.pseudonymise("nai-" + std::string(5000, 'a'), found);
  EXPECT_TRUE(found.empty());
  EXPECT_TRUE(text.starts_with("p:"));
}

// What the fast search must agree with: every form tried at every character.
namespace naive {

constexpr std::size_t kLeastBare = 14;  // an IMSI of a short network code,
constexpr std::size_t kMostBare = 16;   // an IMEISV
constexpr int kMostLayers = 8;          // of percent-encoding

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

std::string replace(std::string_view text, const Pseudonyms& pseudonyms) {
  const auto decoded = undo_percent(text);
  const std::string_view plain = decoded.text;
  std::string out;
  for (std::size_t i = 0; i < plain.size();) {
    const char before = i == 0 ? '\0' : plain[i - 1];
    const auto prefixed = prefixed_length(plain.substr(i), before);
    const auto length = prefixed > 0 ? prefixed : bare_length(plain.substr(i), before);
    if (length > 0) {
      const auto identifier = plain.substr(i, length);
      out += pseudonyms.of(identifier);
      i += length;
    } else {
      out += text.substr(decoded.from[i], decoded.from[i + 1] - decoded.from[i]);
      ++i;
    }
  }
  return out;
}

}  // namespace naive

TEST(Pseudonym, FindsWhatTryingEveryFormAtEveryCharacterFinds) {
  constexpr std::array<std::string_view, 40> kPieces{"imsi-",
                                                     "IMSI-",
                                                     "msisdn-",
                                                     "imeisv-",
                                                     "imei-",
                                                     "suci-",
                                                     "nai-",
                                                     "gci-",
                                                     "gli-",
                                                     "extid-",
                                                     "gpsi-",
                                                     "supi-",
                                                     "pei-",
                                                     "mac-",
                                                     "eui-",
                                                     "si",
                                                     "nai",
                                                     "-",
                                                     "--",
                                                     "%2d",
                                                     "%2D",
                                                     "%252d",
                                                     "%",
                                                     "%69",
                                                     "/",
                                                     ":",
                                                     "@",
                                                     ".",
                                                     " ",
                                                     "a",
                                                     "9",
                                                     "12",
                                                     "99970000002130",
                                                     "9997000000213091",
                                                     "99970000002130912",
                                                     "e",
                                                     "\xc3\xa4",
                                                     "=",
                                                     "_",
                                                     "?"};
  std::mt19937 random(7);
  for (int round = 0; round < 4'000; ++round) {
    std::string text;
    for (auto pieces = random() % 12; pieces > 0; --pieces) text += kPieces[random() % kPieces.size()];
    ASSERT_EQ(kPseudonyms.pseudonymise(text), naive::replace(text, kPseudonyms)) << text;
  }
}

TEST(Identifiers, HaveOneSpelling) {
  EXPECT_EQ(canonical_identifier("IMSI-999700000021309"), "imsi-999700000021309");
  EXPECT_EQ(canonical_identifier("nai-User@Realm"), "nai-User@Realm");
  EXPECT_EQ(canonical_identifier("NAI"), "nai");
  EXPECT_EQ(canonical_identifier(""), "");
}

}  // namespace
}  // namespace cordon::evidence
