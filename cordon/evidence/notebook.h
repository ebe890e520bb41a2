// Records that nothing waits for (a start, a policy change) and that must still reach the log: kept in memory and
// given to the log writer again until it has them.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "cordon/base/loop.h"
#include "cordon/evidence/client.h"

namespace cordon::evidence {

class Notebook {
 public:
  // Loop and client outlive it.
  Notebook(Loop& loop, Client& client) : loop_(loop), client_(client) {}
  ~Notebook() { loop_.cancel(timer_); }
  Notebook(const Notebook&) = delete;
  Notebook& operator=(const Notebook&) = delete;

  // At most 1,000 wait; beyond that the newest are counted, and a record of kind "gap" says how many were lost.
  void keep(Record record);
  std::size_t waiting() const { return notes_.size(); }

 private:
  void send();
  void answered(const Result<std::uint64_t>& sequence);

  Loop& loop_;
  Client& client_;
  std::deque<Record> notes_;  // the first is under way while sending_
  std::size_t lost_ = 0;
  bool sending_ = false;
  Loop::TimerId timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace cordon::evidence
