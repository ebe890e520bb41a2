#include "cordon/archive/shards.h"

#include <algorithm>

#include "cordon/base/file.h"
#include "cordon/journal/disk.h"

namespace cordon::archive {

namespace fs = std::filesystem;
using transparency::LogSigner;

namespace {

constexpr std::size_t kMostShards = 1000;

fs::path next_part(const journal::LogFolder& log) { return log.root / "next"; }

Result<void> rename_durably(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return fail_errno(std::format("rename {} to {}", from.string(), to.string()), error.value());
  if (auto synced = sync_folder(to.parent_path()); !synced) return synced;
  return sync_folder(from.parent_path());
}

Result<std::optional<SignedStatement>> read_statement(const transparency::ReadResource& read,
                                                      const std::string& file) {
  const auto whole = read(file);
  if (!whole && whole.error().kind == ErrorKind::not_found) return std::nullopt;
  if (!whole) return std::unexpected(whole.error());
  auto statement = parse_statement(*whole);
  if (!statement) return std::unexpected(within(file, statement.error()));
  return std::move(*statement);
}

std::size_t count_shards(const fs::path& public_part) {
  std::size_t count = 0;
  while (count < kMostShards && fs::exists(public_part / shard_folder(count + 1))) ++count;
  return count;
}

Result<void> all_published(const LogReader& log, std::uint64_t durable) {
  if (durable == log.size()) return {};
  return fail(
      ErrorKind::invalid_input,
      std::format("{} entries are durable but only {} published: start the writer once, stop it, and try again",
                  durable, log.size()));
}

Result<void> write_closed(const LogReader& log, const journal::LogFolder& folder, const LogSigner& signer,
                          const LogSigner& next, const Clock& clock) {
  Statement closed{.kind = StatementKind::closed,
                   .origin = log.checkpoint().origin,
                   .size = log.size(),
                   .root = log.checkpoint().root,
                   .time = clock.now(),
                   .other = next.classic.verifier().name,
                   .old_keys = {},
                   .new_keys = {next.classic.verifier(), next.post_quantum.verifier()}};
  const auto signed_one = sign_statement(std::move(closed), signer);
  if (!signed_one) return std::unexpected(signed_one.error());
  return write_file(folder.open_part() / kClosedFile, signed_one->whole());
}

// The next shard's folder, complete but for the shards before it, under a name that does not count yet.
Result<void> prepare_next(const LogReader& log, const journal::LogFolder& folder, const LogSigner& next,
                          const Clock& clock) {
  const auto part = folder.root / "next.part";
  std::error_code error;
  fs::remove_all(part, error);
  if (auto made = make_folder(part / "public" / "shards"); !made) return made;
  Statement opened{.kind = StatementKind::opened,
                   .origin = next.classic.verifier().name,
                   .size = log.size(),
                   .root = log.checkpoint().root,
                   .time = clock.now(),
                   .other = log.checkpoint().origin,
                   .old_keys = {},
                   .new_keys = {}};
  const auto signed_one = sign_statement(std::move(opened), next);
  if (!signed_one) return std::unexpected(signed_one.error());
  const std::vector keys{next.classic.verifier(), next.post_quantum.verifier()};
  if (auto kept = write_file(part / "public" / kOpenedFile, signed_one->whole()); !kept) return kept;
  if (auto kept = write_file(part / "public" / kKeysFile, vkeys_text(keys)); !kept) return kept;
  if (auto synced = sync_folder(part); !synced) return synced;
  return rename_durably(part, next_part(folder));  // from here on it will be completed
}

// Moves the closed log under the next one and that in its place. Every step is one rename, and every beginning of the
// steps can be told from what is where.
Result<void> exchange(const journal::LogFolder& folder) {
  const auto next = next_part(folder) / "public";
  std::error_code error;
  if (fs::exists(next, error)) {
    if (fs::exists(folder.open_part() / "shards", error)) {
      fs::remove(next / "shards", error);  // empty: those of the closed log take its place
      if (auto moved = rename_durably(folder.open_part() / "shards", next / "shards"); !moved) return moved;
    }
    if (fs::exists(folder.open_part(), error)) {
      const auto number = count_shards(next) + 1;
      if (auto moved = rename_durably(folder.open_part(), next / shard_folder(number)); !moved) return moved;
    }
    if (auto moved = rename_durably(next, folder.open_part()); !moved) return moved;
  }
  // Its entries are all in the closed shard's tiles.
  fs::remove_all(folder.wal(), error);
  if (error) return fail_errno("remove " + folder.wal().string(), error.value());
  fs::remove_all(next_part(folder), error);
  if (error) return fail_errno("remove " + next_part(folder).string(), error.value());
  return sync_folder(folder.root);
}

Result<std::shared_ptr<journal::Disk>> locked(const journal::LogFolder& log) {
  auto disk = journal::open_disk(log.root);
  if (!disk) return disk;
  if (auto lock = (*disk)->lock(); !lock) return std::unexpected(lock.error());
  return disk;
}

}  // namespace

std::string shard_folder(std::size_t number) { return std::format("shards/{}", number); }

std::string next_origin(std::string_view origin, std::size_t closed_shards) {
  const auto suffix = std::format("/{}", closed_shards + 1);
  if (closed_shards > 0 && origin.ends_with(suffix)) origin.remove_suffix(suffix.size());
  return std::format("{}/{}", origin, closed_shards + 2);
}

Result<void> writable(const journal::LogFolder& log) {
  std::error_code error;
  if (fs::exists(next_part(log), error) || fs::exists(log.keys() / "next", error)) {
    return fail(ErrorKind::invalid_input,
                log.root.string() + ": a change of shard or keys was interrupted; run 'cordon log rotate --finish'");
  }
  if (!fs::exists(log.open_part() / kClosedFile, error)) return {};
  return fail(ErrorKind::invalid_input,
              log.root.string() + ": this log is closed; run 'cordon log rotate --shard' to begin the next shard");
}

Result<std::string> origin_of(const journal::LogFolder& log, std::string first) {
  const auto opened = read_statement(read_folder(log.open_part()), std::string(kOpenedFile));
  if (!opened) return std::unexpected(opened.error());
  return *opened ? (*opened)->statement.origin : std::move(first);
}

Result<Shards> begin_shard(const journal::LogFolder& log, const SignerOf& signer_of, std::uint64_t durable,
                           const Clock& clock) {
  const auto lock = locked(log);
  if (!lock) return std::unexpected(lock.error());
  if (fs::exists(next_part(log)) || fs::exists(log.keys() / "next")) return std::unexpected(writable(log).error());
  const auto reader = LogReader::open_folder(log.open_part());
  if (!reader) return std::unexpected(reader.error());
  if (auto all = all_published(*reader, durable); !all) return std::unexpected(all.error());
  const auto before = count_shards(log.open_part());
  const auto signer = signer_of(reader->checkpoint().origin);
  if (!signer) return std::unexpected(signer.error());
  const auto next = signer_of(next_origin(reader->checkpoint().origin, before));
  if (!next) return std::unexpected(next.error());
  if (auto closed = write_closed(*reader, log, *signer, *next, clock); !closed)
    return std::unexpected(closed.error());
  if (auto prepared = prepare_next(*reader, log, *next, clock); !prepared) return std::unexpected(prepared.error());
  if (auto done = exchange(log); !done) return std::unexpected(done.error());
  return Shards{before + 1, next->classic.verifier().name};
}

Result<bool> settle(const journal::LogFolder& log, const SignerOf& signer_of, const Clock& clock) {
  const auto lock = locked(log);
  if (!lock) return std::unexpected(lock.error());
  if (!fs::exists(next_part(log))) return settle_keys(log, signer_of, clock);
  if (auto done = exchange(log); !done) return std::unexpected(done.error());
  return true;
}

Result<std::vector<Shard>> list_shards(const transparency::ReadResource& read) {
  std::vector<Shard> out;
  for (std::size_t number = 1; number <= kMostShards; ++number) {
    const auto folder = shard_folder(number);
    const auto log = LogReader::open([&](const std::string& path) { return read(folder + "/" + path); });
    if (!log && log.error().kind == ErrorKind::not_found) break;
    if (!log) return std::unexpected(within(folder, log.error()));
    out.push_back({number, folder, log->checkpoint(), true});
  }
  const auto open = LogReader::open(read);
  // A shard that was begun has no checkpoint before its writer's first start.
  if (!open && (open.error().kind != ErrorKind::not_found || out.empty())) return std::unexpected(open.error());
  if (!open) return out;
  const auto closed = read_statement(read, std::string(kClosedFile));
  if (!closed) return std::unexpected(closed.error());
  out.push_back({out.size() + 1, "", open->checkpoint(), closed->has_value()});
  return out;
}

namespace {

class ShardsVerification {
 public:
  ShardsVerification(const transparency::ReadResource& read, const VerifyOptions& options,
                     const std::optional<fs::path>& folder)
      : read_(read), options_(options), folder_(folder) {}

