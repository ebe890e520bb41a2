#include "app/cordon/write_log.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <csignal>

#include "app/cordon/output.h"
#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/base/loop.h"
#include "cordon/base/signals.h"
#include "cordon/enforcement/settings.h"
#include "cordon/evidence/writer.h"

namespace cordon::app {

namespace {

// A log that was altered will not heal by itself: the supervisor must not try again and again.
constexpr int kCorrupt = 2;

Result<void> serve(const enforcement::Settings& settings) {
  if (auto made = make_folder(settings.evidence_socket().parent_path(), 0700); !made) return made;
  const auto signals = stop_signals();
  auto log_file = evidence::open_log(settings.evidence_folder(), system_clock());
  if (!log_file) return std::unexpected(log_file.error());
  Loop loop;
  std::optional<Error> failure;
  evidence::WriterOptions options;
  options.on_failure = [&](const Error& error) {
    failure = error;
    loop.stop();
  };
  auto writer = evidence::Writer::start(loop, std::move(*log_file), settings.evidence_socket(), std::move(options));
  if (!writer) return std::unexpected(writer.error());
  loop.watch(signals.get(), EPOLLIN, [&](std::uint32_t) { loop.stop(); });
  loop.run();
  if (failure) return std::unexpected(*failure);
  return (*writer)->stop();
}

}  // namespace

int write_log(const std::filesystem::path& config) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is an error to report, not a death
  ::prctl(PR_SET_DUMPABLE, 0);    // holds the log's key
  configure_log(LogLevel::info, LogFormat::automatic, "cordon-evidence");
  const auto settings = enforcement::load_settings(config);
  if (!settings) return report("log write", settings.error());
  const auto served = serve(*settings);
  if (served) return kOk;
  report("log write", served.error());
  return served.error().kind == ErrorKind::corrupt ? kCorrupt : kFailed;
}

}  // namespace cordon::app
