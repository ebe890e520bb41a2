// The processes of an embedded Cordon: started in order, restarted when they die, stopped in reverse.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cordon/base/loop.h"
#include "cordon/base/process.h"

namespace cordon::app {

class Supervisor {
 public:
  struct Part {
    std::string name;  // "evidence", "engine", "proxy"
    ProcessOrder order;
  };

  // on_final: a part that ends with a bad-configuration status (2 or 64) will not work next time either.
  Supervisor(Loop& loop, std::function<void(std::string why)> on_final)
      : loop_(loop), on_final_(std::move(on_final)) {}

  Result<void> start(Part part);
  void stop();  // the last started first; each gets ten seconds, then SIGKILL
  std::vector<std::pair<std::string, pid_t>> running() const;

 private:
  struct Child {
    Part part;
    std::unique_ptr<Process> process;
    SteadyTime started{};
    std::chrono::milliseconds pause{50};  // before the next restart; doubles up to two seconds
  };

  Result<void> spawn(Child& child);
  void on_exit(Child& child, ExitStatus status);
  void restart(Child& child);

  Loop& loop_;
  std::function<void(std::string)> on_final_;
  std::vector<std::unique_ptr<Child>> children_;
  bool stopping_ = false;
};

}  // namespace cordon::app
