// Holds Cordon's Cedar to the reference's answers: the public corpus, and cases that generate.cjs had labelled.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <print>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/cases.h"
#include "tests/conformance/corpus.h"
#include "tests/conformance/report.h"

namespace {

constexpr std::string_view kUsage =
    "usage: cedar_conformance corpus FOLDER [--show N] [--json]\n"
    "       cedar_conformance cases FILE|- [--show N] [--json]\n";

struct Arguments {
  std::string_view verb, subject;
  std::size_t show = 5;
  bool json = false;
};

Arguments arguments_of(const std::vector<std::string_view>& words) {
  Arguments out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--json")
      out.json = true;
    else if (words[i] == "--show" && i + 1 < words.size())
      out.show = std::strtoul(std::string{words[++i]}.c_str(), nullptr, 10);
    else
      (out.verb.empty() ? out.verb : out.subject) = words[i];
  }
  return out;
}

cordon::Result<void> run(const Arguments& arguments, cordon::conformance::Report& report) {
  using namespace cordon;
  if (arguments.verb == "corpus") return conformance::run_corpus(arguments.subject, report);
  conformance::Cases cases(report);
  if (arguments.subject == "-") return cases.run(std::cin, "standard input");
  std::ifstream file{std::string{arguments.subject}};
  if (!file) return fail(ErrorKind::not_found, std::format("{}: cannot be read", arguments.subject));
  return cases.run(file, arguments.subject);
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = arguments_of({words + 1, words + count});
  if ((arguments.verb != "corpus" && arguments.verb != "cases") || arguments.subject.empty()) {
    std::print(stderr, "{}", kUsage);
    return 2;
  }
  cordon::conformance::Report report(arguments.show);
  if (const auto done = run(arguments, report); !done) {
    std::println(stderr, "cedar_conformance: {}", done.error().message);
    return 2;
  }
  std::print("{}", arguments.json ? report.json().dump() + "\n" : report.text());
  return report.mismatches() == 0 ? 0 : 1;
}
