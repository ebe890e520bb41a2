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
  void stop(std::chrono::seconds grace = std::chrono::seconds(10));  // the last started first; then SIGKILL
  void signal(std::string_view name, int number);

  // Starts `with`, given the descriptor where it says it is ready, beside the part of that name. When it has said so
  // it is the part, and the old process goes by itself: it has until `farewell`. Otherwise the old one stays.
  using Replaced = std::function<void(Result<void>)>;
  using Successor = std::function<ProcessOrder(int ready_fd)>;
  void replace(std::string_view name, const Successor& with, std::chrono::seconds farewell, Replaced done);
  std::vector<std::pair<std::string, pid_t>> running() const;

 private:
  struct Child {
    Part part;
    std::unique_ptr<Process> process;
    SteadyTime started{};
    bool runs = false;
    std::chrono::milliseconds pause{50};  // before the next restart; doubles up to two seconds
  };

  struct Coming {
    Child* child = nullptr;
    std::unique_ptr<Process> process;
    Fd ready;
    Loop::TimerId patience = 0;
    std::chrono::seconds farewell{};
    Replaced done;
  };

  void came(Result<void> how);
  void dismiss(std::unique_ptr<Process> old, std::chrono::seconds farewell);
  Result<void> spawn(Child& child);
  void on_exit(Child& child, ExitStatus status);
  void restart(Child& child);

  Loop& loop_;
  std::function<void(std::string)> on_final_;
  std::vector<std::unique_ptr<Child>> children_;
  std::unique_ptr<Coming> coming_;                 // one at a time
  std::vector<std::unique_ptr<Process>> leaving_;  // replaced, and not yet gone
  bool stopping_ = false;
};

}  // namespace cordon::app
