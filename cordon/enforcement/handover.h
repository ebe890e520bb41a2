// From one running enforcement point to the next: the listening sockets themselves, so that no caller finds a closed
// port. The new one asks on the control socket of the old, serves, and then tells it to go.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cordon/base/socket.h"

namespace cordon::enforcement {

using Listeners = std::map<Endpoint, Fd>;  // open descriptors, by where they listen

struct Predecessor {
  Fd channel;  // until it has gone; then readable and at its end
  Listeners listeners;
};

// The old one's side, in answer to "hand-over".
Result<void> hand_over(int socket, const std::vector<int>& listeners);

// Nothing: nobody answers there, so this is the first. Waits five seconds at most.
Result<std::optional<Predecessor>> take_over(const std::filesystem::path& control);
void send_away(const Predecessor& predecessor);  // it may go now

// sd_listen_fds(3): descriptors from `first` on that somebody else opened and bound. What does not listen is an
// error.
Result<Listeners> inherited(int first, int count);

}  // namespace cordon::enforcement
