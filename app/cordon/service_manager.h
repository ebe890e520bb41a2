// What systemd and a service tell each other: listening sockets in, "ready" out.
#pragma once

#include <string_view>

namespace cordon::app {

int sockets_given();                          // sd_listen_fds(3): so many, from descriptor 3 on
void tell_service_manager(std::string_view);  // sd_notify(3): "READY=1"; nobody there: nothing happens

}  // namespace cordon::app
