#include "app/cordon-proxy/lock_down.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace cordon {

// No core files, no ptrace by others of the same user: the process holds the enforcement point's key.
void lock_down() {
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;  // one descriptor a connection
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

}  // namespace cordon
