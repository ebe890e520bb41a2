#include "cordon/validation/environment.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace cordon::validation {

namespace {

void add_actions(const policy::Expression& expression, NamedActions& named) {
  if (expression.kind == policy::ExpressionKind::literal) {
    const policy::EntityUid* uid = expression.literal.as_entity();
    if (uid != nullptr && is_action_type(uid->type)) named.push_back(*uid);
  }
  for (const policy::Expression& operand : expression.operands) add_actions(operand, named);
}

}  // namespace

NamedActions actions_named_by(const policy::Policy& policy) {
  NamedActions named;
  for (const policy::Clause& clause : policy.clauses) add_actions(clause.body, named);
  std::ranges::sort(named);
  const auto again = std::ranges::unique(named);
  named.erase(again.begin(), again.end());
  return named;
}

std::span<const Environment> Environments::of(const schema::Action& action) {
  const auto [found, fresh] = by_action_.try_emplace(&action);
  if (!fresh) return found->second;
  const Type* context = types_.of(action.applies_to.context);
  for (const std::string& principal : action.applies_to.principals) {
    for (const std::string& resource : action.applies_to.resources) {
      found->second.push_back({&action, types_.entity(principal), types_.entity(resource), context});
    }
  }
  return found->second;
}

const Environments::Actions& Environments::groups_of(const schema::Action& action) {
  const auto [found, fresh] = groups_.try_emplace(&action);
  if (!fresh) return found->second;
  Actions all;
  std::set<const schema::Action*> seen;
  for (Actions pending = {&action}; !pending.empty();) {
    const schema::Action* next = pending.back();
    pending.pop_back();
    if (next == nullptr || !seen.insert(next).second) continue;
    for (const policy::EntityUid& parent : next->parents) pending.push_back(types_.schema().action(parent));
  }
  found->second.assign(seen.begin(), seen.end());
  return found->second;
}

const Environments::Actions& Environments::members_of(const schema::Action& group) {
  if (members_.empty()) {
    for (const auto& [uid, action] : types_.schema().actions()) {
      for (const schema::Action* of : groups_of(action)) members_[of].push_back(&action);
    }
  }
  return members_[&group];
}

Environments::Actions Environments::known(const NamedActions& named) const {
  Actions known;
  for (const policy::EntityUid& uid : named) {
    if (const schema::Action* action = types_.schema().action(uid)) known.push_back(action);
  }
  return known;
}

// For each action named: whether this one is it, is in it, and has it within.
std::vector<bool> Environments::standing(const schema::Action& action, const Actions& named) {
  std::vector<bool> standing;
  for (const schema::Action* other : named) {
    standing.push_back(&action == other);
    standing.push_back(std::ranges::binary_search(groups_of(action), other));
    standing.push_back(std::ranges::binary_search(groups_of(*other), &action));
  }
  return standing;
}

std::vector<Environment> Environments::gather(const Actions& actions, const NamedActions& named) {
  std::vector<Environment> gathered;
  std::set<std::tuple<const Type*, const Type*, const Type*, std::string_view, std::vector<bool>>> seen;
  const Actions others = known(named);
  for (const schema::Action* action : actions) {
    const std::vector<bool> standing = this->standing(*action, others);
    for (const Environment& environment : of(*action)) {
      const bool fresh =
          seen.emplace(environment.principal, environment.resource, environment.context, action->uid.type, standing)
              .second;
      if (fresh) gathered.push_back(environment);
    }
  }
  return gathered;
}

std::span<const Environment> Environments::everywhere(const NamedActions& named) {
  const auto [found, fresh] = gathered_.try_emplace(Key{true, {}, named});
  if (fresh) {
    Actions all;
    for (const auto& [uid, action] : types_.schema().actions()) all.push_back(&action);
    found->second = gather(all, named);
  }
  return found->second;
}

std::span<const Environment> Environments::within(const std::vector<policy::EntityUid>& groups,
                                                  const NamedActions& named) {
  const auto [found, fresh] = gathered_.try_emplace(Key{false, groups, named});
  if (!fresh) return found->second;
  const auto by_name = [](const schema::Action* one, const schema::Action* other) { return one->uid < other->uid; };
  std::set<const schema::Action*, decltype(by_name)> members(by_name);
  for (const schema::Action* group : known(groups)) {
    const Actions& of = members_of(*group);
    members.insert(of.begin(), of.end());
  }
  found->second = gather(Actions(members.begin(), members.end()), named);
  return found->second;
}

}  // namespace cordon::validation
