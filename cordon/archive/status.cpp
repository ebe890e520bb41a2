#include "cordon/archive/status.h"

#include <algorithm>

namespace cordon::archive {

namespace fs = std::filesystem;

namespace {

void look_at_signatures(LogStatus& out, const LogReader& log, const KeyChain& chain,
                        const std::optional<transparency::TrustPolicy>& trust) {
  auto witnessed = verify_signatures(log.note(), chain, trust);
  if (witnessed) {
    out.witnessed = std::move(*witnessed);
  } else {
    out.signatures = witnessed.error();
  }
  out.quorum_demanded = trust && trust->quorum != "none";
  for (const auto& signature : log.note().signatures) {
    if (signature.name != log.checkpoint().origin) out.cosigners.push_back(signature.name);
  }
  for (const auto& keys : chain.at(log.size())) {
    for (const auto& key : keys) {
      const auto verified = transparency::verify_signature(log.note(), key);
      if (verified && verified->time) out.signed_at = WallTime(std::chrono::seconds(*verified->time));
    }
  }
}

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;  // a segment may go while it is counted
    if (!at->is_regular_file(gone)) continue;
    const auto size = at->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

void look_at_folder(LogStatus& out, const fs::path& open_part) {
  std::error_code error;
  const auto space = fs::space(open_part, error);
  if (!error) out.free_bytes = space.available;
  const journal::LogFolder folder{open_part.parent_path()};
  if (open_part.filename() != "public" || !fs::exists(folder.wal(), error)) return;
  out.waiting_bytes = bytes_below(folder.wal());
  out.writable = writable(folder).has_value();
}

}  // namespace

Result<LogStatus> status_of(const LogReader& log, const std::optional<transparency::TrustPolicy>& trust) {
  LogStatus out{.checkpoint = log.checkpoint()};
  const auto chain = key_chain(log.resources(), log.checkpoint().origin, trust);
  if (chain) {
    look_at_signatures(out, log, *chain, trust);
    auto retention = read_retention(log.resources(), log.checkpoint().origin, *chain, log.size());
    if (!retention) return std::unexpected(retention.error());
    out.retention = std::move(*retention);
    out.key_changes = chain->until.size();
  } else {
    out.signatures = chain.error();
  }
  if (out.retention) out.oldest = std::min(out.retention->minimum, log.size());
  auto shards = list_shards(log.resources());
  if (!shards) return std::unexpected(shards.error());
  out.shards = std::move(*shards);
  if (log.folder()) look_at_folder(out, *log.folder());
  return out;
}

}  // namespace cordon::archive
