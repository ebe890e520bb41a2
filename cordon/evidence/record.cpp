#include "cordon/evidence/record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <ranges>

#include "cordon/evidence/record_text.h"
#include "cordon/wire/json.h"

namespace cordon::evidence {

namespace {

constexpr std::size_t kDepth = 16;
constexpr std::size_t kLeaves = 16'000;

struct TextMember {
  std::string_view name;
  std::string Record::* text;
  std::size_t most = kShortText;
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
    TextMember{"resource", &Record::resource, kResourceText},
    TextMember{"body", &Record::body},
    TextMember{"tls", &Record::tls},
    TextMember{"reason", &Record::reason, kReasonText},
    TextMember{"trace", &Record::trace},
    TextMember{"trust", &Record::trust},
};

struct ListMember {
  std::string_view name;
  std::vector<std::string> Record::* texts;
  std::size_t most;
};

constexpr std::array kLists{
    ListMember{"policies", &Record::policies, kPoliciesText},
    ListMember{"claims", &Record::claims, kClaimsText},
    ListMember{"details", &Record::details, kDetailsText},
    ListMember{"obligations", &Record::obligations, kObligationsText},
};

void append_text(std::string& out, std::string_view name, std::string_view text, std::size_t most) {
  if (text.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  wire::append_json_string(out, text.size() * 6 <= most ? std::string(text) : clip(text, most));
}

void append_list(std::string& out, const ListMember& member, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out += std::format(",\"{}\":[", member.name);
  const auto end = out.size() + member.most - kMarkText;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto before = out.size();
    if (i > 0) out += ',';
    wire::append_json_string(out, clip(texts[i], kItemText));
    const bool last = i + 1 == texts.size();
    if (out.size() <= end || (last && out.size() <= end + kMarkText)) continue;
    out.resize(before);
    out += std::format("{}\"...[{} more]\"", i > 0 ? "," : "", texts.size() - i);
    break;
  }
  out += ']';
}

void append_subjects(std::string& out, const std::vector<Subject>& subjects) {
  if (subjects.empty()) return;
  out += ",\"subjects\":[";
  for (const auto& subject : subjects | std::views::take(kMostSubjects)) {
    out += out.back() == '[' ? "{\"pseudonym\":" : ",{\"pseudonym\":";
    wire::append_json_string(out, clip(subject.pseudonym, kShortText));
    if (!subject.identifier.empty()) {
      out += ",\"identifier\":";
      wire::append_json_string(out, clip(subject.identifier, kShortText));
    }
    if (subject.erased) out += ",\"erased\":true";
    out += '}';
  }
  out += ']';
}

void append_links(std::string& out, const std::vector<std::uint64_t>& links) {
  if (links.empty()) return;
  out += ",\"links\":[";
  for (const auto link : links | std::views::take(kMostLinks)) {
    if (out.back() != '[') out += ',';
    out += std::to_string(link);
  }
  out += ']';
}

void append_spool(std::string& out, const SpoolMark& spool) {
  out += ",\"spool\":{\"source\":";
  wire::append_json_string(out, clip(spool.source, kShortText));
  out += std::format(",\"seq\":{}}}", spool.sequence);
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

Result<std::uint64_t> sequence_from(const wire::Json& json, std::string_view name) {
  const auto value = number_from(json, name, std::numeric_limits<std::int64_t>::max());
  if (!value) return std::unexpected(value.error());
  return static_cast<std::uint64_t>(*value);
}

Result<std::vector<Subject>> subjects_from(const wire::Json& json) {
  std::vector<Subject> subjects;
  const auto* found = json.find("subjects");
  if (found == nullptr) return subjects;
  const auto& list = found->array();
  const auto good = [](const wire::Json& each) { return each.is_object(); };
  if (!found->is_array() || list.size() > kMostSubjects || !std::ranges::all_of(list, good))
    return fail(ErrorKind::invalid_input,
                std::format("'subjects' is not a list of at most {} objects", kMostSubjects));
  for (const auto& each : list) {
    const auto* pseudonym = each.find("pseudonym");
    const auto* identifier = each.find("identifier");
    const auto* erased = each.find("erased");
    subjects.push_back({std::string(pseudonym ? pseudonym->text() : ""),
                        std::string(identifier ? identifier->text() : ""), erased && erased->boolean()});
  }
  return subjects;
}

Result<std::vector<std::uint64_t>> links_from(const wire::Json& json) {
  std::vector<std::uint64_t> links;
  const auto* found = json.find("links");
  if (found == nullptr) return links;
  if (!found->is_array() || found->array().size() > kMostLinks)
    return fail(ErrorKind::invalid_input, std::format("'links' is not a list of at most {} numbers", kMostLinks));
  for (const auto& each : found->array()) {
    const auto text = each.number_text();
    std::uint64_t link = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), link);
    if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size())
      return fail(ErrorKind::invalid_input, "'links' is not a list of record numbers");
    links.push_back(link);
  }
  return links;
}

