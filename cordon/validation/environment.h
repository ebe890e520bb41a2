// Request environments: what a request may be about, by types. One for each action, principal type and resource type
// that the schema lets go together.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/validation/type.h"

namespace cordon::validation {

struct Environment {
  const schema::Action* action = nullptr;
  const Type* principal = nullptr;
  const Type* resource = nullptr;
  const Type* context = nullptr;
};

// Actions named by a policy's conditions. What is asked of `action` depends on which of these it is, or is in, alone.
using NamedActions = std::vector<policy::EntityUid>;

NamedActions actions_named_by(const policy::Policy& policy);

// Kept from policy to policy: most name the same few actions and groups. Of environments that a policy cannot tell
// apart only one is given: those with the same types whose actions stand alike to the actions it names.
class Environments {
 public:
  explicit Environments(Types& types) : types_(types) {}

  std::span<const Environment> of(const schema::Action& action);
  std::span<const Environment> everywhere(const NamedActions& named);
  // Of the actions in any of the groups, themselves too. Groups the schema does not know have none.
  std::span<const Environment> within(const std::vector<policy::EntityUid>& groups, const NamedActions& named);

 private:
  using Actions = std::vector<const schema::Action*>;
  using Key = std::tuple<bool, std::vector<policy::EntityUid>, NamedActions>;  // whether everywhere, groups, named

  std::vector<Environment> gather(const Actions& actions, const NamedActions& named);
  Actions known(const NamedActions& named) const;
  std::vector<bool> standing(const schema::Action& action, const Actions& named);
  const Actions& groups_of(const schema::Action& action);  // it and all it is in, in the order of their addresses
  const Actions& members_of(const schema::Action& group);

  Types& types_;
  std::unordered_map<const schema::Action*, std::vector<Environment>> by_action_;
  std::unordered_map<const schema::Action*, Actions> groups_;
  std::unordered_map<const schema::Action*, Actions> members_;
  std::map<Key, std::vector<Environment>> gathered_;
};

}  // namespace cordon::validation
