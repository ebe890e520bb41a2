#include <print>

#include "app/cordon/log_source.h"
#include "app/cordon/output.h"
#include "cordon/journal/disk.h"
#include "cordon/journal/journal.h"

namespace cordon::app {

namespace {

// How many entries are durable: those in the journal, and those published already.
Result<std::uint64_t> durable_size(const journal::LogFolder& folder, std::uint64_t published) {
  auto disk = journal::open_disk(folder.root);
  if (!disk) return std::unexpected(disk.error());
  const auto opened = journal::Journal::open(*disk, published);
  if (!opened) return std::unexpected(opened.error());
  return (*opened)->size();
}

Result<wire::Json> next_shard(const journal::LogFolder& folder) {
  const auto log = archive::LogReader::open_folder(folder.root);
  if (!log) return std::unexpected(log.error());
  const auto durable = durable_size(folder, log->size());
  if (!durable) return std::unexpected(durable.error());
  const auto shards = archive::begin_shard(folder, signer_of(folder), *durable, system_clock());
  if (!shards) return std::unexpected(shards.error());
  wire::Json out{wire::JsonObject{}};
  out.set("closed", log->checkpoint().origin).set("size", log->size());
  return out.set("opened", shards->origin).set("closedShards", std::uint64_t{shards->closed});
}

Result<wire::Json> new_keys(const journal::LogFolder& folder) {
  const auto changed = archive::rotate_keys(folder, signer_of(folder), system_clock());
  if (!changed) return std::unexpected(changed.error());
  wire::JsonArray keys;
  for (const auto& key : changed->keys) keys.emplace_back(key.text());
  wire::Json out{wire::JsonObject{}};
  return out.set("change", std::uint64_t{changed->number}).set("keys", std::move(keys));
}

Result<wire::Json> finish(const journal::LogFolder& folder) {
  const auto settled = archive::settle(folder, signer_of(folder), system_clock());
  if (!settled) return std::unexpected(settled.error());
  wire::Json out{wire::JsonObject{}};
  return out.set("finished", *settled);
}

void print(const wire::Json& done) {
  if (const auto* opened = done.find("opened")) {
    std::println("{} is closed with {} records; the open shard is {}", done.find("closed")->text(),
                 done.find("size")->number_text(), opened->text());
  } else if (const auto* keys = done.find("keys")) {
    std::println("the log's keys are new; rotation/{} says so, signed with the old and the new ones:",
                 done.find("change")->number_text());
    for (const auto& key : keys->array()) std::println("  {}", key.text());
  } else {
    std::println("{}",
                 done.find("finished")->boolean() ? "what was begun is complete" : "nothing was left to complete");
  }
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(
      words, {.flags = {"--json", "--shard", "--keys", "--finish"}, .options = {"--config", "--evidence"}});
  if (!arguments) return report("log rotate", arguments.error());
  const bool json = arguments->has("--json");
  const bool shard = arguments->has("--shard"), keys = arguments->has("--keys"), rest = arguments->has("--finish");
  if (int{shard} + int{keys} + int{rest} != 1) {
    return report("log rotate", {ErrorKind::invalid_input, "say what: --shard, --keys or --finish"}, json);
  }
  const auto source = local_log(*arguments);
  if (!source) return report("log rotate", source.error(), json);
  const auto folder = source->folder();
  const auto done = shard ? next_shard(folder) : keys ? new_keys(folder) : finish(folder);
  if (!done) return report("log rotate", done.error(), json);
  if (json) {
    print_json(*done);
  } else {
    print(*done);
  }
  return kOk;
}

}  // namespace

const Command kLogRotateCommand{
    .name = "rotate",
    .summary = "close the log and begin the next shard, or change its keys",
    .help =
        "usage: cordon log rotate --shard|--keys|--finish [--evidence DIR] [--json]\n\n"
        "Stop 'cordon up' first: the log must not be written meanwhile. Each change is stated in the log's public "
        "part,\n"
        "signed, so that strangers can follow it: public/closed and public/opened for shards, public/rotation/N for "
        "keys\n"
        "(signed with the old and the new ones). Closed shards stay readable under public/shards/N.\n\n"
        "  --shard   closes the log for ever and begins the next one, empty, with the name ORIGIN/N\n"
        "  --keys    new Ed25519 and ML-DSA-44 keys; the old ones are overwritten\n"
        "  --finish  completes a change that was interrupted\n\n"
        "example: cordon log rotate --keys --evidence /var/lib/cordon/evidence",
    .run = run};

}  // namespace cordon::app
