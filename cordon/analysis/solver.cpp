#include "cordon/analysis/solver.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <format>

#include "cordon/base/file.h"
#include "cordon/base/process.h"

namespace cordon::analysis {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostAnswer = std::size_t{16} << 20;  // bytes
constexpr std::chrono::milliseconds kGrace{500};            // for the solver to say itself that its time is up

// Whether text holds a whole answer: a word with its line end, or a list with its last bracket.
bool complete(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;  // "" within a string closes and opens again
    if (quoted) continue;
    if (c == '(') ++depth;
    if (c == ')' && depth > 0 && --depth == 0) return true;
    if (c == '\n' && depth == 0) return true;
  }
  return false;
}

}  // namespace

struct Solver::State {
  Process process;
  Fd pipe;
  std::chrono::milliseconds limit;
  bool asked = false;  // a scope is open
};

Solver::Solver(std::unique_ptr<State> state) : state_(std::move(state)) {}
Solver::Solver(Solver&&) noexcept = default;
Solver::~Solver() = default;

Result<std::filesystem::path> Solver::find() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "";
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const auto program = std::filesystem::path(rest.substr(0, end)) / "cvc5";
    std::error_code ignored;
    if (std::filesystem::is_regular_file(program, ignored)) return program;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fail(ErrorKind::not_found, "the solver cvc5 is not installed; install the package cvc5");
}

Result<Solver> Solver::start(const std::filesystem::path& program, std::chrono::milliseconds limit) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(ErrorKind::io, "socketpair failed: no pipe to the solver");
  }
  Fd ours(ends[0]);
  const Fd theirs(ends[1]);
  auto process =
      Process::spawn({.arguments = {program.string(), "--lang=smt2.6", "--incremental", "--strings-exp",
                                    std::format("--tlimit-per={}", limit.count()), "--quiet", "--dag-thresh=0"},
                      .environment = {},
                      .descriptors = {{theirs.get(), 0}, {theirs.get(), 1}}});
  if (!process) return std::unexpected(process.error());
  return Solver(std::make_unique<State>(State{std::move(*process), std::move(ours), limit}));
}

Result<Answer> Solver::ask(std::string_view text) {
  const auto until = Clock::now() + state_->limit + kGrace;
  std::string answer;
  while (!complete(answer)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return fail(ErrorKind::unavailable, "the time limit passed");
    // Written and read side by side: a solver that answers early must not block on a full pipe.
    pollfd ready{state_->pipe.get(), static_cast<short>(text.empty() ? POLLIN : POLLIN | POLLOUT), 0};
    if (::poll(&ready, 1, static_cast<int>(left)) <= 0) continue;
    if (!text.empty() && (ready.revents & POLLOUT) != 0) {
      const auto sent = ::send(ready.fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) return fail(ErrorKind::unavailable, "the solver ended");
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    char buffer[16384];
    const auto got = ::recv(ready.fd, buffer, sizeof buffer, 0);
    if (got <= 0) return fail(ErrorKind::unavailable, "the solver ended");
    answer.append(buffer, static_cast<std::size_t>(got));
    if (answer.size() > kMostAnswer) return fail(ErrorKind::unavailable, "the solver's answer is too long");
  }
  std::string_view rest = answer;
  auto read = read_answer(rest);
  if (read && read->is_list() && !read->parts.empty() && read->parts[0].word == "error") {
    const auto& why = read->parts.size() > 1 ? read->parts[1].word : read->parts[0].word;
    return fail(ErrorKind::internal, "the solver refused the question: " + why);
  }
  return read;
}

Result<Satisfiable> Solver::check(std::string_view script) {
  std::string text =
      state_->asked ? "(pop 1)\n(push 1)\n" : "(set-option :produce-models true)\n(set-logic ALL)\n(push 1)\n";
  state_->asked = true;
  text += script;
  const auto answer = ask(text + "(check-sat)\n");
  if (!answer) return std::unexpected(answer.error());
  if (answer->word == "sat") return Satisfiable::yes;
  return answer->word == "unsat" ? Satisfiable::no : Satisfiable::unknown;
}

Result<std::vector<Answer>> Solver::values(const std::vector<std::string>& terms) {
  if (terms.empty()) return std::vector<Answer>{};
  std::string text = "(get-value (";
  for (const auto& term : terms) text += term + ' ';
  auto answer = ask(text + "))\n");
  if (!answer) return std::unexpected(answer.error());
  std::vector<Answer> found;
  for (auto& pair : answer->parts) {
    if (pair.parts.size() == 2) found.push_back(std::move(pair.parts[1]));
  }
  if (found.size() != terms.size()) return fail(ErrorKind::internal, "the solver did not answer every term");
  return found;
}

}  // namespace cordon::analysis
