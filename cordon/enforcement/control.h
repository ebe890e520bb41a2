// The local socket on which a running process takes orders: one word a line, one line of JSON back. Whoever may open
// it is already who we are: mode 0600 in a folder of mode 0700, and the kernel is asked who calls.
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "cordon/base/loop.h"
#include "cordon/enforcement/line_channel.h"
#include "cordon/wire/json.h"

namespace cordon::enforcement {

class Control {
 public:
  struct Order {
    std::string word;                        // "status"
    std::function<void(wire::Json)> answer;  // at once or later; nothing happens when the caller has gone
    int socket = -1;                         // the caller's, to hand descriptors over
  };
  using Handler = std::function<void(const Order&)>;

  // Replaces what another process, dead or draining, left at that place.
  static Result<std::unique_ptr<Control>> open(Loop& loop, const std::filesystem::path& at, Handler handler);
  Control(Loop& loop, Fd listener, Handler handler);  // use open()
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

 private:
  struct Visitor {
    std::unique_ptr<LineChannel> channel;
  };
  void accept();
  void obey(const std::shared_ptr<Visitor>& visitor, std::string_view line);

  Loop& loop_;
  Fd listener_;
  Handler handler_;
  std::list<std::shared_ptr<Visitor>> visitors_;
};

wire::Json refusal(std::string_view why);  // {"error": why}
wire::Json done(std::string_view what);    // {"done": what}

}  // namespace cordon::enforcement
