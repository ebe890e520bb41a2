// cordon quarantine: who and what is cut off, at once and everywhere.
#include <charconv>
#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/output.h"
#include "cordon/base/loop.h"
#include "cordon/base/socket.h"
#include "cordon/enforcement/line_channel.h"
#include "cordon/enforcement/settings.h"

namespace cordon::app {

namespace {

constexpr std::size_t kLongestAnswer = 16U << 20;
constexpr std::chrono::seconds kPatience{10};

std::string_view member(const wire::Json& json, std::string_view name) {
  const auto* found = json.find(name);
  return found ? found->text() : std::string_view();
}

std::int64_t number(const wire::Json& json, std::string_view name) {
  const auto* found = json.find(name);
  return found ? found->integer().value_or(0) : 0;
}

// One line to the engine, one back.
Result<wire::Json> ask_engine(const Arguments& arguments, const wire::Json& asked) {
  const auto settings = enforcement::load_settings(arguments.option("--config").value_or("cordon.yaml"));
  if (!settings) return std::unexpected(settings.error());
  auto fd = connect_unix(settings->control_socket());
  if (!fd) {
    return fail(ErrorKind::unavailable,
                std::format("the engine does not answer ({}); start it with cordon up: without "
                            "it nothing reaches the enforcement points",
                            fd.error().message));
  }
  Loop loop;
  std::string line;
  enforcement::LineChannel channel(loop, std::move(*fd), kLongestAnswer,
                                   {[&](std::string_view text) {
                                      line = text;
                                      loop.stop();
                                    },
                                    [&] { loop.stop(); }});
  channel.send(asked.dump());
  loop.after(kPatience, [&] { loop.stop(); });
  loop.run();
  if (line.empty()) return fail(ErrorKind::unavailable, "the engine did not answer: see its log");
  auto answer = wire::parse_json(line, {.bytes = kLongestAnswer, .depth = 6, .leaves = 200'000});
  if (!answer) return std::unexpected(within("the engine's answer", answer.error()));
  if (const auto error = member(*answer, "error"); !error.empty())
    return fail(ErrorKind::invalid_input, std::string(error));
  return answer;
}

// "90s", "30m", "2h", "7d"
Result<std::int64_t> seconds_in(std::string_view text) {
  std::int64_t count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(parsed.ptr, text.data() + text.size());
  const std::int64_t each = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86'400 : 0;
  if (parsed.ec == std::errc{} && each != 0 && count > 0 && count <= 366LL * 86'400 / each) return count * each;
  return fail(ErrorKind::invalid_input, std::format("--for '{}': write 90s, 30m, 2h or 7d, at most 366d", text));
}

Result<wire::Json> request_for(const Arguments& arguments, std::string_view what) {
  const auto& words = arguments.words();
  if (words.size() != 2) {
    return fail(ErrorKind::invalid_input, "say what: nf NAME, slice SST-SD, operation ACTION or plmn PLMN");
  }
  const auto reason = arguments.option("--reason");
  if (!reason) return fail(ErrorKind::invalid_input, "say why, for the records: --reason TEXT");
  return wire::Json{wire::JsonObject{}}
      .set("do", what)
      .set("kind", words[0])
      .set("what", words[1])
      .set("reason", *reason);
}

// Status 1 when an enforcement point does not run it yet: it gets it when it is back, but is not protected so now.
int tell(const wire::Json& answer, bool json, std::string_view done) {
  const auto running = number(answer, "running"), all = number(answer, "enforcementPoints");
  if (json) {
    print_json(answer);
  } else {
    std::println("{}: snapshot {}, in force at {} of {} enforcement points after {} ms", done,
                 number(answer, "snapshot"), running, all, number(answer, "milliseconds"));
  }
  if (running == all && all > 0) return kOk;
  if (!json) std::println(stderr, "cordon quarantine: not everywhere yet: see the engine's log, and cordon up");
  return kFailed;
}

int add(const Words& words) {
  const auto arguments = Arguments::parse(
      words,
      {.flags = {"--json", "--including-emergency"}, .options = {"--config", "--reason", "--for"}, .most_words = 2});
  if (!arguments) return report("quarantine add", arguments.error());
  const bool json = arguments->has("--json");
  auto asked = request_for(*arguments, "add");
  if (!asked) return report("quarantine add", asked.error(), json);
  if (const auto text = arguments->option("--for")) {
    const auto seconds = seconds_in(*text);
    if (!seconds) return report("quarantine add", seconds.error(), json);
    asked->set("seconds", *seconds);
  }
  if (arguments->has("--including-emergency")) asked->set("includingEmergency", true);
  const auto answer = ask_engine(*arguments, *asked);
  if (!answer) return report("quarantine add", answer.error(), json);
  return tell(*answer, json, "quarantined");
}

int lift(const Words& words) {
  const auto arguments =
      Arguments::parse(words, {.flags = {"--json"}, .options = {"--config", "--reason"}, .most_words = 2});
  if (!arguments) return report("quarantine lift", arguments.error());
  const bool json = arguments->has("--json");
  const auto asked = request_for(*arguments, "lift");
  if (!asked) return report("quarantine lift", asked.error(), json);
  const auto answer = ask_engine(*arguments, *asked);
  if (!answer) return report("quarantine lift", answer.error(), json);
  return tell(*answer, json, "lifted");
}

int list(const Words& words) {
  const auto arguments = Arguments::parse(words, {.flags = {"--json"}, .options = {"--config"}});
  if (!arguments) return report("quarantine list", arguments.error());
  const bool json = arguments->has("--json");
  const auto answer = ask_engine(*arguments, wire::Json{wire::JsonObject{}}.set("do", "list"));
  if (!answer) return report("quarantine list", answer.error(), json);
  if (json) return print_json(*answer), kOk;
  const auto* all = answer->find("quarantine");
  if (all == nullptr || all->array().empty()) return std::println("nothing is in quarantine"), kOk;
  std::vector<std::vector<Cell>> rows{{{"KIND"}, {"WHAT"}, {"UNTIL"}, {"BY"}, {"REASON"}}};
  for (const auto& each : all->array()) {
    const auto name = member(each, "name"), until = member(each, "until");
    rows.push_back({{std::string(member(each, "kind"))},
                    {std::string(name.empty() ? member(each, "what") : name)},
                    {until.empty() ? "lifted" : std::string(until)},
                    {std::string(member(each, "by"))},
                    {std::string(member(each, "reason"))}});
  }
  print_table(rows);
  return kOk;
}

const Command kAdd{
    .name = "add",
    .summary = "cut off an NF, a slice, an operation or a network, at once",
    .help =
        "usage: cordon quarantine add nf NAME|INSTANCE --reason TEXT [OPTION...]\n"
        "       cordon quarantine add slice SST[-SD] | operation ACTION|SERVICE | plmn PLMN --reason TEXT "
        "[OPTION...]\n\n"
        "  --reason TEXT          why; stands in refusals and records, so no subscriber's identifier\n"
        "  --for TIME             90s, 30m, 2h, 7d; without it, until it is lifted\n"
        "  --including-emergency  of a slice: emergency services too\n"
        "  --config FILE          default cordon.yaml\n"
        "  --json                 one object\n\n"
        "All its requests are refused (rule quarantined), requests and notifications to it too, and its open\n"
        "connections end. It may still deregister at the NRF. Status 0: in force at every enforcement point.\n\n"
        "examples:\n"
        "  cordon quarantine add nf smf1 --reason 'asks for foreign sessions' --for 2h\n"
        "  cordon quarantine add operation nudm-ueau:GenerateAuthData --reason 'vectors are drained'",
    .run = add};

const Command kLift{
    .name = "lift",
    .summary = "let it take part again",
    .help =
        "usage: cordon quarantine lift nf|slice|operation|plmn WHAT --reason TEXT [--config FILE] [--json]\n\n"
        "  --reason TEXT  why; stands in the records\n"
        "  --config FILE  default cordon.yaml\n"
        "  --json         one object\n\n"
        "example: cordon quarantine lift nf smf1 --reason 'reinstalled'",
    .run = lift};

const Command kList{.name = "list",
                    .summary = "what is cut off, until when, by whom and why",
                    .help =
                        "usage: cordon quarantine list [--config FILE] [--json]\n\n"
                        "  --config FILE  default cordon.yaml\n"
                        "  --json         one object\n\n"
                        "example: cordon quarantine list --json",
                    .run = list};

std::vector<const Command*> parts() { return {&kAdd, &kLift, &kList}; }

}  // namespace

const Command kQuarantineCommand{.name = "quarantine",
                                 .summary = "cut off an NF, a slice, an operation or a network",
                                 .help =
                                     "usage: cordon quarantine COMMAND [OPTION...]\n\n"
                                     "  add   cut off, at once and at every enforcement point\n"
                                     "  lift  let it take part again\n"
                                     "  list  what is cut off\n\n"
                                     "The engine keeps the list, signs it into the snapshot and records every "
                                     "change. See docs/guides/containment.md.\n\n"
                                     "examples:\n"
                                     "  cordon quarantine add nf smf1 --reason 'asks for foreign sessions' --for 2h\n"
                                     "  cordon quarantine add slice 1-00000a --reason 'tenant compromised'\n"
                                     "  cordon quarantine lift nf smf1 --reason 'reinstalled'",
                                 .parts = parts};

}  // namespace cordon::app
