// Level validation (RFC 76): how far a policy follows entities from those the request names.
#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "cordon/validation/check.h"

namespace cordon::validation {

// Walks what the checker has found reachable. Asking an entity for an attribute, a tag or its ancestors is one step.
class LevelCheck {
 public:
  LevelCheck(const Trace& trace, const Environment& environment, std::size_t most, Report& report)
      : trace_(trace), environment_(environment), most_(most), report_(report) {}

  void expression(const policy::Expression& expression);

 private:
  using Expression = policy::Expression;

  void operands(const Expression& expression, std::size_t count);
  void dereference(const Expression& expression, std::size_t level);  // what is done to an entity of this level
  void has(const Expression& expression);
  // How many steps the entity is away; `path`: the attributes asked of a record on the way to it, the last first.
  std::size_t level_of(const Expression& expression, std::vector<std::string_view> path);
  std::size_t level_of_get(const Expression& expression, std::vector<std::string_view> path);
  std::size_t level_of_record(const Expression& expression, std::vector<std::string_view> path);
  const Type* target(const Expression& expression, std::size_t part = 0) const;

  const Trace& trace_;
  const Environment& environment_;
  std::size_t most_;
  Report& report_;
  std::set<const Expression*> seen_;
};

}  // namespace cordon::validation
