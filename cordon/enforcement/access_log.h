// One line of JSON for each answered request, for those who look at traffic and not at evidence. It may lose lines
// and says how many; the loop that serves never waits for it.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include "cordon/base/metrics.h"
#include "cordon/enforcement/mailbox.h"
#include "cordon/evidence/record.h"

namespace cordon::enforcement {

// All texts are the record's: subscribers stand in them as pseudonyms.
struct AccessEntry {
  const evidence::Record& record;      // empty for what was refused unjudged
  std::string_view number;             // of the record in the log; "": it waits in the spool, or there is none
  std::string_view parent;             // the caller's span, where Cordon's own hop is one
  int status = 0;                      // what the caller was answered
  std::size_t received = 0, sent = 0;  // bytes of the bodies
  double judge = 0, evidence = 0, upstream = 0;  // seconds
};
std::string access_line(const AccessEntry& entry, WallTime now);

class AccessLog {
 public:
  // file "": standard output. One that was renamed or removed is made anew within a second, and at reopen().
  AccessLog(std::filesystem::path file, Metrics& metrics);
  ~AccessLog();  // what was handed over is written, unless nobody reads
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void start();                  // the thread that writes; until then lines wait
  void write(std::string line);  // the loop's thread only; dropped and counted when 8,192 wait
  void reopen() { reopen_.store(true); }

 private:
  void run(const std::stop_token& stop);
  void take_waiting(std::string& batch, const std::stop_token& stop);
  void put(std::string_view batch, const std::stop_token& stop);
  bool writable(int fd, const std::stop_token& stop);
  void fail_once(std::string_view why);
  void open_again();
  bool moved() const;

  std::filesystem::path file_;
  Mailbox<std::string> waiting_{8192};
  std::atomic<bool> reopen_{true};
  Fd out_;  // the thread's own, as the next two
  bool told_ = false, given_up_ = false;
  Counter &taken_, &dropped_;
  std::jthread thread_;
};

}  // namespace cordon::enforcement
