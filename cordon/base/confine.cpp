#include "cordon/base/confine.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <format>
#include <memory>

#include "cordon/base/file.h"

namespace cordon {

namespace {

// === users and capabilities

struct Account {
  uid_t user = 0;
  gid_t group = 0;
};

// /etc/passwd alone: other sources of users would load further libraries into this process.
Result<Account> account_of(const std::string& user) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/etc/passwd", "re"), std::fclose);
  while (const auto* entry = file ? ::fgetpwent(file.get()) : nullptr) {
    if (user == entry->pw_name) return Account{entry->pw_uid, entry->pw_gid};
  }
  return fail(ErrorKind::not_found,
              std::format("there is no user '{}' in /etc/passwd: make it (adduser --system {})", user, user));
}

Result<void> set_capabilities(std::uint32_t kept) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> sets{};
  sets[0] = {.effective = kept, .permitted = kept, .inheritable = kept};
  if (::syscall(SYS_capset, &header, sets.data()) != 0) return fail_errno("give up capabilities", errno);
  return {};
}

bool holds_low_ports() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> sets{};
  return ::syscall(SYS_capget, &header, sets.data()) == 0 && (sets[0].permitted & (1U << CAP_NET_BIND_SERVICE)) != 0;
}

}  // namespace

Result<void> give_to(const std::filesystem::path& path, const std::string& user) {
  const auto account = account_of(user);
  if (!account) return std::unexpected(account.error());
  if (::lchown(path.c_str(), account->user, account->group) != 0) return fail_errno("chown " + path.string(), errno);
  return {};
}

Result<void> drop_capabilities(bool low_ports) {
  const bool keep = low_ports && holds_low_ports();
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (auto dropped = set_capabilities(keep ? 1U << CAP_NET_BIND_SERVICE : 0); !dropped) return dropped;
  // For the programs this one starts; they drop it or use it.
  if (keep) ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0);
  return {};
}

Result<void> become(const std::string& user, bool low_ports) {
  const auto account = account_of(user);
  if (!account) return std::unexpected(account.error());
  if (::geteuid() != 0) {
    if (::geteuid() == account->user) return drop_capabilities(low_ports);
    return fail(ErrorKind::permission,
                std::format("this process may not become '{}': start it as root or as '{}', or "
                            "take privilege.user out of the configuration",
                            user, user));
  }
  ::prctl(PR_SET_KEEPCAPS, low_ports ? 1 : 0, 0, 0, 0);
  if (::setgroups(1, &account->group) != 0 || ::setresgid(account->group, account->group, account->group) != 0 ||
      ::setresuid(account->user, account->user, account->user) != 0)
    return fail_errno("become " + user, errno);
  if (account->user != 0 && ::setuid(0) == 0)
    return fail(ErrorKind::permission, "the way back to root is still open");
  return drop_capabilities(low_ports);
}

// === files and ports =============================================================================================

namespace {

constexpr std::uint64_t kReading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
constexpr std::uint64_t kPorts = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;

// What the kernel knows: each version added to the one before.
std::uint64_t known_to(long version) {
  std::uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2) all |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) all |= LANDLOCK_ACCESS_FS_TRUNCATE;
  if (version >= 5) all |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
  return all;
}

Result<void> open_up(int rules, const std::filesystem::path& path, std::uint64_t access) {
  const Fd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place) return fail_errno(path.string(), errno);
  struct stat found{};
  if (::fstat(place.get(), &found) == 0 && !S_ISDIR(found.st_mode)) access &= kOfFiles;
  const landlock_path_beneath_attr rule{.allowed_access = access, .parent_fd = place.get()};
  if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    return fail_errno("landlock " + path.string(), errno);
  return {};
}

Result<void> open_up(int rules, const std::vector<std::uint16_t>& ports, std::uint64_t access) {
  for (const auto port : ports) {
    const landlock_net_port_attr rule{.allowed_access = access, .port = port};
    if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_NET_PORT, &rule, 0) != 0)
      return fail_errno(std::format("landlock port {}", port), errno);
  }
  return {};
}

