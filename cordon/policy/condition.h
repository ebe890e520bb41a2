// Clauses that are written alike, once. Policies repeat a few clauses (`when { context has token }`): they share the
// memory of one of them and, within one request, its outcome.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cordon/policy/ast.h"

namespace cordon::policy {

// What a decision needs to know of a policy, in one number that the index carries along.
class Rule {
 public:
  explicit Rule(std::uint32_t number) : number_(number) {}
  Rule(std::uint32_t condition, bool forbid) : number_(condition << 1 | (forbid ? 1U : 0U)) {}
  bool forbid() const { return (number_ & 1U) != 0; }
  std::uint32_t condition() const { return number_ >> 1; }  // 0: none, the policy holds when its scope does
  std::uint32_t number() const { return number_; }

 private:
  std::uint32_t number_;
};

// One clause of a condition: the number of the clause that stands for all that are written like it.
class ClauseUse {
 public:
  ClauseUse(std::uint32_t clause, bool last) : number_(clause << 1 | (last ? 1U : 0U)) {}
  std::uint32_t clause() const { return number_ >> 1; }
  bool is_last() const { return (number_ & 1U) != 0; }

 private:
  std::uint32_t number_;
};

class Conditions {
 public:
  Conditions() = default;
  // The policies and their text must outlive this and stay where they are.
  Conditions(std::span<const Policy> policies, std::string_view text);

  // In step with the policies.
  const std::vector<std::uint32_t>& rules() const { return rules_; }
  // The clauses of a condition begin here and end with the last one.
  const ClauseUse* uses(std::uint32_t condition) const { return &uses_[condition]; }
  const Clause& clause(std::uint32_t number) const { return *clauses_[number]; }
  bool is_shared(std::uint32_t clause) const { return clause < shared_; }
  std::size_t distinct_clauses() const { return clauses_.size(); }

 private:
  std::vector<std::uint32_t> rules_;
  std::vector<ClauseUse> uses_{{0, true}};  // a condition is the place of its first clause here; 0 is none
  std::vector<const Clause*> clauses_;
  std::uint32_t shared_ = 0;  // those used more than once have the numbers before this
};

}  // namespace cordon::policy
