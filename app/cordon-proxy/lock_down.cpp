#include "app/cordon-proxy/lock_down.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "cordon/base/confine.h"
#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/crypto/key.h"

namespace cordon {

namespace {

using enforcement::Privilege;
using Paths = std::vector<std::filesystem::path>;

// clang-format off: a table
constexpr auto kAny = std::to_array<int>({
    SYS_epoll_pwait, SYS_read, SYS_write, SYS_recvfrom, SYS_sendto, SYS_recvmsg, SYS_sendmsg, SYS_readv,
    SYS_writev, SYS_epoll_ctl, SYS_epoll_create1, SYS_futex, SYS_accept4, SYS_connect, SYS_bind, SYS_listen,
    SYS_shutdown, SYS_close, SYS_getsockopt, SYS_setsockopt, SYS_getsockname, SYS_getpeername, SYS_openat,
    SYS_newfstatat, SYS_fstat, SYS_statx, SYS_lseek, SYS_pread64, SYS_pwrite64, SYS_getdents64, SYS_fsync,
    SYS_fdatasync, SYS_ftruncate, SYS_fallocate, SYS_flock, SYS_fstatfs, SYS_statfs, SYS_renameat,
    SYS_renameat2, SYS_unlinkat, SYS_mkdirat, SYS_fchmod, SYS_fchmodat, SYS_faccessat, SYS_faccessat2,
    SYS_readlinkat, SYS_getcwd, SYS_umask, SYS_fcntl, SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_mlock,
    SYS_munlock, SYS_getrandom, SYS_clock_gettime, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
    SYS_getpid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_setpriority, SYS_sched_yield,
    SYS_sched_getaffinity, SYS_sysinfo, SYS_uname, SYS_eventfd2, SYS_ppoll, SYS_rt_sigprocmask,
    SYS_rt_sigaction, SYS_rt_sigreturn, SYS_sigaltstack, SYS_rseq, SYS_set_robust_list, SYS_set_tid_address,
    SYS_membarrier, SYS_restart_syscall, SYS_exit, SYS_exit_group});
#ifdef __x86_64__  // calls that younger processors never had
constexpr auto kOlder = std::to_array<int>({
    SYS_epoll_wait, SYS_poll, SYS_rename, SYS_unlink, SYS_rmdir, SYS_mkdir, SYS_chmod, SYS_stat, SYS_lstat,
    SYS_access, SYS_readlink, SYS_open, SYS_time});
#endif
// clang-format on

// What an enforcement point calls once it runs: C++ and C library, OpenSSL, both threads, files, sockets. It starts
// no program, traces and signals nobody, mounts nothing, makes no memory executable. The most frequent first.
std::vector<CallRule> calls() {
  constexpr std::uint32_t kAll = 0xffffffff;
  const auto self = static_cast<std::uint32_t>(::getpid());
  std::vector<CallRule> out;
  for (const int any : kAny) out.push_back({.number = any});
#ifdef __x86_64__
  for (const int any : kOlder) out.push_back({.number = any});
#endif
  for (const auto family : {AF_INET, AF_INET6, AF_UNIX}) {
    out.push_back({.number = SYS_socket, .argument = 0, .mask = kAll, .value = static_cast<std::uint32_t>(family)});
  }
  for (const int maps : {SYS_mmap, SYS_mprotect}) {
    out.push_back({.number = maps, .argument = 2, .mask = PROT_EXEC, .value = 0});
  }
  out.push_back({.number = SYS_clone3, .error = ENOSYS});  // its flags cannot be looked at; the C library then uses:
  out.push_back({.number = SYS_clone, .argument = 0, .mask = CLONE_THREAD, .value = CLONE_THREAD});
  out.push_back({.number = SYS_tgkill, .argument = 0, .mask = kAll, .value = self});  // abort()
  out.push_back({.number = SYS_prctl, .argument = 0, .mask = kAll, .value = PR_SET_NAME});
  out.push_back({.number = SYS_prctl, .argument = 0, .mask = kAll, .value = PR_SET_VMA});
  out.push_back({.number = SYS_ioctl, .argument = 1, .mask = kAll, .value = TCGETS});  // is the log a terminal?
  return out;
}

// Whoever replaces a file makes a new one beside it, so the folder counts; but not the folder of the state, where the
// keys of the engine and of the evidence lie.
void add_place(Paths& places, const std::filesystem::path& file, const std::filesystem::path& state) {
  if (file.empty()) return;
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  std::error_code error;
  const auto whole = std::filesystem::weakly_canonical(folder, error);
  const auto kept = std::filesystem::weakly_canonical(state, error);
  const auto place = whole == kept ? file : folder;
  if (std::ranges::contains(places, place)) return;
  places.push_back(place);
  if (whole != kept && std::ranges::mismatch(whole, kept).in1 == whole.end()) {
    log(LogLevel::warn,
        "the folder of the state lies below one that holds files of the configuration, so this process can read the "
        "engine's keys too: keep them apart",
        {{"state", state.string()}, {"folder", folder.string()}});
  }
}

Paths read_places(const enforcement::Settings& settings, const std::filesystem::path& config) {
  Paths out{settings.engine_public_key()};
  const auto add = [&](const std::filesystem::path& file) { add_place(out, file, settings.state); };
  add(config);
  if (!settings.lab_cleartext) {
    for (const auto& own : settings.tls.own) {
      add(own.certificate);
      add(own.key);
      add(own.staple);
    }
    for (const auto& anchors : settings.tls.callers) add(anchors.file);
    add(settings.tls.producers);
    for (const auto& crl : settings.tls.crls) add(crl);
  }
  for (const auto& issuer : settings.tokens.issuers) add(issuer.jwks);
  if (settings.tokens.authority) add(settings.tokens.authority->key);
  return out;
}

// The engine makes its key when it starts for the first time; until then no snapshot could be believed.
void wait_for_engine(const std::filesystem::path& key) {
  for (int i = 0; !std::filesystem::exists(key); ++i) {
    if (i == 50) log(LogLevel::warn, "waiting for the engine to make its key", {{"file", key.string()}});
    ::usleep(20'000);
  }
}

Result<std::string> restrict_files(const enforcement::Settings& settings, const std::filesystem::path& config) {
  Confinement to;
  to.write = {settings.proxy_folder(), settings.spool_folder(), settings.ledger_folder(),
              settings.proxy_socket().parent_path()};
  if (settings.access_log && !settings.access_log->empty()) to.write.push_back(settings.access_log->parent_path());
  for (const auto& folder : to.write) {
    if (auto made = make_folder(folder, 0700); !made) return std::unexpected(made.error());
  }
  wait_for_engine(settings.engine_public_key());
  to.read = read_places(settings, config);
  to.listen_ports = settings.privilege.listen_ports;
  to.connect_ports = settings.privilege.connect_ports;
  return confine(to);
}

Result<void> restrict_calls(Privilege::Calls wanted) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  wanted = Privilege::Calls::off;  // sanitizers make calls of their own
#endif
  if (wanted == Privilege::Calls::off) return {};
  const auto rules = calls();
  return allow_calls(rules, wanted == Privilege::Calls::log ? Forbidden::log : Forbidden::kill);
}

}  // namespace

// No core files, no ptrace by others of the same user: the process holds the enforcement point's key.
void lock_down() {
  ::prctl(PR_SET_DUMPABLE, 0);
  if (!crypto::lock_key_memory()) {
    log(LogLevel::warn, "private keys may be swapped to disk: their memory cannot be locked; raise RLIMIT_MEMLOCK");
  }
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;  // one descriptor a connection
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

Result<void> become_own_user(const enforcement::Settings& settings) {
  const auto& user = settings.privilege.user;
  auto became = user.empty() ? drop_capabilities(true) : become(user, true);
  ::prctl(PR_SET_DUMPABLE, 0);  // prctl(2): a change of user resets it
  return became;
}

Result<std::string> give_up_the_rest(const enforcement::Settings& settings, const std::filesystem::path& config) {
  std::string in_force = "user " + std::to_string(::geteuid());
  if (settings.privilege.files) {
    const auto told = restrict_files(settings, config);
    if (!told) return std::unexpected(within("privilege", told.error()));
    if (!told->empty()) log(LogLevel::warn, *told);
    in_force += told->empty() ? ", own files" : "";
  }
  const auto calls = settings.privilege.system_calls;
  if (auto restricted = restrict_calls(calls); !restricted) return std::unexpected(restricted.error());
  if (calls == Privilege::Calls::kill) in_force += ", own system calls";
  if (calls != Privilege::Calls::kill)
    log(LogLevel::warn, "system calls are not restricted (privilege.system_calls)");
  return in_force;
}

}  // namespace cordon