  Result<ShardsReport> run() {
    const auto shards = list_shards(read_);
    if (!shards) return std::unexpected(shards.error());
    for (const auto& shard : *shards) {
      if (auto verified = verify_one(shard); !verified) return std::unexpected(verified.error());
    }
    return std::move(report_);
  }

 private:
  void add(Fault fault) {
    if (++report_.fault_count <= kMostFaults) report_.faults.push_back(std::move(fault));
  }

  Result<void> verify_one(const Shard& shard) {
    const auto prefix = shard.folder.empty() ? "" : shard.folder + "/";
    const transparency::ReadResource read = [this, prefix](const std::string& path) { return read_(prefix + path); };
    const auto log = folder_ ? LogReader::open_folder(*folder_ / shard.folder) : LogReader::open(read);
    if (!log) return std::unexpected(log.error());
    seam_before(read, *log, prefix);
    auto report = verify_log(*log, options_);
    if (!report) return std::unexpected(report.error());
    for (auto& fault : report->faults) add({prefix + fault.file, fault.index, fault.what});
    report_.fault_count += report->fault_count - report->faults.size();
    report_.entries += report->entries;
    report_.shards.push_back(std::move(*report));
    before_.reset();
    if (shard.closed) end_of(read, *log, prefix);
    return {};
  }

