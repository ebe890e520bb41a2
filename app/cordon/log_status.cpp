#include <print>

#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/archive/status.h"

namespace cordon::app {

namespace {

wire::Json shards_json(const std::vector<archive::Shard>& shards) {
  wire::JsonArray list;
  for (const auto& shard : shards) {
    wire::Json one{wire::JsonObject{}};
    one.set("number", std::uint64_t{shard.number}).set("origin", shard.checkpoint.origin);
    list.push_back(one.set("size", shard.checkpoint.size).set("closed", shard.closed));
  }
  return list;
}

wire::Json to_json(const archive::LogStatus& status) {
  wire::Json out{wire::JsonObject{}};
  out.set("origin", status.checkpoint.origin).set("published", status.checkpoint.size);
  out.set("root", to_hex(status.checkpoint.root));
  if (status.signed_at) out.set("signedAt", format_time(*status.signed_at));
  if (status.signatures) out.set("fault", status.signatures->message);
  wire::JsonArray witnesses, cosigners;
  for (const auto& name : status.witnessed.witnesses) witnesses.emplace_back(name);
  for (const auto& name : status.cosigners) cosigners.emplace_back(name);
  out.set("witnesses", std::move(witnesses)).set("cosigners", std::move(cosigners));
  out.set("quorumDemanded", status.quorum_demanded)
      .set("quorum", status.witnessed.quorum)
      .set("oldest", status.oldest);
  if (status.retention) {
    if (auto retention = wire::parse_json(status.retention->text())) out.set("retention", std::move(*retention));
  }
  out.set("shards", shards_json(status.shards)).set("keyChanges", std::uint64_t{status.key_changes});
  if (status.free_bytes) out.set("freeBytes", *status.free_bytes);
  if (status.waiting_bytes) out.set("journalBytes", *status.waiting_bytes);
  return out.set("writable", status.writable);
}

std::string witnessed_text(const archive::LogStatus& status) {
  if (status.signatures) return "the signatures do NOT hold: " + status.signatures->message;
  if (!status.quorum_demanded) {
    return std::format("{} cosignatures; no trust policy demands any", status.cosigners.size());
  }
  return std::format("{} of the trusted witnesses, quorum {}", status.witnessed.witnesses.size(),
                     status.witnessed.quorum ? "met" : "NOT met");
}

std::string retention_text(const archive::LogStatus& status) {
  if (!status.retention) return "none declared: everything is kept";
  const auto& declared = *status.retention;
  std::string out;
  if (declared.keep_days) out += std::format("{} days, ", *declared.keep_days);
  if (declared.keep_entries) out += std::format("the newest {} records, ", *declared.keep_entries);
  return out + std::format("{} holds; the oldest record is {}", declared.holds.size(), status.oldest);
}

void print(const archive::LogStatus& status) {
  const bool good = !status.signatures && (!status.quorum_demanded || status.witnessed.quorum);
  std::vector<std::vector<Cell>> rows{{{"log"}, {status.checkpoint.origin}}};
  rows.push_back({{"published"}, {std::format("{} records", status.checkpoint.size)}});
  if (status.signed_at) rows.push_back({{"signed"}, {format_time(*status.signed_at)}});
  rows.push_back({{"witnessed"}, {witnessed_text(status), good ? Tint::good : Tint::bad}});
  rows.push_back({{"retention"}, {retention_text(status)}});
  rows.push_back({{"shards"}, {std::format("{}, {} changes of keys", status.shards.size(), status.key_changes)}});
  if (status.waiting_bytes) rows.push_back({{"journal"}, {bytes_text(*status.waiting_bytes)}});
  if (status.free_bytes) rows.push_back({{"free disk"}, {bytes_text(*status.free_bytes)}});
  if (!status.writable) rows.push_back({{"writing"}, {"stopped: closed, or a change was interrupted", Tint::bad}});
  print_table(rows);
}

int run(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json"}, .options = {"--config", "--evidence", "--trust"}});
  if (!arguments) return report("log status", arguments.error());
  const bool json = arguments->has("--json");
  const auto source = log_source(*arguments);
  if (!source) return report("log status", source.error(), json);
  const auto log = source->open();
  if (!log) return report("log status", log.error(), json);
  const auto status = archive::status_of(*log, source->trust);
  if (!status) return report("log status", status.error(), json);
  if (json) {
    print_json(to_json(*status));
  } else {
    print(*status);
  }
  return status->signatures ? kFailed : kOk;
}

}  // namespace

const Command kLogStatusCommand{
    .name = "status",
    .summary = "how the log stands: published, witnessed, kept, free disk",
    .help =
        "usage: cordon log status [--evidence DIR|URL] [--trust POLICY] [--json]\n\n"
        "Reads the checkpoint and the log's statements only; 'cordon log verify' reads everything. Exit status 1 "
        "when\n"
        "the checkpoint's signatures do not hold.\n\n"
        "  --trust POLICY  whose keys and which witnesses count (default: as cordon.yaml says)\n\n"
        "example: cordon log status --json",
    .run = run};

}  // namespace cordon::app