landlock_ruleset_attr handled(const Confinement& to, long version) {
  landlock_ruleset_attr out{};
  out.handled_access_fs = known_to(version);
  if (to.read_anything) out.handled_access_fs &= ~kReading;
  if (to.execute) out.handled_access_fs &= ~std::uint64_t{LANDLOCK_ACCESS_FS_EXECUTE};
  if (version >= 4) {
    out.handled_access_net = (to.listen_ports ? LANDLOCK_ACCESS_NET_BIND_TCP : 0U) |
                             (to.connect_ports ? LANDLOCK_ACCESS_NET_CONNECT_TCP : 0U);
  }
  if (version >= 6) out.scoped = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
  return out;
}

Result<void> add_rules(int rules, const Confinement& to, const landlock_ruleset_attr& wanted) {
  const auto files = wanted.handled_access_fs;
  for (const auto& path : to.read) {
    if (auto added = open_up(rules, path, files & kReading); !added) return added;
  }
  for (const auto& path : to.write) {
    if (auto added = open_up(rules, path, files & ~std::uint64_t{LANDLOCK_ACCESS_FS_EXECUTE}); !added) return added;
  }
  if ((wanted.handled_access_net & kPorts) == 0) return {};
  if (to.listen_ports) {
    if (auto added = open_up(rules, *to.listen_ports, LANDLOCK_ACCESS_NET_BIND_TCP); !added) return added;
  }
  return to.connect_ports ? open_up(rules, *to.connect_ports, LANDLOCK_ACCESS_NET_CONNECT_TCP) : Result<void>{};
}

// Older kernels take a shorter description.
std::size_t size_for(long version) {
  if (version >= 6) return sizeof(landlock_ruleset_attr);
  return version >= 4 ? offsetof(landlock_ruleset_attr, scoped) : offsetof(landlock_ruleset_attr, handled_access_net);
}

}  // namespace

Result<std::string> confine(const Confinement& to) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1)
    return "this kernel has no Landlock: files and ports stay within reach as far as their modes allow";
  const auto wanted = handled(to, version);
  const Fd rules(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &wanted, size_for(version), 0)));
  if (!rules) return fail_errno("landlock", errno);
  if (auto added = add_rules(rules.get(), to, wanted); !added) return std::unexpected(added.error());
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) return fail_errno("landlock", errno);
  if (version < 4 && (to.listen_ports || to.connect_ports))
    return "this kernel's Landlock knows no ports: every TCP port stays within reach";
  return "";
}

// === system calls ================================================================================================

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_AARCH64;
#else
#error "name this processor's AUDIT_ARCH"
#endif

sock_filter step(int code, std::uint32_t k) { return {static_cast<std::uint16_t>(code), 0, 0, k}; }
sock_filter skip_unless(std::uint32_t k, std::uint8_t skipped) { return {BPF_JMP | BPF_JEQ | BPF_K, 0, skipped, k}; }

// seccomp(2): the low half of an argument; the calls whose arguments are looked at take an int or flags there.
constexpr std::uint32_t low_half(int argument) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * static_cast<std::size_t>(argument));
}

void add(std::vector<sock_filter>& program, const CallRule& rule) {
  const auto answer =
      rule.error != 0 ? SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(rule.error) : SECCOMP_RET_ALLOW;
  const auto number = static_cast<std::uint32_t>(rule.number);
  if (rule.argument < 0) {
    program.push_back(skip_unless(number, 1));
    program.push_back(step(BPF_RET | BPF_K, answer));
    return;
  }
  program.push_back(skip_unless(number, 5));
  program.push_back(step(BPF_LD | BPF_W | BPF_ABS, low_half(rule.argument)));
  program.push_back(step(BPF_ALU | BPF_AND | BPF_K, rule.mask));
  program.push_back(skip_unless(rule.value, 1));
  program.push_back(step(BPF_RET | BPF_K, answer));
  program.push_back(step(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
}

}  // namespace

Result<void> allow_calls(std::span<const CallRule> rules, Forbidden forbidden) {
  std::vector<sock_filter> program = {step(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
                                      {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, kMachine},
                                      step(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                                      step(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const auto& rule : rules) add(program, rule);
  program.push_back(step(BPF_RET | BPF_K, forbidden == Forbidden::kill ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_LOG));
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
    return fail_errno("the filter of system calls", errno);
  return {};
}

}  // namespace cordon
