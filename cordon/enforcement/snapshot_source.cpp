#include "cordon/enforcement/snapshot_source.h"

#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/base/socket.h"

namespace cordon::enforcement {

namespace {
constexpr std::size_t kLongestSnapshot = 64U << 20;
constexpr std::chrono::milliseconds kRetry{100};
}  // namespace

SnapshotSource::SnapshotSource(Loop& loop, Places places, Changed changed)
    : loop_(loop), places_(std::move(places)), changed_(std::move(changed)) {
  use_stored();
  connect();
}

SnapshotSource::~SnapshotSource() { loop_.cancel(retry_timer_); }

void SnapshotSource::use_stored() {
  const auto text = read_file(places_.last_snapshot, kLongestSnapshot);
  if (!text) return;  // none yet
  if (const auto taken = take(*text); !taken) {
    log(LogLevel::warn, "the stored snapshot is not used", {{"why", taken.error().message}});
  }
}

void SnapshotSource::connect() {
  auto fd = connect_unix(places_.socket);
  if (!fd) {
    if (!told_away_)
      log(LogLevel::warn, "engine away: the last snapshot goes on working", {{"why", fd.error().message}});
    told_away_ = true;
    return retry();
  }
  told_away_ = false;
  channel_ = std::make_unique<LineChannel>(loop_, std::move(*fd), kLongestSnapshot,
                                           LineChannel::Events{[this](std::string_view line) { on_line(line); },
                                                               [this] {
                                                                 channel_.reset();
                                                                 retry();
                                                               }});
}

void SnapshotSource::retry() {
  retry_timer_ = loop_.after(kRetry, [this] { connect(); });
}

void SnapshotSource::on_line(std::string_view line) {
  const auto taken = take(line);
  if (taken) {
    if (const auto kept = write_file(places_.last_snapshot, line, 0600); !kept) {
      log(LogLevel::warn, "the snapshot works but could not be stored", {{"why", kept.error().message}});
    }
    channel_->send(std::format("running {} {}", current_->sequence, current_->digest));
  } else {
    log(LogLevel::error, "snapshot refused", {{"why", taken.error().message}});
    // An answer is one line; what an error of a policy shows below it is in our own log.
    const auto& why = taken.error().message;
    channel_->send(std::format("refused {}", std::string_view(why).substr(0, why.find('\n'))));
  }
}

Result<void> SnapshotSource::take(std::string_view line) {
  const auto pem = read_file(places_.public_key, 1 << 16);
  if (!pem) return std::unexpected(pem.error());
  const auto key = crypto::PublicKey::from_pem(*pem);
  if (!key) return std::unexpected(key.error());
  const auto snapshot = open_snapshot(line, *key, system_clock().now());
  if (!snapshot) return std::unexpected(snapshot.error());
  if (current_ && snapshot->sequence < current_->sequence) {
    return fail(ErrorKind::permission,
                std::format("snapshot {} is older than the running {}", snapshot->sequence, current_->sequence));
  }
  auto protection = compile(*snapshot);
  if (!protection) return std::unexpected(protection.error());
  current_ = std::move(*protection);
  changed_(current_);
  return {};
}

}  // namespace cordon::enforcement
