// cordon: one binary, one subcommand a file.
#include <algorithm>
#include <csignal>
#include <print>

#include "app/cordon/command.h"
#include "app/cordon/output.h"
#include "cordon/base/log.h"
#include "cordon/base/text.h"

namespace cordon::app {

std::vector<const Command*> commands() {
  return {&kUpCommand,     &kInitCommand,       &kProxyCommand,      &kPolicyCommand, &kLogCommand,
          &kDoctorCommand, &kQuarantineCommand, &kExplainCommand,    &kTokenCommand,  &kInspectCommand,
          &kAuthzCommand,  &kLabCommand,        &kCompletionCommand, &kEngineCommand};
}

namespace {

void print_help() {
  std::println("cordon {}: zero-trust security fabric for 5G and 6G cores\n", CORDON_VERSION);
  std::println("usage: cordon COMMAND [OPTION...]\n");
  for (const auto* command : commands()) {
    if (!command->hidden) std::println("  {:<12} {}", command->name, command->summary);
  }
  std::println("\n  cordon COMMAND --help shows options and examples; cordon --version the version.");
  std::println("\nexamples:\n  cordon init && cordon up     start with a sample configuration in this folder");
  std::println("  cordon lab --once            a naive core, real traffic, attacks, with and without Cordon");
  std::println("  cordon explain 12            why record 12 was decided as it was");
}

int unknown(const std::vector<const Command*>& known, std::string_view prefix, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto* command : known) names.push_back(command->name);
  const auto near = closest(name, names);
  std::println(stderr, "{}: there is no command '{}'{} (see {} --help)", prefix, name,
               near.empty() ? "" : std::format("; did you mean '{}'?", near), prefix);
  return kUsage;
}

int run(const Words& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "help") return print_help(), words.empty() ? kUsage : kOk;
  if (words[0] == "--version") return std::println("cordon {}", CORDON_VERSION), kOk;
  return run_one_of(commands(), "cordon", words);
}

}  // namespace

int run_one_of(const std::vector<const Command*>& known, std::string_view prefix, const Words& words) {
  const auto found = std::ranges::find(known, words[0], &Command::name);
  if (found == known.end()) return unknown(known, prefix, words[0]);
  const Command& command = **found;
  const Words rest(words.begin() + 1, words.end());
  const bool whole = command.parts && (rest.empty() || rest[0] == "--help" || rest[0] == "help");
  if (whole || (!command.parts && std::ranges::contains(rest, "--help"))) {
    return std::println("{}", command.help), whole && rest.empty() ? kUsage : kOk;
  }
  return command.parts ? run_one_of(command.parts(), std::format("{} {}", prefix, command.name), rest)
                       : command.run(rest);
}

}  // namespace cordon::app

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  cordon::configure_log(cordon::LogLevel::info, cordon::LogFormat::automatic, "cordon");
  return cordon::app::run({argv + 1, argv + argc});
}
