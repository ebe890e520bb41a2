#include "app/cordon/keep_index.h"

#include "cordon/archive/log_reader.h"
#include "cordon/audit/index.h"
#include "cordon/base/log.h"

namespace cordon::app {

namespace {
// How long until the next look: one small file is read. After a build longer, so that a busy log is not always built.
constexpr std::chrono::seconds kUsualPause{2};
constexpr std::chrono::seconds kAfterBuild{10};
constexpr std::chrono::minutes kAfterFailure{1};
}  // namespace

IndexKeeper::IndexKeeper(Loop& loop, std::filesystem::path evidence, ProcessOrder order)
    : loop_(loop), evidence_(std::move(evidence)), order_(std::move(order)) {
  timer_ = loop_.after(kUsualPause, [this] { look(); });
}

IndexKeeper::~IndexKeeper() {
  loop_.cancel(timer_);
  process_.reset();
}

bool IndexKeeper::is_due() {
  const auto log = archive::LogReader::open_folder(evidence_);
  if (!log) return false;  // nothing published yet; what is broken the writer says
  const auto block = audit::BlockSizes{}.tail;
  if (log->size() / block == complete_at_ / block) return false;
  if (audit::is_index_due(log->size(), audit::Index(archive::public_part(evidence_)))) return true;
  complete_at_ = log->size();
  return false;
}

void IndexKeeper::look() {
  if (is_due()) return build();
  timer_ = loop_.after(kUsualPause, [this] { look(); });
}

void IndexKeeper::build() {
  auto process = Process::spawn(order_);
  if (!process) {
    log(LogLevel::warn, "the index is not built", {{"cause", process.error().message}});
    timer_ = loop_.after(kAfterFailure, [this] { look(); });
    return;
  }
  process_ = std::make_unique<Process>(std::move(*process));
  process_->on_exit(loop_, [this](ExitStatus status) { ended(status); });
}

void IndexKeeper::ended(ExitStatus status) {
  if (!status.success()) log(LogLevel::warn, "the index is not built", {{"how", status.text()}});
  timer_ = loop_.after(status.success() ? kAfterBuild : std::chrono::seconds(kAfterFailure), [this] { look(); });
}

}  // namespace cordon::app
