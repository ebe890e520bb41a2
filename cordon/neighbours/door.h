// Where neighbours come in: a Unix socket whose permissions say who may, or a TCP listener with mutual TLS.
#pragma once

#include "cordon/base/file.h"
#include "cordon/enforcement/settings.h"
#include "cordon/neighbours/ext_authz.h"

namespace cordon::neighbours {

using Door = enforcement::NeighbourSettings::Door;

// Mode 0600; with a group 0660, and the group's. Its folder is made when it is not there, for the same people.
Result<Fd> open_socket(const Door& door);

// The listener of the settings with what they say of who may ask.
Result<std::pair<Fd, EnvoyDoor>> open_envoy(const Door& door);

Result<std::vector<crypto::Certificate>> read_certificates(const std::vector<std::filesystem::path>& files);

}  // namespace cordon::neighbours
