// One subcommand a file; main.cpp lists them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cordon::app {

using Words = std::vector<std::string>;

struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view help;  // usage, options and examples
  int (*run)(const Words& words) = nullptr;
  bool hidden = false;                               // a part of 'cordon up', not for people
  std::vector<const Command*> (*parts)() = nullptr;  // commands of a command: `cordon policy check`
};

extern const Command kUpCommand;
extern const Command kInitCommand;
extern const Command kEngineCommand;
extern const Command kLogCommand;
extern const Command kPolicyCommand;
extern const Command kExplainCommand;
extern const Command kProxyCommand;
extern const Command kAuthzCommand;
extern const Command kQuarantineCommand;
extern const Command kDoctorCommand;
extern const Command kInspectCommand;
extern const Command kTokenCommand;
extern const Command kLabCommand;
extern const Command kCompletionCommand;

std::vector<const Command*> commands();
int run_one_of(const std::vector<const Command*>& known, std::string_view prefix, const Words& words);

}  // namespace cordon::app
