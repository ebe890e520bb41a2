#include "app/cordon/write_log.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <atomic>
#include <csignal>

#include "app/cordon/evidence_log.h"
#include "app/cordon/least_rights.h"
#include "app/cordon/output.h"
#include "app/cordon/witness_notes.h"
#include "cordon/archive/shards.h"
#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/base/loop.h"
#include "cordon/base/signals.h"
#include "cordon/enforcement/settings.h"
#include "cordon/evidence/reader.h"
#include "cordon/evidence/writer.h"
#include "cordon/journal/priority.h"
#include "cordon/witness/cosigners.h"

namespace cordon::app {

namespace {

using enforcement::Settings;

// A log that was altered will not heal by itself: the supervisor must not try again and again.
constexpr int kCorrupt = 2;
constexpr std::size_t kMostPolicyBytes = 1U << 20;
constexpr mode_t kLogFolder = 0750;

// The keys are made together with the log, never for a log that exists: its records could not be read any more.
Result<std::unique_ptr<vault::Vault>> open_vault(const Settings& settings, const journal::LogFolder& log) {
  const auto root = root_key_of(settings.evidence);
  if (!root) return std::unexpected(root.error());
  const auto folder = settings.vault_folder();
  if (std::filesystem::exists(folder)) return vault::Vault::open(folder, *root, system_clock());
  if (std::filesystem::exists(log.wal()) || std::filesystem::exists(log.open_part())) {
    return fail(
        ErrorKind::corrupt,
        std::format("{}: the keys of the log in {} are gone; restore them from a backup, or move the log aside "
                    "to begin a new one",
                    folder.string(), log.root.string()));
  }
  return vault::Vault::create(folder, *root, system_clock());
}

Result<std::unique_ptr<witness::HttpCosigners>> cosigners_of(const Settings& settings) {
  if (!settings.evidence.witnesses) return nullptr;
  const auto& file = *settings.evidence.witnesses;
  const auto text = read_file(file, kMostPolicyBytes);
  if (!text) return std::unexpected(text.error());
  auto policy = transparency::parse_trust_policy(*text, file.string());
  if (!policy) return std::unexpected(policy.error());
  return witness::HttpCosigners::of(std::move(*policy), system_clock(), {.deadline = settings.evidence.witness_time});
}

// Everything the writer's process consists of, in the order in which it lives.
class LogProcess {
 public:
  explicit LogProcess(const Settings& settings) : settings_(settings), folder_{settings.evidence_folder()} {}
  Result<void> serve();

 private:
  Result<evidence::KeeperParts> open_parts();
  journal::PublisherOptions publishing();

