// The engine's control socket: a line of JSON in, a line out. Whoever may open it (mode 0600, in a folder of mode
// 0700) commands the engine, and stands in the records under his user's name.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "cordon/administrator/distribute.h"
#include "cordon/base/loop.h"
#include "cordon/enforcement/line_channel.h"

namespace cordon::administrator {

// {"do": "add", "kind": "nf", "what": "amf1", "reason": "...", "seconds": 7200, "includingEmergency": true},
// {"do": "lift", "kind": "nf", "what": "amf1", "reason": "..."}, {"do": "list"}.
// The answer to a change waits until every enforcement point runs it, for a second at most.
class ControlPoint {
 public:
  static Result<std::unique_ptr<ControlPoint>> start(Loop& loop, const std::filesystem::path& socket,
                                                     Distributor& engine);
  ControlPoint(Loop& loop, Fd listener, Distributor& engine);
  ~ControlPoint();

 private:
  struct Waiting {
    wire::Json answer;
    std::uint64_t sequence = 0;
    SteadyTime since{};
  };
  struct Operator {
    std::string name;
    std::unique_ptr<enforcement::LineChannel> channel;
    std::optional<Waiting> waiting;
  };

  void accept();
  void on_line(std::uint64_t number, std::string_view line);
  Result<wire::Json> obey(const wire::Json& asked, Operator& who);
  Result<wire::Json> add(const wire::Json& asked, Operator& who);
  Result<wire::Json> lift(const wire::Json& asked, Operator& who);
  void wait_for(Operator& who, std::uint64_t sequence, wire::Json answer);
  void look(bool late);

  Loop& loop_;
  Fd listener_;
  Distributor& engine_;
  std::map<std::uint64_t, Operator> operators_;
  std::uint64_t next_ = 1;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace cordon::administrator