  Result<std::vector<transparency::VerifierKey>> last_keys(const transparency::ReadResource& read,
                                                           const LogReader& log) {
    auto chain = key_chain(read, log.checkpoint().origin, options_.trust);
    if (!chain) return std::unexpected(chain.error());
    return std::move(chain->keys.back());
  }

  void end_of(const transparency::ReadResource& read, const LogReader& log, const std::string& prefix) {
    const auto file = prefix + std::string(kClosedFile);
    auto closed = read_statement(read, std::string(kClosedFile));
    if (!closed) return add({file, std::nullopt, closed.error().message});
    if (!*closed) return add({file, std::nullopt, "is missing: nobody closed this shard"});
    const auto keys = last_keys(read, log);
    const auto holds = keys ? verify_statement(**closed, *keys) : Result<void>(std::unexpected(keys.error()));
    if (!holds) return add({file, std::nullopt, holds.error().message});
    const auto& said = (*closed)->statement;
    const transparency::Checkpoint last{said.origin, said.size, said.root};
    if (said.kind != StatementKind::closed || last != log.checkpoint()) {
      return add({file, std::nullopt, "is not about this log's last checkpoint"});
    }
    before_ = said;
    trust_next(said);
  }

  // The closed log's keys vouch for those of the next: whoever trusts one trusts the other, unless told otherwise.
  void trust_next(const Statement& closed) {
    if (!options_.trust) options_.trust.emplace().quorum = "none";
    auto& logs = options_.trust->logs;
    if (std::ranges::any_of(logs, [&](const auto& key) { return key.name == closed.other; })) return;
    logs.insert(logs.end(), closed.new_keys.begin(), closed.new_keys.end());
  }

  void seam_before(const transparency::ReadResource& read, const LogReader& log, const std::string& prefix) {
    const auto file = prefix + std::string(kOpenedFile);
    const auto opened = read_statement(read, std::string(kOpenedFile));
    if (!opened) return add({file, std::nullopt, opened.error().message});
    if (report_.shards.empty() && !*opened) return;
    if (!*opened)
      return add({file, std::nullopt, "is missing: nothing says of which log this one is the continuation"});
    if (!before_) return add({file, std::nullopt, "goes on from a shard that is not there or does not hold"});
    const auto& said = (*opened)->statement;
    if (said.kind != StatementKind::opened || said.origin != log.checkpoint().origin ||
        said.origin != before_->other || said.other != before_->origin || said.size != before_->size ||
        said.root != before_->root) {
      return add({file, std::nullopt, "does not go on where the shard before was closed"});
    }
    const auto chain = key_chain(read, said.origin, options_.trust);
    const auto holds =
        chain ? verify_statement(**opened, chain->keys.front()) : Result<void>(std::unexpected(chain.error()));
    if (!holds) add({file, std::nullopt, holds.error().message});
  }

  const transparency::ReadResource& read_;
  VerifyOptions options_;
  const std::optional<fs::path>& folder_;
  ShardsReport report_;
  std::optional<Statement> before_;  // how the shard before ended
};

}  // namespace

Result<ShardsReport> verify_shards(const transparency::ReadResource& read, const VerifyOptions& options,
                                   const std::optional<fs::path>& folder) {
  return ShardsVerification(read, options, folder).run();
}

}  // namespace cordon::archive
