#include "cordon/evidence/record.h"

#include <algorithm>
#include <array>
#include <limits>

#include "cordon/base/text.h"
#include "cordon/evidence/record_json.h"

namespace cordon::evidence {

namespace {

// Limits of the written form, in bytes after escaping. Their sum stays under kLineLimit, so no line needs a second
// look: 17 short texts, the resource, the reason and the three lists make 17 * 512 + 4,096 + 8,192 + 8,192 + 24,576 +
// 4,096 = 57,856.
constexpr std::size_t kShort = 512;
constexpr std::size_t kResource = 4096;
constexpr std::size_t kReason = 8192;
constexpr std::size_t kPolicies = 8192;
constexpr std::size_t kDetails = 24'576;
constexpr std::size_t kClaims = 4096;
constexpr std::size_t kItem = 2048;
constexpr std::size_t kMark = 40;  // room for the mark that says how much is missing
constexpr int kMaxStatus = 999;    // RFC 9110 15: three digits

struct TextMember {
  std::string_view name;
  std::string Record::* text;
  std::size_t most = kShort;
};

// In the order they are written: who decided what, about whom, why.
constexpr std::array kTexts{
    TextMember{"proxy", &Record::proxy},
    TextMember{"kind", &Record::kind},
    TextMember{"decision", &Record::decision},
    TextMember{"rule", &Record::rule},
    TextMember{"policy_set", &Record::policy_set},
    TextMember{"caller", &Record::caller},
    TextMember{"caller_type", &Record::caller_type},
    TextMember{"caller_name", &Record::caller_name},
    TextMember{"peer", &Record::peer},
    TextMember{"certificate", &Record::certificate},
    TextMember{"producer", &Record::producer},
    TextMember{"producer_type", &Record::producer_type},
    TextMember{"method", &Record::method},
    TextMember{"action", &Record::action},
    TextMember{"resource", &Record::resource, kResource},
    TextMember{"body", &Record::body},
    TextMember{"tls", &Record::tls},
    TextMember{"reason", &Record::reason, kReason},
    TextMember{"trace", &Record::trace},
};

struct ListMember {
  std::string_view name;
  std::vector<std::string> Record::* texts;
  std::size_t most;
};

constexpr std::array kLists{
    ListMember{"policies", &Record::policies, kPolicies},
    ListMember{"claims", &Record::claims, kClaims},
    ListMember{"details", &Record::details, kDetails},
};

// An upper bound of what append_json_string makes of the character at the start of text.
std::size_t written_size(std::string_view text, std::size_t length) {
  const auto code = static_cast<unsigned char>(text.front());
  if (code < 0x20 || code == 0x7f) return 6;
  if (code == '"' || code == '\\') return 2;
  return length == 0 ? 3 : length;  // bytes that are no UTF-8 become U+FFFD
}

struct Measure {
  std::size_t bytes = 0;    // of text that fit
  std::size_t written = 0;  // what they become
};

Measure measure(std::string_view text, std::size_t most) {
  Measure fits;
  while (fits.bytes < text.size()) {
    const auto rest = text.substr(fits.bytes);
    const auto length = utf8_length(rest);
    const auto more = written_size(rest, length);
    if (fits.written + more > most) break;
    fits.bytes += std::max<std::size_t>(length, 1);
    fits.written += more;
  }
  return fits;
}

void append_text(std::string& out, std::string_view name, std::string_view text, std::size_t most) {
  if (text.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  if (text.size() * 6 <= most || measure(text, most).bytes == text.size()) {
    wire::append_json_string(out, text);
  } else {
    wire::append_json_string(out, clip(text, most));
  }
}

void append_list(std::string& out, const ListMember& member, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out += std::format(",\"{}\":[", member.name);
  const auto end = out.size() + member.most - kMark;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto before = out.size();
    if (i > 0) out += ',';
    wire::append_json_string(out, clip(texts[i], kItem));
    const bool last = i + 1 == texts.size();
    if (out.size() <= end || (last && out.size() <= end + kMark)) continue;
    out.resize(before);
    out += std::format("{}\"...[{} more]\"", i > 0 ? "," : "", texts.size() - i);
    break;
  }
  out += ']';
}

// Times beyond those that can be read again become the nearest that can.
WallTime writable(WallTime time) {
  using namespace std::chrono;
  constexpr WallTime kFirst = sys_days(1678y / January / 1);
  constexpr WallTime kLast = sys_days(2261y / December / 31);
  return std::clamp(time, kFirst, kLast);
}

Result<std::vector<std::string>> texts_from(const wire::Json& json, std::string_view name) {
  std::vector<std::string> out;
  if (!json.is_array()) return fail(ErrorKind::invalid_input, std::format("'{}' is not a list of texts", name));
  for (const auto& item : json.array()) {
    if (!item.is_string()) return fail(ErrorKind::invalid_input, std::format("'{}' is not a list of texts", name));
    out.emplace_back(item.text());
  }
  return out;
}

Result<std::int64_t> number_from(const wire::Json& json, std::string_view name, std::int64_t most) {
  const auto* found = json.find(name);
  if (found == nullptr) return 0;
  const auto value = found->integer();
  if (value && *value >= 0 && *value <= most) return *value;
  return fail(ErrorKind::invalid_input, std::format("'{}' is not a whole number from 0 to {}", name, most));
}

Result<WallTime> time_from(const wire::Json& json) {
  const auto* found = json.find("time");
  if (found == nullptr || !found->is_string())
    return fail(ErrorKind::invalid_input, "'time' is missing or not a text");
  return parse_time(found->text());
}

Result<Record> texts_of(const wire::Json& json) {
  Record record;
  for (const auto& member : kTexts) {
    const auto* found = json.find(member.name);
    if (found == nullptr) continue;
    if (!found->is_string()) return fail(ErrorKind::invalid_input, std::format("'{}' is not a text", member.name));
    if (!found->text().empty()) record.*member.text = found->text();
  }
  for (const auto& member : kLists) {
    const auto* found = json.find(member.name);
    if (found == nullptr) continue;
    auto texts = texts_from(*found, member.name);
    if (!texts) return std::unexpected(texts.error());
    record.*member.texts = std::move(*texts);
  }
  return record;
}

}  // namespace

std::string clip(std::string_view text, std::size_t most) {
  if (measure(text, most).bytes == text.size()) return std::string(text);
  const auto kept = measure(text, most - std::min(most, kMark)).bytes;
  return std::format("{}...[{} bytes cut]", text.substr(0, kept), text.size() - kept);
}

std::string record_members(const Record& record) {
  std::string out;
  out.reserve(1024);
  out += ",\"time\":\"";
  out += format_time(writable(record.time));
  out += '"';
  for (const auto& member : kTexts) append_text(out, member.name, record.*member.text, member.most);
  for (const auto& member : kLists) append_list(out, member, record.*member.texts);
  if (record.status != 0) out += std::format(",\"status\":{}", std::clamp(record.status, 0, kMaxStatus));
  out += '}';
  return out;
}

std::string encode(const Record& record) {
  return std::format("{{\"seq\":{}{}", record.sequence, record_members(record));
}

Result<Record> record_from(const wire::Json& json) {
  if (!json.is_object()) return fail(ErrorKind::invalid_input, "a record is a JSON object");
  const auto sequence = number_from(json, "seq", std::numeric_limits<std::int64_t>::max());
  if (!sequence) return std::unexpected(sequence.error());
  const auto time = time_from(json);
  if (!time) return std::unexpected(time.error());
  const auto status = number_from(json, "status", kMaxStatus);
  if (!status) return std::unexpected(status.error());
  auto record = texts_of(json);
  if (!record) return record;
  record->sequence = static_cast<std::uint64_t>(*sequence);
  record->time = *time;
  record->status = static_cast<int>(*status);
  return record;
}

Result<Record> decode(std::string_view line) {
  auto json = wire::parse_json(line, {.bytes = kLineLimit, .depth = 16, .leaves = 16'000});
  if (!json) return std::unexpected(json.error());
  return record_from(*json);
}

}  // namespace cordon::evidence
