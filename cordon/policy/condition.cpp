#include "cordon/policy/condition.h"

#include <unordered_map>

namespace cordon::policy {

namespace {

std::string_view written(const Clause& first, const Clause& last, std::string_view text) {
  return text.substr(first.begin, last.end - first.begin);
}

// Every clause of a set by its text.
class ClauseTexts {
 public:
  struct Uses {
    const Clause* first = nullptr;
    std::uint32_t count = 0;
    std::uint32_t number = 0;
  };

  explicit ClauseTexts(std::string_view text) : text_(text) {}

  void add(const Clause& clause) {
    const auto [at, fresh] = by_text_.try_emplace(written(clause, clause, text_), Uses{.first = &clause});
    if (fresh) in_order_.push_back(&at->second);
    ++at->second.count;
  }

  // Numbers the shared ones, or the others, from there on.
  void number(bool shared, std::vector<const Clause*>& clauses) {
    for (Uses* uses : in_order_) {
      if ((uses->count > 1) != shared) continue;
      uses->number = static_cast<std::uint32_t>(clauses.size());
      clauses.push_back(uses->first);
    }
  }

  std::uint32_t number_of(const Clause& clause) const { return by_text_.at(written(clause, clause, text_)).number; }

 private:
  std::string_view text_;
  std::unordered_map<std::string_view, Uses> by_text_;
  std::vector<Uses*> in_order_;
};

}  // namespace

Conditions::Conditions(std::span<const Policy> policies, std::string_view text) {
  ClauseTexts clauses(text);
  for (const Policy& policy : policies) {
    for (const Clause& clause : policy.clauses) clauses.add(clause);
  }
  clauses.number(true, clauses_);
  shared_ = static_cast<std::uint32_t>(clauses_.size());
  clauses.number(false, clauses_);
  std::unordered_map<std::string_view, std::uint32_t> conditions;
  rules_.reserve(policies.size());
  for (const Policy& policy : policies) {
    std::uint32_t condition = 0;
    if (!policy.clauses.empty()) {
      const auto whole = written(policy.clauses.front(), policy.clauses.back(), text);
      const auto [at, fresh] = conditions.try_emplace(whole, static_cast<std::uint32_t>(uses_.size()));
      condition = at->second;
      for (std::size_t i = 0; fresh && i < policy.clauses.size(); ++i) {
        uses_.emplace_back(clauses.number_of(policy.clauses[i]), i + 1 == policy.clauses.size());
      }
    }
    rules_.push_back(Rule(condition, policy.forbid).number());
  }
  uses_.shrink_to_fit();
  clauses_.shrink_to_fit();
}

}  // namespace cordon::policy
