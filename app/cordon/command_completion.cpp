#include <print>

#include "app/cordon/command.h"
#include "app/cordon/output.h"

namespace cordon::app {

namespace {

// Options are read from the help texts, so the completion cannot forget one.
std::string options_of(const Command& command) {
  std::string out;
  for (auto at = command.help.find("  --"); at != command.help.npos; at = command.help.find("  --", at + 1)) {
    const auto start = at + 2;
    out += std::string(command.help.substr(start, command.help.find_first_of(" ,=\n", start) - start)) + " ";
  }
  return out + "--help";
}

// The commands of a command first, then the options of all of them.
std::string words_after(const Command& command) {
  std::string out;
  if (!command.parts) return options_of(command);
  for (const auto* part : command.parts()) out += std::string(part->name) + " ";
  for (const auto* part : command.parts()) out += options_of(*part) + " ";
  return out;
}

int run(const Words& words) {
  if (words.size() != 1 || words[0] != "bash") {
    return report("completion", {ErrorKind::invalid_input, "say for which shell: cordon completion bash"});
  }
  std::string names;
  std::string cases;
  for (const auto* command : commands()) {
    if (command->hidden) continue;
    names += std::string(command->name) + " ";
    cases += std::format("    {}) words=\"{}\" ;;\n", command->name, words_after(*command));
  }
  std::println(
      "_cordon() {{\n  local words=\"{}--help --version\"\n  [ \"$COMP_CWORD\" -gt 1 ] && case ${{COMP_WORDS[1]}} "
      "in\n{}  esac",
      names, cases);
  std::println(
      "  COMPREPLY=($(compgen -W \"$words\" -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n}}\ncomplete -o default -F _cordon "
      "cordon");
  return kOk;
}

}  // namespace

const Command kCompletionCommand{.name = "completion",
                                 .summary = "shell completion",
                                 .help =
                                     "usage: cordon completion bash\n\n"
                                     "example: cordon completion bash > /etc/bash_completion.d/cordon",
                                 .run = run};

}  // namespace cordon::app
