// Why a request was not permitted: the permits whose scope matched, and the part of their condition that failed.
#include "cordon/policy/explain.h"

#include <algorithm>
#include <array>
#include <format>

#include "cordon/policy/evaluate.h"
#include "cordon/policy/policy_set.h"

namespace cordon::policy {

namespace {

constexpr std::size_t kMaxValueShown = 200;     // bytes of one value in an explanation
constexpr std::size_t kMaxReasonShown = 1'000;  // bytes of a whole reason

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The text as written, every run of white space as one blank.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (!is_blank(c)) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return line;
}

std::string cut(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end) + "...";
}

// Attributes whose values identify a subscriber or a device (TS 29.571 5.3): an explanation names them and no more.
constexpr std::array<std::string_view, 14> kPersonal = {
    "supi",  "gpsi",  "pei",    "suci",   "supiOrSuci", "ueId",       "ueContextId",
    "ueIds", "ue-id", "ue-ids", "msisdn", "externalId", "identityId", "servingUeId"};

bool is_personal(std::string_view attribute) { return std::ranges::contains(kPersonal, attribute); }

std::string told(const Value& value) {
  const Record* record = value.as_record();
  if (record == nullptr) return value.text();
  std::string text = "{";
  for (const auto& [name, member] : *record) {
    text +=
        std::format("{}{}: {}", text.size() > 1 ? ", " : "", name, is_personal(name) ? "(personal)" : told(member));
  }
  return text + "}";
}

std::string shown(const Expression& e, const Value& value) {
  if (e.kind == ExpressionKind::get && is_personal(e.texts[0])) return "(personal)";
  return cut(told(value), kMaxValueShown);
}

// Explains why one expression came out as it did, in terms of its smallest telling part.
class Reason {
 public:
  Reason(Evaluation& evaluation, std::string_view text) : evaluation_(evaluation), text_(text) {}

  std::string of(const Expression& e) {
    const auto truth = evaluation_.truth(e);
    if (!truth) return evaluation_.take_fault().message;
    switch (e.kind) {
      case ExpressionKind::all:
        return *truth ? joined(e) : deciding(e, false);
      case ExpressionKind::any:
        return *truth ? deciding(e, true) : joined(e);
      case ExpressionKind::negate:
        return of(e.operands[0]);
      case ExpressionKind::conditional:
        return branch(e);
      case ExpressionKind::has:
        return presence(e, *truth);
      case ExpressionKind::literal:
        return std::format("it says {}", words(e));
      default:
        return operands(e, *truth);
    }
  }

 private:
  std::string words(const Expression& e) const { return on_one_line(text_.substr(e.begin, e.end - e.begin)); }

  std::string joined(const Expression& e) {
    std::string text;
    for (const Expression& operand : e.operands) text += (text.empty() ? "" : "; ") + of(operand);
    return text;
  }

  // The operand at which && or || stopped: an earlier one cannot have failed, or there would be no truth to explain.
  std::string deciding(const Expression& e, bool wanted) {
    const auto found = std::ranges::find_if(
        e.operands, [&](const Expression& operand) { return evaluation_.truth(operand) == wanted; });
    return of(*found);
  }

  std::string branch(const Expression& e) {
    const bool test = evaluation_.truth(e.operands[0]).value_or(false);
    return of(e.operands[0]) + "; " + of(e.operands[test ? 1 : 2]);
  }

  std::string presence(const Expression& e, bool present) const {
    std::string path;
    for (const std::string& name : e.texts) path += "." + name;
    return std::format("{}{} is {}", words(e.operands[0]), path, present ? "present" : "absent");
  }

  // An attribute, or a tag whose key is written out: nothing but its own value would tell more.
  static bool says_enough(const Expression& e) {
    const bool tag = e.kind == ExpressionKind::has_tag || e.kind == ExpressionKind::get_tag;
    return e.operands.empty() || e.kind == ExpressionKind::get ||
           (tag && e.operands[1].kind == ExpressionKind::literal);
  }

  // What the variable operands were: `context.body.nfType is "AMF", principal.nfType is "BSF"`.
  std::string operands(const Expression& e, bool truth) {
    if (says_enough(e)) return std::format("{} is {}", words(e), truth);
    std::string text;
    for (const Expression& operand : e.operands) {
      if (operand.constant || operand.kind == ExpressionKind::literal) continue;
      const Value* value = evaluation_.value(operand);
      if (value == nullptr) return evaluation_.take_fault().message;
      text += std::format("{}{} is {}", text.empty() ? "" : ", ", words(operand), shown(operand, *value));
    }
    return text.empty() ? std::format("{} is {}", words(e), truth) : text;
  }

  Evaluation& evaluation_;
  std::string_view text_;
};

NearMiss near_miss(const PolicySet::Impl& set, std::size_t position, Evaluation& evaluation, const Clause& clause) {
  const std::string_view text = set.text;
  return {.policy = set.infos[position].id,
          .clause = on_one_line(text.substr(clause.begin, clause.end - clause.begin)),
          .because = cut(Reason(evaluation, text).of(clause.body), kMaxReasonShown)};
}

const std::string* annotation(const PolicyInfo& policy, std::string_view name) {
  const auto found = std::ranges::find(policy.annotations, name, &std::pair<std::string, std::string>::first);
  return found == policy.annotations.end() ? nullptr : &found->second;
}

std::string rule_line(const PolicySet& policies, const std::string& id) {
  const PolicyInfo* policy = policies.find(id);
  if (policy == nullptr) return std::format("  {}\n", id);
  std::string line = std::format("  {} ({}:{})", id, policy->place.file, policy->place.line);
  for (const std::string_view name : {"because", "source"}) {
    if (const std::string* text = annotation(*policy, name)) line += std::format("\n    {}: {}", name, *text);
  }
  return line + '\n';
}

std::string headline(const Decision& decision) {
  if (decision.allow) return "permitted by";
  if (decision.erring_forbid) return "refused (fail closed): could not evaluate";
  return decision.forbidden ? "refused by" : "refused: no rule permits it";
}

}  // namespace

std::vector<NearMiss> PolicySet::near_misses(const Request& request, const Entities& entities,
                                             std::size_t most) const {
  Evaluation evaluation(request, entities);
  std::vector<NearMiss> found;
  ScopeIndex::Probe probe;
  for (const auto [position, rule] : impl_->index.candidates(request, entities, probe)) {
    if (found.size() == most) break;
    if (Rule(rule).forbid()) continue;
    const Policy& policy = impl_->policies[position];
    const auto failed = std::ranges::find_if(
        policy.clauses, [&](const Clause& clause) { return !evaluation.holds(clause).value_or(false); });
    evaluation.take_fault();  // Reason finds it again, where it belongs
    if (failed != policy.clauses.end()) found.push_back(near_miss(*impl_, position, evaluation, *failed));
  }
  return found;
}

std::string describe(const PolicySet& policies, const Request& request, const Entities& entities,
                     const Decision& decision) {
  std::string text = std::format("{}\n  asks {}\n  of   {}\n{}\n", request.principal.text(), request.action.text(),
                                 request.resource.text(), headline(decision));
  for (const std::string& id : decision.determining) text += rule_line(policies, id);
  for (const EvaluationError& error : decision.errors) {
    text += std::format("error in {}: {}\n", error.policy, error.message);
  }
  if (decision.allow || decision.forbidden) return text;
  for (const NearMiss& miss : policies.near_misses(request, entities)) {
    text += std::format("nearly permitted by\n{}    {} failed: {}\n", rule_line(policies, miss.policy), miss.clause,
                        miss.because);
  }
  return text;
}

}  // namespace cordon::policy
