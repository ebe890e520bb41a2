#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <print>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/output.h"
#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/inspection/message_file.h"

namespace cordon::app {

namespace {

using inspection::Said;
using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

struct Inspected {
  std::size_t line = 0;
  inspection::KeptMessage message;
  std::vector<Said> said;

  bool has(bool by_3gpp) const {
    return std::ranges::any_of(said,
                               [&](const Said& each) { return each.mode == "block" && each.by_3gpp == by_3gpp; });
  }
};

Result<std::shared_ptr<inspection::Rules>> rules_from(const Arguments& arguments) {
  const auto file = arguments.option("--overlay");
  if (!file) return inspection::Rules::load("", "");
  const auto text = read_file(*file, 1 << 20);
  if (!text) return std::unexpected(text.error());
  if (trim(*text).empty()) return fail(ErrorKind::invalid_input, *file + ": the overlay is empty; write 'rules: []'");
  return inspection::Rules::load(*text, *file);
}

Result<std::vector<Inspected>> inspect_lines(std::istream& in, const std::string& name,
                                             inspection::Inspector& inspector) {
  std::vector<Inspected> out;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (trim(line).empty()) continue;
    auto message = inspection::parse_message(line);
    if (!message) return std::unexpected(within(std::format("{}:{}", name, number), message.error()));
    auto said = inspection::inspect_message(inspector, *message, nullptr);
    out.push_back({number, std::move(*message), std::move(said)});
  }
  if (out.empty()) return fail(ErrorKind::invalid_input, name + ": no messages; one JSON object a line is expected");
  return out;
}

Result<std::vector<Inspected>> inspect_file(const std::string& name, const Arguments& arguments) {
  auto rules = rules_from(arguments);
  if (!rules) return std::unexpected(rules.error());
  inspection::Inspector inspector(*rules);
  if (name == "-") return inspect_lines(std::cin, "standard input", inspector);
  std::ifstream file(name);
  if (!file) return fail(ErrorKind::not_found, std::format("{}: cannot be read", name));
  return inspect_lines(file, name, inspector);
}

Json as_json(const Inspected& each) {
  JsonArray findings;
  for (const auto& said : each.said) {
    findings.push_back(JsonObject{{"mode", said.mode},
                                  {"rule", said.rule},
                                  {"at", said.place.empty() ? "/" : said.place},
                                  {"why", said.why},
                                  {"by", said.by_3gpp ? "3gpp" : "overlay"},
                                  {"message", said.answer ? "response" : "request"}});
  }
  JsonObject out{{"line", static_cast<std::uint64_t>(each.line)}};
  if (!each.message.name.empty()) out.push_back({"name", each.message.name});
  out.push_back({"method", each.message.request.method});
  out.push_back({"path", each.message.request.path});
  out.push_back({"refused", each.has(true) || each.has(false)});
  out.push_back({"findings", std::move(findings)});
  return out;
}

std::string title_of(const Inspected& each) {
  const auto& request = each.message.request;
  return std::format("{} {}{}{}", each.line, each.message.name.empty() ? "" : each.message.name + " ",
                     request.method + " ", printable(request.path));
}

void print_findings(const Inspected& each) {
  std::println("{}", tinted(Tint::bold, title_of(each)));
  for (const auto& said : each.said) {
    const auto tint = said.mode == "block" ? Tint::bad : Tint::dim;
    std::println("  {} {} {} at {}: {}", tinted(tint, std::format("{:<7}", said.mode)),
                 said.answer ? "answer " : "request", said.rule, said.place.empty() ? "/" : said.place, said.why);
  }
}

int show(const std::vector<Inspected>& all, bool json) {
  std::size_t refused = 0;
  for (const auto& each : all) {
    if (each.has(true) || each.has(false)) ++refused;
    if (json) {
      print_json(as_json(each));
    } else if (!each.said.empty()) {
      print_findings(each);
    }
  }
  if (!json) std::println("{} messages, {} refused", all.size(), refused);
  return refused == 0 ? kOk : kFailed;
}

// Accepted by 3GPP, refused by Cordon: what the overlay adds.
int show_report(const std::vector<Inspected>& all, bool json) {
  std::size_t both = 0, overlay = 0;
  std::map<std::string, std::size_t> by_rule;
  for (const auto& each : all) {
    if (each.has(true)) ++both;
    if (each.has(true) || !each.has(false)) continue;
    ++overlay;
    for (const auto& said : each.said) by_rule[said.rule] += std::size_t{said.mode == "block"};
    if (!json) print_findings(each);
  }
  const auto passed = all.size() - both - overlay;
  if (json) {
    JsonObject rules;
    for (const auto& [rule, count] : by_rule) rules.push_back({rule, static_cast<std::uint64_t>(count)});
    print_json(JsonObject{{"messages", static_cast<std::uint64_t>(all.size())},
                          {"refused_by_3gpp", static_cast<std::uint64_t>(both)},
                          {"accepted_by_3gpp_refused_by_cordon", static_cast<std::uint64_t>(overlay)},
                          {"accepted_by_both", static_cast<std::uint64_t>(passed)},
                          {"rules", std::move(rules)}});
    return kOk;
  }
  std::println(
      "{} messages: {} refused by the 3GPP schemas and limits, {} accepted by 3GPP and refused by Cordon, {} pass",
      all.size(), both, overlay, passed);
  return kOk;
}

int show_rules(const Arguments& arguments) {
  const auto rules = rules_from(arguments);
  const bool json = arguments.has("--json");
  if (!rules) return report("cordon inspect rules", rules.error(), json);
  std::vector<std::vector<Cell>> rows{{{"rule"}, {"requests"}, {"responses"}, {"what it finds"}}};
  for (const auto& rule : (*rules)->all()) {
    const std::string request(name_of(rule.request)), response(name_of(rule.response));
    rows.push_back({{rule.id}, {request}, {response}, {rule.why}});
    if (json) {
      print_json(JsonObject{{"rule", rule.id}, {"request", request}, {"response", response}, {"why", rule.why}});
    }
  }
  if (!json) print_table(rows);
  return kOk;
}

int run(const Words& words) {
  const auto arguments = Arguments::parse(words, {{"--json"}, {"--overlay"}, 2});
  if (!arguments) return report("cordon inspect", arguments.error());
  const bool json = arguments->has("--json");
  const auto& rest = arguments->words();
  if (rest.size() == 1 && rest[0] == "rules") return show_rules(*arguments);
  const bool reports = !rest.empty() && rest[0] == "report";
  if (rest.size() != (reports ? 2U : 1U)) {
    return report("cordon inspect", Error{ErrorKind::invalid_input, "name one FILE; see cordon inspect --help"},
                  json);
  }
  const auto all = inspect_file(rest.back(), *arguments);
  if (!all) return report("cordon inspect", all.error(), json);
  return reports ? show_report(*all, json) : show(*all, json);
}

}  // namespace