Result<std::optional<SpoolMark>> spool_from(const wire::Json& json) {
  const auto* found = json.find("spool");
  if (found == nullptr) return std::nullopt;
  const auto* source = found->find("source");
  const auto sequence = sequence_from(*found, "seq");
  if (source == nullptr || !source->is_string() || !sequence)
    return fail(ErrorKind::invalid_input, "'spool' is not a source and a sequence");
  return SpoolMark{std::string(source->text()), *sequence};
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

Result<void> read_numbers(const wire::Json& json, Record& record) {
  const auto sequence = sequence_from(json, "seq");
  if (!sequence) return std::unexpected(sequence.error());
  const auto time = time_from(json);
  if (!time) return std::unexpected(time.error());
  const auto status = number_from(json, "status", kMostStatus);
  if (!status) return std::unexpected(status.error());
  const auto later = sequence_from(json, "later");
  if (!later) return std::unexpected(later.error());
  record.sequence = *sequence;
  record.time = *time;
  record.status = static_cast<int>(*status);
  record.later.members = *later;
  return {};
}

Result<void> read_lists(const wire::Json& json, Record& record) {
  auto subjects = subjects_from(json);
  if (!subjects) return std::unexpected(subjects.error());
  auto links = links_from(json);
  if (!links) return std::unexpected(links.error());
  auto spool = spool_from(json);
  if (!spool) return std::unexpected(spool.error());
  record.subjects = std::move(*subjects);
  record.links = std::move(*links);
  record.spool = std::move(*spool);
  return {};
}

}  // namespace

std::string encode(const Record& record) {
  std::string out;
  out.reserve(1024);
  out += std::format("{{\"seq\":{},\"time\":\"{}\"", record.sequence, format_time(writable(record.time)));
  for (const auto& member : kTexts) append_text(out, member.name, record.*member.text, member.most);
  for (const auto& member : kLists) append_list(out, member, record.*member.texts);
  if (record.status != 0) out += std::format(",\"status\":{}", std::clamp(record.status, 0, kMostStatus));
  append_subjects(out, record.subjects);
  append_links(out, record.links);
  if (record.spool) append_spool(out, *record.spool);
  if (record.later.members > 0) out += std::format(",\"later\":{}", record.later.members);
  out += '}';
  return out;
}

Result<Record> decode(std::string_view line) {
  // Texts come from foreign requests and may hold a NUL: whatever encode() writes can be read.
  const auto json = wire::parse_json(line, {.bytes = kLongestJson, .depth = kDepth, .leaves = kLeaves, .nul = true});
  if (!json) return std::unexpected(json.error());
  if (!json->is_object()) return fail(ErrorKind::invalid_input, "a record is a JSON object");
  auto record = texts_of(*json);
  if (!record) return record;
  if (auto numbers = read_numbers(*json, *record); !numbers) return std::unexpected(numbers.error());
  if (auto lists = read_lists(*json, *record); !lists) return std::unexpected(lists.error());
  return record;
}

}  // namespace cordon::evidence
