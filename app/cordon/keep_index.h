// The index of a growing log, built beside it: a child process of low priority, whenever there is something to build.
#pragma once

#include <filesystem>
#include <memory>

#include "cordon/base/loop.h"
#include "cordon/base/process.h"

namespace cordon::app {

class IndexKeeper {
 public:
  // order: the command that builds what is missing, and ends.
  IndexKeeper(Loop& loop, std::filesystem::path evidence, ProcessOrder order);
  IndexKeeper(const IndexKeeper&) = delete;
  IndexKeeper& operator=(const IndexKeeper&) = delete;
  ~IndexKeeper();  // ends a build that runs: the next one goes on where it stopped

 private:
  void look();
  bool is_due();
  void build();
  void ended(ExitStatus status);

  Loop& loop_;
  std::filesystem::path evidence_;
  ProcessOrder order_;
  Loop::TimerId timer_ = 0;
  std::unique_ptr<Process> process_;
  std::uint64_t complete_at_ = 0;  // the size of the log at which nothing was missing
};

}  // namespace cordon::app