  const Settings& settings_;
  journal::LogFolder folder_;
  std::string origin_;  // of the shard that is written now
  Loop loop_;
  std::atomic<bool> publishing_failed_ = false;
  WitnessNotes witness_notes_;
  std::optional<Error> failure_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<witness::HttpCosigners> cosigners_;
};

journal::PublisherOptions LogProcess::publishing() {
  journal::PublisherOptions options;
  options.origin = origin_;
  options.cosigners = cosigners_.get();
  options.on_published = [this](const journal::Published& published) { witness_notes_.published(published); };
  options.on_failure = [this](const Error& error) {
    cordon::log(LogLevel::error, "evidence not published", {{"cause", error.message}});
    publishing_failed_ = true;
    loop_.stop();
  };
  options.on_delay = [](const Error& error) {
    cordon::log(LogLevel::warn, "evidence published later", {{"cause", error.message}});
  };
  return options;
}

Result<evidence::KeeperParts> LogProcess::open_parts() {
  if (auto free = archive::writable(folder_); !free) return std::unexpected(free.error());
  auto origin = archive::origin_of(folder_, settings_.evidence.origin);
  if (!origin) return std::unexpected(origin.error());
  origin_ = std::move(*origin);
  auto signer = journal::log_signer(folder_, origin_);
  if (!signer) return std::unexpected(signer.error());
  auto disk = journal::open_disk(folder_.root);
  if (!disk) return std::unexpected(disk.error());
  const auto published = journal::published_size(**disk, *signer);
  if (!published) return std::unexpected(published.error());
  evidence::KeeperParts parts;
  auto journal = journal::Journal::open(*disk, *published);
  if (!journal) return std::unexpected(journal.error());
  parts.journal = std::move(*journal);
  auto publisher = journal::Publisher::start(folder_, std::move(*signer), system_clock(), publishing());
  if (!publisher) return std::unexpected(publisher.error());
  parts.publisher = std::move(*publisher);
  parts.sealing = std::make_unique<evidence::VaultSealing>(*vault_);
  return parts;
}

Result<void> LogProcess::serve() {
  if (auto made = make_folder(settings_.evidence_socket().parent_path(), 0700); !made) return made;
  const auto signals = stop_signals();
  auto vault = open_vault(settings_, folder_);
  if (!vault) return std::unexpected(vault.error());
  vault_ = std::move(*vault);
  auto cosigners = cosigners_of(settings_);
  if (!cosigners) return std::unexpected(cosigners.error());
  cosigners_ = std::move(*cosigners);
  if (auto made = make_folder(folder_.root, kLogFolder); !made) return made;
  auto parts = open_parts();
  if (!parts) return std::unexpected(parts.error());
  auto positions = evidence::Records(folder_, vault_.get()).spool_positions();
  if (!positions) return std::unexpected(positions.error());

  evidence::WriterOptions options;
  options.keeper = {.free_bytes = settings_.evidence.free_bytes, .free_space = evidence::free_space_of(folder_.root)};
  options.on_failure = [this](const Error& error) {
    failure_ = error;
    loop_.stop();
  };
  auto writer = evidence::Writer::start(loop_, system_clock(), std::move(*parts), std::move(*positions),
                                        settings_.evidence_socket(), std::move(options));
  if (!writer) return std::unexpected(writer.error());
  if (auto raised = journal::raise_commit_priority(); !raised)
    cordon::log(LogLevel::debug, "evidence written at usual priority", {{"cause", raised.error().message}});
  witness_notes_.watch(loop_, [&writer](std::string note) { (*writer)->say("witness", std::move(note)); });
  loop_.watch(signals.get(), EPOLLIN, [this](std::uint32_t) { loop_.stop(); });
  loop_.run();
  if (failure_) return std::unexpected(*failure_);
  if (publishing_failed_)
    return fail(ErrorKind::io, "tiles and checkpoints could not be published: see the message above");
  return (*writer)->stop();
}

// A token's module writes where it likes, so with one this process keeps its rights; a key file is made where it is
// named.
Result<void> keep_rights(const enforcement::Settings& settings) {
  const auto& key = settings.evidence.root_key_file;
  std::vector<std::filesystem::path> also;
  if (!settings.evidence.token && !std::filesystem::exists(key) && key.has_parent_path() &&
      std::filesystem::exists(key.parent_path()))
    also.push_back(key.parent_path());
  return settings.evidence.token ? Result<void>{} : write_only_state(settings, std::move(also));
}

}  // namespace

int write_log(const std::filesystem::path& config) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is an error to report, not a death
  ::prctl(PR_SET_DUMPABLE, 0);    // holds the keys
  configure_log(LogLevel::info, LogFormat::automatic, "cordon-evidence");
  const auto settings = enforcement::load_settings(config);
  if (!settings) return report("log write", settings.error());
  if (const auto kept = keep_rights(*settings); !kept) return report("log write", kept.error());
  const auto served = LogProcess(*settings).serve();
  if (served) return kOk;
  report("log write", served.error());
  return served.error().kind == ErrorKind::corrupt ? kCorrupt : kFailed;
}

}  // namespace cordon::app
