// A procedure as a list of requests, each made when its turn comes, so that it can use what earlier answers said.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "cordon/base/loop.h"
#include "lab/procedures.h"

namespace cordon::lab {

class Procedures::Script : public std::enable_shared_from_this<Script> {
 public:
  struct Ask {
    NfType caller;
    NfType target;
    std::function<wire::Request()> make;
    std::vector<int> expected;                        // statuses
    std::function<void(const wire::Response&)> then;  // absent: the answer is not used
  };
  // Goes on when resume is called; fails after ten seconds.
  using Wait = std::function<void(std::function<void()> resume)>;

  Script(Loop& loop, Functions& functions, Done done) : loop_(loop), functions_(functions), done_(std::move(done)) {}

  void ask(Ask step) { steps_.emplace_back(std::move(step)); }
  void ask_next(std::vector<Ask> steps) { steps_.insert(steps_.begin(), steps.begin(), steps.end()); }
  void wait(Wait step) { steps_.emplace_back(std::move(step)); }
  void run();

 private:
  void make(const Ask& step);
  void pause(const Wait& step);
  void answered(const Ask& step, const wire::Request& request, const wire::Response& response);
  void finish(Result<Trace> result);

  Loop& loop_;
  Functions& functions_;
  Done done_;
  std::deque<std::variant<Ask, Wait>> steps_;
  Trace trace_;
};

}  // namespace cordon::lab
