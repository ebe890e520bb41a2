// Child processes: started from an argument list without a shell, owned by a value, gone when the parent is gone.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cordon/base/file.h"
#include "cordon/base/loop.h"
#include "cordon/base/result.h"

namespace cordon {

// A descriptor of ours (it stays ours) and the number under which the child sees it.
struct InheritedFd {
  int ours = -1;
  int theirs = -1;
};

struct ProcessOrder {
  std::vector<std::string> arguments{};    // [0] is the program: a path; PATH is not searched
  std::vector<std::string> environment{};  // NAME=value; replaces our value of NAME
  std::vector<InheritedFd> descriptors{};  // beside 1 and 2; 0 is /dev/null unless named. All others are closed
};

struct ExitStatus {
  int code = 0;    // of exit(), when signal is 0
  int signal = 0;  // that ended it

  bool success() const { return code == 0 && signal == 0; }
  std::string text() const;  // "exited with 3", "was killed by signal 9 (Killed)"
  bool operator==(const ExitStatus&) const = default;
};

class Process {
 public:
  // The child gets SIGKILL when the thread that called spawn ends: call it from a thread as old as the process.
  // Fails when the program cannot be started; errors of the program itself are its exit status.
  static Result<Process> spawn(const ProcessOrder& order);

  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  ~Process();  // kills and reaps a child still running

  pid_t pid() const;
  // Calls action once when the child has ended. The loop must live as long as this or until the call; the value may
  // move meanwhile.
  void on_exit(Loop& loop, std::function<void(ExitStatus)> action);

  Result<void> signal(int number);                           // not_found once it has ended
  Result<ExitStatus> wait(std::chrono::milliseconds limit);  // unavailable while it still runs
  // Asks with SIGTERM, and insists with SIGKILL after the grace.
  Result<ExitStatus> stop(std::chrono::milliseconds grace);

 private:
  struct State;
  explicit Process(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cordon
