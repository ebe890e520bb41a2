#include "app/cordon/log_audit.h"

#include <algorithm>

#include "app/cordon/log_keys.h"
#include "app/cordon/log_source.h"
#include "cordon/base/file.h"
#include "cordon/base/loop.h"
#include "cordon/base/text.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/pseudonym.h"
#include "cordon/evidence/reader.h"
#include "cordon/vault/custodians.h"

namespace cordon::app {

namespace {

using std::filesystem::path;

constexpr std::chrono::seconds kWriterTime{5};

std::unexpected<Error> wrong(std::string what) { return fail(ErrorKind::invalid_input, std::move(what)); }

// Waits in a loop of its own, for a command has nothing else to do.
Result<std::uint64_t> keep_one(const path& socket, const evidence::Record& record) {
  Loop loop;
  const auto client = evidence::Client::start(loop, socket);
  const auto until = system_clock().steady() + kWriterTime;
  std::optional<Result<std::uint64_t>> answer;
  bool sent = false;
  while (!answer && system_clock().steady() < until) {
    if (!sent && client->connected()) {
      sent = true;
      client->append(record, [&](Result<std::uint64_t> kept) { answer = std::move(kept); });
    }
    loop.run_once(std::chrono::milliseconds(50));
  }
  if (answer) return *answer;
  return fail(ErrorKind::unavailable,
              std::format("{}: the log's writer does not answer; start it with 'cordon up'", socket.string()));
}

}  // namespace

Result<AuditPlace> audit_place(const Arguments& arguments) {
  auto log = log_place(arguments);
  if (!log) return std::unexpected(log.error());
  const auto state = std::filesystem::absolute(log->evidence).lexically_normal().parent_path();
  AuditPlace place{std::move(*log), state / "run" / "evidence.sock", state / "auditors.json"};
  if (const auto file = arguments.option("--auditors")) place.auditors = *file;
  return place;
}

Result<OpenEvidence> open_evidence(const AuditPlace& place) {
  auto log = archive::LogReader::open_folder(place.evidence);
  if (!log) return std::unexpected(log.error());
  auto opened = vault::Vault::open(place.vault, place.root, system_clock());
  if (!opened) return std::unexpected(opened.error());
  return OpenEvidence{std::move(*log), audit::Index(archive::public_part(place.evidence)), std::move(*opened)};
}

Result<audit::AccessRules> access_rules(const Arguments& arguments) {
  const auto file = arguments.option("--policy");
  if (!file) {
    return audit::read_rules(audit::default_access_policy(), "audit.cedar", audit::default_access_schema(),
                             "audit.cedarschema");
  }
  const auto schema_file =
      arguments.option("--schema").value_or(path(*file).replace_extension(".cedarschema").string());
  const auto policies = read_file(*file);
  if (!policies) return std::unexpected(policies.error());
  const auto schema = read_file(schema_file);
  if (!schema) return std::unexpected(schema.error());
  return audit::read_rules(*policies, *file, *schema, schema_file);
}

Result<audit::Auditors> read_auditors(const AuditPlace& place) {
  const auto text = read_file(place.auditors);
  if (!text && text.error().kind == ErrorKind::not_found) return audit::Auditors{};
  if (!text) return std::unexpected(text.error());
  return audit::parse_auditors(*text, place.auditors.string());
}

audit::KeepRecord keep_through(path socket) {
  return [socket = std::move(socket)](const evidence::Record& record) { return keep_one(socket, record); };
}

audit::HeaderKeyOf header_keys(const AuditPlace& place, const vault::Vault& vault) {
  return [records = evidence::Records({place.evidence}, nullptr), &vault](std::uint64_t index) -> Result<Bytes> {
    std::optional<Result<vault::RecordKeys>> keys;
    const auto read = records.each_entry(index, [&](std::uint64_t, BytesView entry) {
      keys = vault.record_keys(entry, {.header = true, .analyst = false, .personal = false});
      return false;
    });
    if (!read) return std::unexpected(read.error());
    if (!keys) return fail(ErrorKind::not_found, std::format("record {} cannot be read yet", index));
    if (!*keys) return std::unexpected(keys->error());
    if (!(*keys)->header) return fail(ErrorKind::corrupt, std::format("record {} has no header", index));
    return *(*keys)->header;
  };
}

Result<std::vector<vault::Pseudonym>> earlier_pseudonyms(const Arguments& arguments, const AuditPlace& place,
                                                         const std::string& subject) {
  std::vector<vault::Pseudonym> found;
  if (!arguments.option("--approve")) return found;
  const auto approvals = read_approvals(arguments);
  if (!approvals) return std::unexpected(approvals.error());
  const auto keys = vault::KeyFolder::open(place.vault, place.root);
  if (!keys) return std::unexpected(keys.error());
  const auto epochs = vault::read_epochs(**keys);
  if (!epochs) return std::unexpected(epochs.error());
  const auto quorum = vault::Quorum::unlock(**keys, *approvals);
  if (!quorum) return std::unexpected(quorum.error());
  for (const auto& epoch : *epochs) {
    if (epoch.closed.empty()) continue;
    const auto key = quorum->pseudonym_key(epoch);
    if (!key) return std::unexpected(key.error());
    const evidence::Pseudonyms pseudonyms(Bytes(key->view().begin(), key->view().end()));
    const auto bytes = from_hex(pseudonyms.of(evidence::canonical_identifier(subject)).substr(2));
    if (!bytes || bytes->size() != std::tuple_size_v<vault::Pseudonym>) {
      return fail(ErrorKind::internal, "a pseudonym of another length");
    }
    std::ranges::copy(*bytes, found.emplace_back().begin());
  }
  return found;
}

Result<WallTime> read_time(std::string_view option, const std::string& text) {
  auto time = parse_time(text);
  if (!time) return wrong(std::format("{} wants a time such as 2026-11-21T02:48:04Z, not '{}'", option, text));
  return time;
}

Result<audit::Filter> read_filter(const Arguments& arguments) {
  audit::Filter filter;
  const auto record = number_option(arguments, "--record");
  if (!record) return std::unexpected(record.error());
  filter.record = *record;
  const std::pair<std::string_view, std::string*> texts[] = {
      {"--subject", &filter.subject}, {"--caller", &filter.caller}, {"--producer", &filter.producer},
      {"--rule", &filter.rule},       {"--action", &filter.action}, {"--decision", &filter.decision},
      {"--kind", &filter.kind},       {"--trace", &filter.trace}};
  for (const auto& [option, value] : texts) *value = arguments.option(option).value_or("");
  const std::pair<std::string_view, std::optional<WallTime>*> times[] = {{"--since", &filter.since},
                                                                         {"--until", &filter.until}};
  for (const auto& [option, value] : times) {
    const auto word = arguments.option(option);
    if (!word) continue;
    const auto time = read_time(option, *word);
    if (!time) return std::unexpected(time.error());
    *value = *time;
  }
  return filter;
}

Result<vault::Groups> read_groups(const Arguments& arguments) {
  vault::Groups groups{.header = false, .analyst = false, .personal = false};
  const auto words = arguments.option("--groups").value_or("header");
  for (const auto word : split(words, ',')) {
    if (word == "header") {
      groups.header = true;
    } else if (word == "analyst") {
      groups.analyst = true;
    } else if (word == "personal") {
      groups.personal = true;
    } else {
      return wrong(std::format("--groups wants some of header,analyst,personal, not '{}'", word));
    }
  }
  return groups;
}

}  // namespace cordon::app
