#include <print>

#include "app/cordon/output.h"
#include "app/cordon/policy_commands.h"
#include "cordon/base/file.h"
#include "cordon/notation/notation.h"

namespace cordon::app {

namespace {

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--write", "--check"}, .most_words = 1});
  if (!arguments) return report("policy format", arguments.error());
  if (arguments->words().empty()) {
    return report("policy format", {ErrorKind::invalid_input, "say which file: cordon policy format FILE"});
  }
  const auto& file = arguments->words()[0];
  const auto text = read_file(file, kMostPolicyText);
  if (!text) return report("policy format", text.error());
  const auto formatted = notation::format(*text, file);
  if (!formatted) return report("policy format", formatted.error()), kFailed;
  if (arguments->has("--check")) {
    if (*formatted == *text) return kOk;
    std::println(stderr, "cordon policy format: {} is laid out differently; cordon policy format --write {}", file,
                 file);
    return kFailed;
  }
  if (!arguments->has("--write")) return std::print("{}", *formatted), kOk;
  if (*formatted == *text) return kOk;
  const auto written = write_file(file, *formatted);
  return written ? kOk : report("policy format", written.error());
}

}  // namespace

const Command kPolicyFormatCommand{
    .name = "format",
    .summary = "lay out policy text",
    .help =
        "usage: cordon policy format FILE [--write | --check]\n\n"
        "Prints FILE laid out in one way; comments and meaning stay.\n\n"
        "  --write  changes FILE instead\n"
        "  --check  changes nothing; exit status 1 when FILE is laid out differently\n\n"
        "example: cordon policy format --write policies/sbi.cedar",
    .run = run};

}  // namespace cordon::app