const Command kInspectCommand{
    .name = "inspect",
    .summary = "hold messages against the 3GPP schemas and the strict overlay",
    .help =
        "usage: cordon inspect FILE [--overlay FILE] [--json]         what is found in each message\n"
        "       cordon inspect report FILE [--overlay FILE] [--json]  accepted by 3GPP, refused by Cordon\n"
        "       cordon inspect rules [--overlay FILE] [--json]        every rule and its mode\n"
        "  FILE            messages, one JSON object a line: a recording of 'cordon lab', or\n"
        "                  {\"method\": \"POST\", \"path\": \"/...\", \"type\": \"application/json\", \"body\": "
        "\"{...}\"}\n"
        "                  with \"answer\": {\"status\": 201, \"type\": ..., \"body\": ..., \"location\": ...}; '-': "
        "standard input\n"
        "  --overlay FILE  rules in place of the built-in policies/overlay.yaml\n"
        "  --json          one object a line\n"
        "Hosts of callbacks are not checked here: that needs the inventory and the caller.\n"
        "exit status: 0 everything passes, 1 something would be refused, 2 wrong words or files\n"
        "examples:\n"
        "  cordon inspect lab/recordings/registration.jsonl\n"
        "  cordon inspect report cordon/inspection/vectors/seeds.jsonl\n"
        "  echo '{\"method\":\"PUT\",\"path\":\"/nnrf-nfm/v1/nf-instances/9a1b2c3d-0001-4001-8001-000000000001\",\n"
        "    \"type\":\"application/json\",\"body\":\"{}\"}' | tr -d '\\n' | cordon inspect -\n",
    .run = run};

}  // namespace cordon::app
