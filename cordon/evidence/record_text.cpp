#include "cordon/evidence/record_text.h"

#include <algorithm>
#include <format>

#include "cordon/base/text.h"

namespace cordon::evidence {

namespace {

constexpr std::size_t kPseudonymBytes = 10;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// An upper bound of what append_json_string makes of the character at the start of text.
std::size_t written_size(std::string_view text, std::size_t length) {
  const auto code = static_cast<unsigned char>(text.front());
  if (code < 0x20 || code == 0x7f) return 6;
  if (code == '"' || code == '\\') return 2;
  return length == 0 ? kReplacement.size() : length;
}

// How many bytes of text fit.
std::size_t fitting(std::string_view text, std::size_t most) {
  std::size_t bytes = 0;
  std::size_t written = 0;
  while (bytes < text.size()) {
    const auto rest = text.substr(bytes);
    const auto length = utf8_length(rest);
    written += written_size(rest, length);
    if (written > most) break;
    bytes += std::max<std::size_t>(length, 1);
  }
  return bytes;
}

// Nothing to clip and nothing to mend, found without looking at each character's length.
bool is_plain(std::string_view text) {
  bool plain = true;
  for (const char c : text) plain &= c >= 0x20 && c < 0x7f;
  return plain;
}

std::string mended(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    out += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_shown(std::string_view pseudonym) {
  return pseudonym.size() == 2 + 2 * kPseudonymBytes && pseudonym.starts_with("p:");
}

// Which subject's pseudonym stands at the start of text; none: all of them.
std::size_t subject_at(std::string_view text, std::span<const Subject> subjects) {
  std::size_t i = 0;
  while (i < subjects.size() && !(is_shown(subjects[i].pseudonym) && text.starts_with(subjects[i].pseudonym))) ++i;
  return i;
}

}  // namespace

std::string clip(std::string_view text, std::size_t most) {
  if (fitting(text, most) == text.size()) return std::string(text);
  const auto kept = fitting(text, most - std::min(most, kMarkText));
  return std::format("{}...[{} bytes cut]", text.substr(0, kept), text.size() - kept);
}

std::string_view fitted(std::string_view text, std::size_t most, std::string& scratch) {
  if (text.size() * 2 <= most && is_plain(text)) return text;
  scratch = mended(clip(text, most));
  return scratch;
}

std::optional<Bytes> pseudonym_bytes(std::string_view shown) {
  if (!is_shown(shown)) return {};
  Bytes bytes(kPseudonymBytes);
  for (std::size_t i = 0; i < kPseudonymBytes; ++i) {
    const int high = digit_value(shown[2 + 2 * i]);
    const int low = digit_value(shown[3 + 2 * i]);
    if (high < 0 || low < 0) return {};
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return bytes;
}

std::string shown_pseudonym(BytesView bytes) { return "p:" + to_hex(bytes); }

std::string_view with_references(std::string_view text, std::span<const Subject> subjects, std::string& scratch) {
  const bool none = subjects.empty() || !text.contains("p:");
  if (none && !text.contains(kReference)) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto subject = text[at] == 'p' ? subject_at(text.substr(at), subjects) : subjects.size();
    if (subject < subjects.size()) {
      out += kReference;
      out += static_cast<char>('0' + subject);
      at += subjects[subject].pseudonym.size();
    } else {
      if (text[at] == kReference) out += kReference;
      out += text[at++];
    }
  }
  scratch = std::move(out);
  return scratch;
}

Result<std::string> without_references(std::string_view text, std::span<const Subject> subjects) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != kReference) {
      out += text[at];
      continue;
    }
    const char what = ++at < text.size() ? text[at] : '\0';
    const auto subject = static_cast<std::size_t>(static_cast<unsigned char>(what)) - '0';
    if (what == kReference) {
      out += kReference;
    } else if (subject < subjects.size()) {
      out += subjects[subject].pseudonym;
    } else {
      return fail(ErrorKind::invalid_input,
                  std::format("names a subscriber that is none of its {}", subjects.size()));
    }
  }
  return out;
}

}  // namespace cordon::evidence
