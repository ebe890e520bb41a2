#include "cordon/neighbours/door.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "cordon/base/file.h"
#include "cordon/base/socket.h"

namespace cordon::neighbours {

namespace {

using Path = std::filesystem::path;

Result<gid_t> number_of(const std::string& group) {
  const auto* found = ::getgrnam(group.c_str());
  if (found) return found->gr_gid;
  return fail(ErrorKind::invalid_input, std::format("neighbours: there is no group '{}' on this system", group));
}

Result<void> give(const Path& path, gid_t group, mode_t mode) {
  if (::chown(path.c_str(), static_cast<uid_t>(-1), group) == 0 && ::chmod(path.c_str(), mode) == 0) return {};
  return fail(ErrorKind::permission,
              std::format("{}: cannot be given to the group: make Cordon's user a member of it", path.string()));
}

bool may_enter(const Path& folder, gid_t group) {
  struct stat found{};
  if (::stat(folder.c_str(), &found) != 0) return false;
  return (found.st_mode & S_IXOTH) != 0 || (found.st_gid == group && (found.st_mode & S_IXGRP) != 0);
}

// A folder that is there is somebody's decision, so it is not opened for others here.
Result<void> make_way(const Path& folder, std::optional<gid_t> group) {
  if (!std::filesystem::exists(folder)) {
    if (auto made = make_folder(folder, 0700); !made) return made;
    if (group) return give(folder, *group, 0750);
  }
  if (!group || may_enter(folder, *group)) return {};
  return fail(ErrorKind::permission,
              std::format("{}: the group cannot enter this folder: give the socket one of its own, "
                          "like /run/cordon-nginx/auth.sock",
                          folder.string()));
}

Result<crypto::PrivateKey> read_key(const Path& file) {
  auto pem = read_file(file, 1 << 16);
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::PrivateKey::from_pem(*pem);
  wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  if (!key) return std::unexpected(within(file.string(), key.error()));
  return key;
}

Result<std::shared_ptr<const crypto::TlsContext>> read_tls(const Door& door) {
  crypto::TlsSettings settings;
  auto chain = read_certificates({door.certificate});
  if (!chain) return std::unexpected(chain.error());
  auto key = read_key(door.key);
  if (!key) return std::unexpected(key.error());
  auto anchors = read_certificates({door.anchors});
  if (!anchors) return std::unexpected(anchors.error());
  settings.chain = std::move(*chain);
  settings.key = std::move(*key);
  settings.anchors = std::move(*anchors);
  auto made = crypto::TlsContext::server(settings);
  if (!made) return std::unexpected(within("neighbours.envoy", made.error()));
  return made;
}

}  // namespace

Result<std::vector<crypto::Certificate>> read_certificates(const std::vector<Path>& files) {
  std::vector<crypto::Certificate> out;
  for (const auto& file : files) {
    const auto pem = read_file(file, 1 << 20);
    if (!pem) return std::unexpected(pem.error());
    auto chain = crypto::Certificate::chain_from_pem(*pem);
    if (!chain) return std::unexpected(within(file.string(), chain.error()));
    out.insert(out.end(), chain->begin(), chain->end());
  }
  return out;
}

Result<Fd> open_socket(const Door& door) {
  std::optional<gid_t> group;
  if (!door.group.empty()) {
    const auto number = number_of(door.group);
    if (!number) return std::unexpected(number.error());
    group = *number;
  }
  if (auto made = make_way(door.socket.parent_path(), group); !made) return std::unexpected(made.error());
  const auto before = ::umask(0177);  // between bind and chmod nobody else either
  auto fd = listen_unix(door.socket, 0600);
  ::umask(before);
  if (!fd || !group) return fd;
  if (auto given = give(door.socket, *group, 0660); !given) return std::unexpected(given.error());
  return fd;
}

Result<std::pair<Fd, EnvoyDoor>> open_envoy(const Door& door) {
  EnvoyDoor how;
  if (door.listen) {
    auto tls = read_tls(door);
    if (!tls) return std::unexpected(tls.error());
    how = {std::move(*tls), door.names};
  }
  auto fd = door.listen ? listen_tcp(*door.listen) : open_socket(door);
  if (!fd) return std::unexpected(fd.error());
  return std::pair(std::move(*fd), std::move(how));
}

}  // namespace cordon::neighbours
