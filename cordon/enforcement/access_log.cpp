#include "cordon/enforcement/access_log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <format>
#include <system_error>

#include "cordon/base/log.h"
#include "cordon/wire/json.h"

namespace cordon::enforcement {

namespace {

constexpr int kLookEvery = 1000;  // milliseconds
constexpr std::size_t kBatch = 64 << 10;
constexpr auto* kName = "cordon_access_log_lines_total";
constexpr auto* kHelp = "Lines of the access log by what became of them";

void text(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += std::format(",\"{}\":", name);
  wire::append_json_string(out, value);
}

std::int64_t microseconds(double seconds) { return static_cast<std::int64_t>(seconds * 1e6); }

}  // namespace

std::string access_line(const AccessEntry& entry, WallTime now) {
  const auto& record = entry.record;
  std::string out = std::format("{{\"time\":\"{}\"", format_time(now));
  text(out, "peer", record.peer);
  text(out, "caller", record.caller_name);
  text(out, "caller_type", record.caller_type);
  text(out, "producer", record.producer);
  text(out, "producer_type", record.producer_type);
  text(out, "method", record.method);
  text(out, "path", record.resource);
  text(out, "action", record.action);
  text(out, "decision", record.decision.empty() ? "unjudged" : record.decision);
  text(out, "rule", record.rule);
  out += std::format(",\"status\":{}", entry.status);
  if (!entry.number.empty()) out += std::format(",\"record\":{}", entry.number);
  out += std::format(",\"bytes_in\":{},\"bytes_out\":{},\"judge_us\":{},\"evidence_us\":{},\"upstream_us\":{}",
                     entry.received, entry.sent, microseconds(entry.judge), microseconds(entry.evidence),
                     microseconds(entry.upstream));
  // W3C Trace Context 3.2.2: 00-<trace id>-<span>-<flags>
  if (record.trace.size() == 55) {
    text(out, "trace", std::string_view(record.trace).substr(3, 32));
    text(out, "span", std::string_view(record.trace).substr(36, 16));
  }
  text(out, "parent", entry.parent);
  return out + "}\n";
}

AccessLog::AccessLog(std::filesystem::path file, Metrics& metrics)
    : file_(std::move(file)),
      taken_(metrics.counter(kName, kHelp, "outcome=\"written\"")),
      dropped_(metrics.counter(kName, kHelp, "outcome=\"dropped\"")) {}

void AccessLog::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

AccessLog::~AccessLog() {
  thread_.request_stop();
  static_cast<void>(waiting_.put({}));  // rings; a full box has rung already
}

void AccessLog::write(std::string line) {
  if (!waiting_.put(std::move(line))) dropped_.add();
}

// === the thread that may wait

void AccessLog::run(const std::stop_token& stop) {
  std::string batch;
  pollfd bell{.fd = waiting_.bell(), .events = POLLIN, .revents = 0};
  while (!stop.stop_requested()) {
    ::poll(&bell, 1, kLookEvery);
    waiting_.silence();
    if (reopen_.exchange(false) || moved()) open_again();
    take_waiting(batch, stop);
  }
  if (reopen_.exchange(false)) open_again();
  take_waiting(batch, stop);
}

void AccessLog::take_waiting(std::string& batch, const std::stop_token& stop) {
  std::uint64_t lines = 0;
  for (auto line = waiting_.take(); line; line = waiting_.take()) {
    batch += *line;
    if (!line->empty()) ++lines;
    if (batch.size() < kBatch) continue;
    put(batch, stop);
    batch.clear();
  }
  put(batch, stop);
  batch.clear();
  taken_.add(lines);
}

// Standard output is shared with others, who do not expect it to be non-blocking: so no more at once than a pipe that
// is writable takes whole (pipe(7)).
void AccessLog::put(std::string_view batch, const std::stop_token& stop) {
  const int fd = file_.empty() ? STDOUT_FILENO : out_.get();
  while (!batch.empty() && !given_up_) {
    if (fd < 0) return fail_once("there is no file to write to");
    if (!writable(fd, stop)) {
      given_up_ = true;  // it ends, and nobody reads
      return fail_once("nobody reads them");
    }
    const auto most = file_.empty() ? std::size_t{PIPE_BUF} : batch.size();
    const auto done = ::write(fd, batch.data(), std::min(most, batch.size()));
    if (done < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (done < 0) return fail_once(std::generic_category().message(errno));
    batch.remove_prefix(static_cast<std::size_t>(done));
  }
}

// Waits for whoever reads; at the end, no longer than a moment.
bool AccessLog::writable(int fd, const std::stop_token& stop) {
  pollfd out{.fd = fd, .events = POLLOUT, .revents = 0};
  for (bool last = false; !last;) {
    last = stop.stop_requested();
    if (::poll(&out, 1, kLookEvery) > 0) return true;
  }
  return false;
}

void AccessLog::fail_once(std::string_view why) {
  if (std::exchange(told_, true)) return;
  log(LogLevel::error, "lines of the access log are lost",
      {{"file", file_.empty() ? "standard output" : file_.c_str()}, {"why", why}});
}

void AccessLog::open_again() {
  if (file_.empty()) return;
  auto opened = open_file(file_, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0640);
  if (!opened) return fail_once(opened.error().message);
  out_ = std::move(*opened);
  told_ = false;
}

// logrotate(8) and people rename it; what is there then is another file, or none.
bool AccessLog::moved() const {
  struct stat ours{}, there{};
  if (file_.empty()) return false;
  if (!out_) return true;
  return ::fstat(out_.get(), &ours) != 0 || ::stat(file_.c_str(), &there) != 0 || ours.st_ino != there.st_ino ||
         ours.st_dev != there.st_dev;
}

}  // namespace cordon::enforcement
