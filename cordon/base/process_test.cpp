#include "cordon/base/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "cordon/base/temporary_folder.h"

namespace cordon {
namespace {

constexpr std::chrono::seconds kPatience{20};  // only a broken run waits this long

struct Pipe {
  Fd reading;
  Fd writing;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

// Everything until the last writer has gone.
std::string drain(const Fd& fd) {
  std::string out;
  std::array<char, 4096> chunk{};
  for (ssize_t got = 0; (got = ::read(fd.get(), chunk.data(), chunk.size())) > 0;) {
    out.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return out;
}

ProcessOrder shell(const std::string& script) { return {.arguments = {"/bin/sh", "-c", script}}; }

// A child that runs until it is killed.
ProcessOrder endless() { return shell("exec tail -f /dev/null"); }

ExitStatus run(const ProcessOrder& order) {
  auto process = Process::spawn(order);
  if (!process) throw std::runtime_error(process.error().message);
  return process->wait(kPatience).value();
}

// The child's standard output.
std::string output(ProcessOrder order) {
  auto pipe = make_pipe();
  order.descriptors.push_back({pipe.writing.get(), 1});
  auto process = Process::spawn(order);
  if (!process) return process.error().message;
  pipe.writing.reset();
  auto text = drain(pipe.reading);
  EXPECT_TRUE(process->wait(kPatience)->success());
  return text;
}

TEST(Process, ReportsHowTheChildEnded) {
  EXPECT_EQ(run(shell("exit 0")), (ExitStatus{0, 0}));
  EXPECT_EQ(run(shell("exit 3")), (ExitStatus{3, 0}));
  EXPECT_EQ(run(shell("kill -9 $$")), (ExitStatus{0, SIGKILL}));
}

TEST(Process, PrintsAnExitStatusAsAnEndOfASentence) {
  EXPECT_EQ((ExitStatus{3, 0}).text(), "exited with 3");
  EXPECT_EQ((ExitStatus{0, SIGKILL}).text(), "was killed by signal 9 (Killed)");
}

TEST(Process, PassesArgumentsWithoutAShell) {
  EXPECT_EQ(output({.arguments = {"/bin/echo", "$HOME", "a b;", "*"}}), "$HOME a b; *\n");
}

TEST(Process, AddsToTheEnvironmentAndReplaces) {
  ::setenv("CORDON_TEST_KEPT", "kept", 1);
  ::setenv("CORDON_TEST_OLD", "old", 1);
  auto order = shell("echo $CORDON_TEST_KEPT $CORDON_TEST_OLD $CORDON_TEST_NEW");
  order.environment = {"CORDON_TEST_OLD=replaced", "CORDON_TEST_NEW=new"};
  EXPECT_EQ(output(order), "kept replaced new\n");
}

TEST(Process, InheritsOnlyWhatIsNamed) {
  const Fd stray(::open("/dev/null", O_RDONLY));  // without close-on-exec, as a careless library would
  auto order = shell("ls /proc/self/fd | tr '\\n' ' '; readlink /proc/self/fd/0");
  // 3 is the folder that ls itself reads.
  EXPECT_EQ(output(order), "0 1 2 3 /dev/null\n");
}

TEST(Process, GivesDescriptorsTheNumbersAskedForEvenWhenTheyCross) {
  auto one = make_pipe();
  auto two = make_pipe();
  ASSERT_EQ(::write(one.writing.get(), "one", 3), 3);
  ASSERT_EQ(::write(two.writing.get(), "two", 3), 3);
  one.writing.reset();
  two.writing.reset();
  auto order = shell("cat <&" + std::to_string(two.reading.get()) + "; cat <&" + std::to_string(one.reading.get()));
  order.descriptors = {{one.reading.get(), two.reading.get()}, {two.reading.get(), one.reading.get()}};
  EXPECT_EQ(output(order), "onetwo");
}

TEST(Process, MayGiveAStandardInput) {
  auto pipe = make_pipe();
  ASSERT_EQ(::write(pipe.writing.get(), "hello", 5), 5);
  pipe.writing.reset();
  EXPECT_EQ(output({.arguments = {"/bin/cat"}, .descriptors = {{pipe.reading.get(), 0}}}), "hello");
}

TEST(Process, SaysWhyAProgramCannotStart) {
  const auto absent = Process::spawn({.arguments = {"/nowhere/program"}});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, ErrorKind::not_found);
  EXPECT_EQ(absent.error().message, "start /nowhere/program: No such file or directory");
  EXPECT_EQ(Process::spawn({.arguments = {"/dev/null"}}).error().kind, ErrorKind::permission);
  EXPECT_EQ(Process::spawn({}).error().kind, ErrorKind::invalid_input);
  EXPECT_FALSE(Process::spawn({.arguments = {"/bin/true"}, .descriptors = {{-1, 5}}}));
}

TEST(Process, AFailedStartLeavesNoZombie) {
  ASSERT_FALSE(Process::spawn({.arguments = {"/nowhere/program"}}));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Process, TheChildStartsWithOrdinarySignals) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  auto* const old = ::signal(SIGPIPE, SIG_IGN);
  auto process = Process::spawn(shell("kill -13 $$; exit 1"));
  auto other = Process::spawn(shell("kill -15 $$; exit 1"));
  ::signal(SIGPIPE, old);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(process->wait(kPatience), (ExitStatus{0, SIGPIPE}));
  EXPECT_EQ(other->wait(kPatience), (ExitStatus{0, SIGTERM}));
}

TEST(Process, IsStillRunningUntilStopped) {
  auto process = Process::spawn(endless());
  ASSERT_TRUE(process);
  EXPECT_GT(process->pid(), 0);
  EXPECT_EQ(process->wait(std::chrono::milliseconds(0)).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(process->stop(kPatience), (ExitStatus{0, SIGTERM}));
  EXPECT_EQ(process->stop(kPatience), (ExitStatus{0, SIGTERM}));  // stopping again changes nothing
  EXPECT_EQ(process->signal(SIGTERM).error().kind, ErrorKind::not_found);
}

TEST(Process, AStubbornChildIsKilledAfterTheGrace) {
  auto ready = make_pipe();
  auto order = shell("trap '' TERM; echo ready; exec tail -f /dev/null >/dev/null");
  order.descriptors = {{ready.writing.get(), 1}};
  auto process = Process::spawn(order);
  ASSERT_TRUE(process);
  ready.writing.reset();
  ASSERT_EQ(drain(ready.reading), "ready\n");
  EXPECT_EQ(process->stop(std::chrono::milliseconds(1)), (ExitStatus{0, SIGKILL}));
}

TEST(Process, KillsItsChildWhenItGoes) {
  pid_t pid = -1;
  {
    auto process = Process::spawn(endless());
    ASSERT_TRUE(process);
    pid = process->pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);  // gone and reaped
  EXPECT_EQ(errno, ESRCH);
}

TEST(Process, TheLoopHearsOfTheEnd) {
  Loop loop;
  auto started = Process::spawn(shell("exit 5"));
  ASSERT_TRUE(started);
  std::optional<ExitStatus> ended;
  started->on_exit(loop, [&](ExitStatus status) { ended = status, loop.stop(); });
  Process moved = std::move(*started);
  loop.run();
  EXPECT_EQ(ended, (ExitStatus{5, 0}));
  EXPECT_EQ(moved.wait(kPatience), (ExitStatus{5, 0}));
}

TEST(Process, TheCallbackMayDestroyTheProcess) {
  Loop loop;
  auto process = std::make_unique<Process>(Process::spawn(shell("exit 5")).value());
  process->on_exit(loop, [&](ExitStatus) { process.reset(), loop.stop(); });
  loop.run();
  EXPECT_FALSE(process);
}

TEST(Process, AWatchedProcessMayGoBeforeItsChildEnds) {
  Loop loop;
  int calls = 0;
  {
    auto process = Process::spawn(endless());
    ASSERT_TRUE(process);
    process->on_exit(loop, [&](ExitStatus) { ++calls; });
  }
  loop.run_once(std::chrono::milliseconds(0));
  EXPECT_EQ(calls, 0);
}

// A middle process starts a grandchild and dies without any clean-up. The grandchild holds the writing end of a pipe:
// the pipe's end tells that it is gone.
TEST(Process, ChildrenDieWithTheParent) {
  auto pipe = make_pipe();
  const pid_t middle = ::fork();
  if (middle == 0) {
    auto order = endless();
    order.descriptors = {{pipe.writing.get(), 5}};
    const auto process = Process::spawn(order);
    ::kill(::getpid(), SIGKILL);
  }
  ASSERT_GT(middle, 0);
  pipe.writing.reset();
  EXPECT_EQ(drain(pipe.reading), "");
  int status = 0;
  EXPECT_EQ(::waitpid(middle, &status, 0), middle);
  EXPECT_TRUE(WIFSIGNALED(status));
}

}  // namespace
}  // namespace cordon
