#include "cordon/validation/report.h"

#include <array>
#include <format>

namespace cordon::validation {

namespace {

constexpr std::array<std::string_view, 19> kNames = {"unrecognised-entity-type",
                                                     "unrecognised-action",
                                                     "invalid-enum-entity",
                                                     "no-applicable-action",
                                                     "unexpected-type",
                                                     "incompatible-types",
                                                     "unknown-attribute",
                                                     "unguarded-attribute",
                                                     "unguarded-tag",
                                                     "no-tags",
                                                     "argument-count",
                                                     "invalid-literal",
                                                     "computed-constructor",
                                                     "empty-set",
                                                     "level-exceeded",
                                                     "literal-dereference",
                                                     "impossible-policy",
                                                     "bidirectional-text",
                                                     "mixed-scripts"};

constexpr std::size_t kMost = 200;  // bytes of foreign text in a message

}  // namespace

std::string shortened(std::string_view text) {
  if (text.size() <= kMost) return std::string(text);
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not within a character
  return std::string(text.substr(0, end)) + "...";
}

std::string printable(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::string_view three = text.substr(at, 3);
    const bool turns = (three >= "\u202A" && three <= "\u202E") || (three >= "\u2066" && three <= "\u2069");
    if (turns) {
      const auto low = [&](std::size_t i) { return static_cast<unsigned char>(three[i]) & 0x3FU; };
      shown += std::format("\\u{{{:x}}}", 0x2000U + (low(1) << 6U) + low(2));
    } else if (byte < 0x20 || byte == 0x7F) {
      shown += std::format("\\u{{{:x}}}", byte);
    } else {
      shown += text[at];
    }
    at += turns ? 3 : 1;
  }
  return shown;
}

Error printable(Error error) { return {error.kind, printable(error.message)}; }

std::string_view name_of(Rule rule) { return kNames[static_cast<std::size_t>(rule)]; }

void Report::add(Problem problem, std::string hint, std::string_view where) {
  problems_.try_emplace(std::move(problem), std::string(where), std::move(hint));
}

void Report::hand_over(const policy::PolicySet& policies, const std::string& policy, Findings& findings) const {
  for (const auto& [problem, rest] : problems_) {
    auto& list = is_warning(problem.rule) ? findings.warnings : findings.errors;
    list.push_back({.policy = policy,
                    .place = policies.place(problem.begin),
                    .message = printable(problem.message + rest.first),
                    .hint = printable(rest.second),
                    .rule = std::string(name_of(problem.rule))});
  }
}

std::string to_string(const Finding& finding) {
  const std::string hint = finding.hint.empty() ? "" : "; " + finding.hint;
  return std::format("{}:{}:{}: policy `{}`: {}{}", finding.place.file, finding.place.line, finding.place.column,
                     finding.policy, finding.message, hint);
}

}  // namespace cordon::validation
