// What the commands on a log as files share: which log, whom to trust, how far they are.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "cordon/archive/log_reader.h"
#include "cordon/archive/shards.h"
#include "cordon/transparency/witness_policy.h"

namespace cordon::app {

extern const Command kLogBackupCommand;
extern const Command kLogExportCommand;
extern const Command kLogPruneCommand;
extern const Command kLogReceiptCommand;
extern const Command kLogRestoreCommand;
extern const Command kLogRotateCommand;
extern const Command kLogStatusCommand;
extern const Command kLogVerifyCommand;

struct LogSource {
  std::string name;                                     // as the user knows it
  bool remote = false;                                  // behind a URL
  std::optional<transparency::TrustPolicy> trust;       // --trust, else the configuration's witnesses
  journal::LogFolder folder() const { return {name}; }  // of one that is not remote
  Result<archive::LogReader> open() const;
  Result<transparency::ReadResource> resources() const;
};
// --evidence DIR|URL, or the configuration named by --config (default cordon.yaml); --trust FILE.
Result<LogSource> log_source(const Arguments& arguments);
// The same where the log's own folder is needed.
Result<LogSource> local_log(const Arguments& arguments);

archive::SignerOf signer_of(const journal::LogFolder& folder);

Result<std::optional<transparency::TrustPolicy>> trust_option(const Arguments& arguments);
Result<transparency::Note> read_note(const std::string& file);
Result<std::optional<std::uint64_t>> number_option(const Arguments& arguments, std::string_view name);
Result<std::uint64_t> to_number(std::string_view word, std::string_view what);
// "7", "7,9" or "100-199": at most that many.
Result<std::vector<std::uint64_t>> to_indices(std::string_view words, std::size_t most);

// Shows "12345 of 70000 entries" on a terminal, and takes it away at the end.
class Progress {
 public:
  explicit Progress(std::string_view of) : of_(of) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  std::function<void(std::uint64_t, std::uint64_t)> report();

 private:
  std::string of_;
  std::uint64_t shown_ = ~std::uint64_t{0};  // thousandths
};

std::string bytes_text(std::uint64_t bytes);  // "1.5 GiB"

}  // namespace cordon::app
