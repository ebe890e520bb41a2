#include "app/cordon/least_rights.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "cordon/base/confine.h"
#include "cordon/base/file.h"
#include "cordon/base/log.h"

namespace cordon::app {

Result<void> become_user_of(const enforcement::Settings& settings) {
  const auto& user = settings.privilege.user;
  if (user.empty()) {
    if (::geteuid() == 0) log(LogLevel::warn, "Cordon runs as root: name another user under privilege.user");
    return {};
  }
  if (::geteuid() == 0 && !std::filesystem::exists(settings.state)) {
    if (auto made = make_folder(settings.state, 0700); !made) return made;
    if (auto given = give_to(settings.state, user); !given) return given;
  }
  return become(user, true);
}

Result<void> write_only_state(const enforcement::Settings& settings, std::vector<std::filesystem::path> also) {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (!settings.privilege.files) return {};
  if (auto made = make_folder(settings.state, 0700); !made) return made;
  Confinement to{.read_anything = true, .execute = true};
  to.write = std::move(also);
  to.write.push_back(settings.state);
  const auto told = confine(to);
  if (!told) return std::unexpected(within("privilege", told.error()));
  if (!told->empty()) log(LogLevel::warn, *told);
  return {};
}

}  // namespace cordon::app
