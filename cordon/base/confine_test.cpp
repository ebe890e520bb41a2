#include "cordon/base/confine.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>

#include "cordon/base/socket.h"
#include "cordon/base/temporary_folder.h"

namespace cordon {
namespace {

// What is given up cannot be had again, so each case is a process of its own: its exit status, or minus its signal.
int in_a_process(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

bool landlock(long version) { return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) >= version; }

const std::vector<CallRule> kFew = {{SYS_exit_group}, {SYS_exit}, {SYS_write}, {SYS_rt_sigreturn}, {SYS_futex}};

TEST(ConfineTest, ASystemCallThatIsNotInTheListKillsTheProcess) {
  EXPECT_EQ(in_a_process([] {
              if (!allow_calls(kFew, Forbidden::kill)) return 1;
              ::syscall(SYS_getppid);
              return 0;
            }),
            -SIGSYS);
  EXPECT_EQ(in_a_process([] { return allow_calls(kFew, Forbidden::kill) ? 0 : 1; }), 0);
}

TEST(ConfineTest, LogModeLetsTheCallHappen) {
  EXPECT_EQ(in_a_process([] {
              if (!allow_calls(kFew, Forbidden::log)) return 1;
              return ::syscall(SYS_getppid) > 0 ? 0 : 2;
            }),
            0);
}

TEST(ConfineTest, ArgumentsCountWhereARuleNamesThem) {
  auto rules = kFew;
  rules.push_back({.number = SYS_socket, .argument = 0, .mask = 0xffffffff, .value = AF_UNIX});
  rules.push_back({.number = SYS_socket, .argument = 0, .mask = 0xffffffff, .value = AF_INET});
  rules.push_back({.number = SYS_mmap, .argument = 2, .mask = PROT_EXEC, .value = 0});
  const auto with = [&](const std::function<void()>& call) {
    return in_a_process([&] {
      if (!allow_calls(rules, Forbidden::kill)) return 1;
      call();
      return 0;
    });
  };
  EXPECT_EQ(with([] { ::socket(AF_INET, SOCK_STREAM, 0); }), 0);
  EXPECT_EQ(with([] { ::socket(AF_UNIX, SOCK_STREAM, 0); }), 0);
  EXPECT_EQ(with([] { ::socket(AF_PACKET, SOCK_RAW, 0); }), -SIGSYS);
  EXPECT_EQ(with([] { ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }), 0);
  EXPECT_EQ(with([] { ::mmap(nullptr, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }), -SIGSYS);
}

TEST(ConfineTest, ARuleWithAnErrorAnswersInsteadOfTheKernel) {
  auto rules = kFew;
  rules.push_back({.number = SYS_getppid, .error = ENOSYS});
  EXPECT_EQ(in_a_process([&] {
              if (!allow_calls(rules, Forbidden::kill)) return 1;
              return ::syscall(SYS_getppid) == -1 && errno == ENOSYS ? 0 : 2;
            }),
            0);
}

struct Folders {
  TemporaryFolder folder;
  std::filesystem::path mine = folder / "mine", shown = folder / "shown", other = folder / "other";
  Folders() {
    for (const auto& each : {mine, shown, other}) {
      std::filesystem::create_directory(each);
      std::ofstream(each / "file") << "text";
    }
  }
};

TEST(ConfineTest, OnlyTheNamedFoldersCanBeReadAndWritten) {
  if (!landlock(1)) GTEST_SKIP() << "no Landlock here";
  const Folders at;
  EXPECT_EQ(in_a_process([&] {
              const auto told = confine({.read = {at.shown, at.other / "file"}, .write = {at.mine}});
              if (!told || !told->empty()) return 1;
              if (!write_file(at.mine / "file", "new") || !write_file(at.mine / "made", "new")) return 2;
              if (!read_file(at.mine / "made") || !read_file(at.shown / "file")) return 3;
              if (!read_file(at.other / "file")) return 4;
              if (write_file(at.shown / "file", "new") || write_file(at.other / "file", "new")) return 5;
              if (read_file("/etc/passwd")) return 6;
              return ::access("/bin/true", X_OK) == 0 && ::execl("/bin/true", "true", nullptr) == -1 ? 0 : 7;
            }),
            0);
}

TEST(ConfineTest, ReadingCanStayFreeWhileWritingIsNot) {
  if (!landlock(1)) GTEST_SKIP() << "no Landlock here";
  const Folders at;
  EXPECT_EQ(in_a_process([&] {
              if (!confine({.read_anything = true, .write = {at.mine}, .execute = true})) return 1;
              if (!read_file("/etc/passwd") || !write_file(at.mine / "made", "new")) return 2;
              if (write_file(at.other / "file", "new")) return 3;
              return ::execl("/bin/true", "true", nullptr);
            }),
            0);
}

TEST(ConfineTest, OnlyTheNamedPortsCanBeReached) {
  if (!landlock(4)) GTEST_SKIP() << "no Landlock of ports here";
  const auto one = listen_tcp({"127.0.0.1", 0}).value();
  const auto two = listen_tcp({"127.0.0.1", 0}).value();
  const auto allowed = local_endpoint(one.get()).value();
  const auto forbidden = local_endpoint(two.get()).value();
  EXPECT_EQ(in_a_process([&] {
              Confinement to{.read_anything = true};
              to.listen_ports.emplace();
              to.connect_ports = {allowed.port};
              if (!confine(to)) return 1;
              if (!connect_tcp(allowed)) return 2;
              if (connect_tcp(forbidden)) return 3;
              return listen_tcp({"127.0.0.1", 0}) ? 4 : 0;
            }),
            0);
}

TEST(ConfineTest, APlaceThatIsNotThereIsAnErrorThatNamesIt) {
  if (!landlock(1)) GTEST_SKIP() << "no Landlock here";
  const auto told = confine({.write = {"/nowhere/at/all"}});
  ASSERT_FALSE(told);
  EXPECT_TRUE(told.error().message.contains("/nowhere/at/all")) << told.error().message;
}

TEST(ConfineTest, RootBecomesAnotherUserForGood) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  EXPECT_EQ(in_a_process([] {
              if (!become("nobody", false)) return 1;
              if (::geteuid() == 0 || ::getegid() == 0 || ::getgroups(0, nullptr) != 1) return 2;
              return ::setuid(0) == 0 ? 3 : 0;
            }),
            0);
}

TEST(ConfineTest, LowPortsStayOpenToTheNewUserWhenAskedFor) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  for (const bool low_ports : {true, false}) {
    EXPECT_EQ(
        in_a_process([low_ports] {
          if (!become("nobody", low_ports)) return 1;
          return ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 10 /* CAP_NET_BIND_SERVICE */, 0, 0) == low_ports ? 0
                                                                                                                  : 2;
        }),
        0);
  }
}

TEST(ConfineTest, AnUnknownUserIsRefusedWithTheRemedy) {
  const auto became = become("nobody-of-that-name", false);
  ASSERT_FALSE(became);
  EXPECT_TRUE(became.error().message.contains("adduser")) << became.error().message;
}

TEST(ConfineTest, OnlyRootCanBecomeSomebodyElse) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  EXPECT_EQ(in_a_process([] {
              if (!become("nobody", false)) return 1;
              const auto back = become("root", false);
              return !back && back.error().message.contains("privilege.user") ? 0 : 2;
            }),
            0);
}

}  // namespace
}  // namespace cordon
