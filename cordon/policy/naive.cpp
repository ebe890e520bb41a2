#include "cordon/policy/naive.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace cordon::policy::naive {

// === as text, in parentheses throughout ===

namespace {

std::string joined(const std::vector<Tree>& parts, const std::string& by) {
  std::string text;
  for (const Tree& part : parts) text += (text.empty() ? "" : by) + written(part);
  return text;
}

std::string record_text(const Tree& tree) {
  std::string text = "{";
  for (std::size_t i = 0; i < tree.parts.size(); ++i)
    text += "\"" + tree.keys[i] + "\": " + written(tree.parts[i]) + ",";
  return text + "}";
}

std::string scope_text(const std::string& variable, const std::string& op, const EntityUid& uid) {
  if (op.empty()) return variable;
  if (op == "is") return variable + " is " + uid.type;
  if (op == "is in") return variable + " is " + uid.type + " in " + uid.text();
  return variable + " " + op + " " + uid.text();
}

std::string action_text(const Rule& rule) {
  if (rule.action.empty()) return "action";
  if (rule.action == "==") return "action == " + rule.actions[0].text();
  std::string list;
  for (const EntityUid& uid : rule.actions) list += (list.empty() ? "" : ", ") + uid.text();
  return "action in [" + list + "]";
}

}  // namespace

std::string written(const Tree& tree) {
  const auto& p = tree.parts;
  if (tree.op == "lit") return "(" + tree.literal.text() + ")";
  if (tree.op == "var") return tree.name;
  if (tree.op == "if") return "(if " + written(p[0]) + " then " + written(p[1]) + " else " + written(p[2]) + ")";
  if (tree.op == "!") return "(!" + written(p[0]) + ")";
  if (tree.op == "neg") return "(-" + written(p[0]) + ")";
  if (tree.op == "like") return "(" + written(p[0]) + " like \"" + tree.name + "\")";
  if (tree.op == "is") return "(" + written(p[0]) + " is " + tree.name + ")";
  if (tree.op == "has") return "(" + written(p[0]) + " has " + tree.name + ")";
  if (tree.op == ".") return written(p[0]) + "." + tree.name;
  if (tree.op == "call") return written(p[0]) + "." + tree.name + "(" + (p.size() > 1 ? written(p[1]) : "") + ")";
  if (tree.op == "set") return "[" + joined(p, ", ") + "]";
  if (tree.op == "record") return record_text(tree);
  return "(" + joined(p, " " + tree.op + " ") + ")";
}

std::string written(const Rule& rule) {
  std::string text = rule.forbid ? "forbid(" : "permit(";
  text += scope_text("principal", rule.principal, rule.principal_uid) + ", " + action_text(rule) + ", " +
          scope_text("resource", rule.resource, rule.resource_uid) + ")";
  for (const auto& [unless, body] : rule.clauses) text += (unless ? " unless { " : " when { ") + written(body) + " }";
  return text + ";\n";
}

// === the walk ===

namespace {

__extension__ using Whole = __int128;  // wide enough that no single operation overflows

bool boolean(const Value& value) {
  if (const bool* truth = value.as_bool()) return *truth;
  throw Failure{};
}

std::int64_t number(const Value& value) {
  if (const auto* found = value.as_long()) return *found;
  throw Failure{};
}

EntityUid entity(const Value& value) {
  if (const auto* found = value.as_entity()) return *found;
  throw Failure{};
}

Set members(const Value& value) {
  if (const auto* found = value.as_set()) return *found;
  throw Failure{};
}

Value fitting(Whole result) {
  if (result > std::numeric_limits<std::int64_t>::max() || result < std::numeric_limits<std::int64_t>::min()) {
    throw Failure{};
  }
  return static_cast<std::int64_t>(result);
}

const Record* fields(const Value& value, const World& world) {  // null: an entity nobody knows
  if (const auto* record = value.as_record()) return record;
  const auto found = world.entities.find(entity(value));
  return found == world.entities.end() ? nullptr : &found->second.attributes;
}

bool alike(const std::string& text, std::size_t t, const std::string& pattern, std::size_t p) {
  if (p == pattern.size()) return t == text.size();
  if (pattern[p] == '*') return alike(text, t, pattern, p + 1) || (t < text.size() && alike(text, t + 1, pattern, p));
  return t < text.size() && text[t] == pattern[p] && alike(text, t + 1, pattern, p + 1);
}

bool holds(const Set& set, const Value& wanted) {
  return std::ranges::any_of(set, [&](const Value& member) { return member == wanted; });
}

Value has(const Tree& tree, const World& world) {
  Value value = evaluated(tree.parts[0], world);
  std::string rest = tree.name + ".";
  while (!rest.empty()) {
    const std::string name = rest.substr(0, rest.find('.'));
    rest.erase(0, name.size() + 1);
    const Record* record = fields(value, world);
    if (record == nullptr || !record->contains(name)) return false;
    value = Value(record->find(name)->second);
  }
  return true;
}

Value get(const Tree& tree, const World& world) {
  const Value target = evaluated(tree.parts[0], world);
  const Record* record = fields(target, world);
  if (record == nullptr || !record->contains(tree.name)) throw Failure{};
  return record->find(tree.name)->second;
}

Value belongs(const Value& low, const Value& high, const World& world) {
  const EntityUid uid = entity(low);
  if (high.as_entity() != nullptr) return within(world, uid, *high.as_entity());
  bool any = false;
  for (const Value& member : members(high)) any = within(world, uid, entity(member)) || any;
  return any;
}

Value call(const Tree& tree, const World& world) {
  const Set set = members(evaluated(tree.parts[0], world));
  if (tree.name == "isEmpty") return set.empty();
  const Value argument = evaluated(tree.parts[1], world);
  if (tree.name == "contains") return holds(set, argument);
  bool all = true, any = false;
  for (const Value& wanted : members(argument)) (holds(set, wanted) ? any : all) = holds(set, wanted);
  return tree.name == "containsAll" ? all : any;
}

Value variable(const std::string& name, const Request& request) {
  if (name == "principal") return request.principal;
  if (name == "action") return request.action;
  if (name == "resource") return request.resource;
  return request.context;
}

Value binary(const Tree& tree, const World& world) {
  const Value left = evaluated(tree.parts[0], world);
  const Value right = evaluated(tree.parts[1], world);
  const std::string& op = tree.op;
  if (op == "==") return left == right;
  if (op == "!=") return !(left == right);
  if (op == "in") return belongs(left, right, world);
  const Whole a = number(left), b = number(right);
  if (op == "+") return fitting(a + b);
  if (op == "-") return fitting(a - b);
  if (op == "*") return fitting(a * b);
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  return op == ">" ? a > b : a >= b;
}

}  // namespace

Value evaluated(const Tree& tree, const World& world) {
  const auto part = [&](std::size_t i) { return evaluated(tree.parts[i], world); };
  if (tree.op == "lit") return tree.literal;
  if (tree.op == "var") return variable(tree.name, world.request);
  if (tree.op == "if") return boolean(part(0)) ? part(1) : part(2);
  if (tree.op == "&&") return boolean(part(0)) ? Value(boolean(part(1))) : Value(false);
  if (tree.op == "||") return boolean(part(0)) ? Value(true) : Value(boolean(part(1)));
  if (tree.op == "!") return !boolean(part(0));
  if (tree.op == "neg") return fitting(-Whole{number(part(0))});
  if (tree.op == "has") return has(tree, world);
  if (tree.op == ".") return get(tree, world);
  if (tree.op == "call") return call(tree, world);
  if (tree.op == "is") return entity(part(0)).type == tree.name;
  if (tree.op == "like") {
    const Value text = part(0);
    if (text.as_string() == nullptr) throw Failure{};
    return alike(*text.as_string(), 0, tree.name, 0);
  }
  if (tree.op == "set") {
    std::vector<Value> all;
    for (std::size_t i = 0; i < tree.parts.size(); ++i) all.push_back(part(i));
    return Value::set(all);
  }
  if (tree.op == "record") {
    Record all;
    for (std::size_t i = 0; i < tree.parts.size(); ++i) all[tree.keys[i]] = part(i);
    return all;
  }
  return binary(tree, world);
}

bool within(const World& world, const EntityUid& low, const EntityUid& high) {
  if (low == high) return true;
  const auto found = world.entities.find(low);
  if (found == world.entities.end()) return false;
  return std::ranges::any_of(found->second.parents, [&](const EntityUid& up) { return within(world, up, high); });
}

namespace {

bool in_scope(const World& world, const std::string& op, const EntityUid& uid, const EntityUid& wanted) {
  if (op.empty()) return true;
  if (op == "==") return uid == wanted;
  if (op == "is") return uid.type == wanted.type;
  return (op == "in" || uid.type == wanted.type) && within(world, uid, wanted);
}

bool applies(const Rule& rule, const World& world) {
  const Request& request = world.request;
  const bool action = rule.action.empty() || std::ranges::any_of(rule.actions, [&](const EntityUid& uid) {
                        return rule.action == "==" ? uid == request.action : within(world, request.action, uid);
                      });
  return action && in_scope(world, rule.principal, request.principal, rule.principal_uid) &&
         in_scope(world, rule.resource, request.resource, rule.resource_uid);
}

bool satisfied(const Rule& rule, const World& world) {
  return std::ranges::all_of(
      rule.clauses, [&](const auto& clause) { return boolean(evaluated(clause.second, world)) != clause.first; });
}

}  // namespace

Answer decided(const std::vector<Rule>& rules, const World& world, bool fail_closed) {
  std::vector<std::string> permits, forbids, erring;
  Answer answer;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!applies(rules[i], world)) continue;
    const std::string id = "policy" + std::to_string(i);
    try {
      if (satisfied(rules[i], world)) (rules[i].forbid ? forbids : permits).push_back(id);
    } catch (const Failure&) {
      answer.errors.push_back(id);
      if (rules[i].forbid) erring.push_back(id);
    }
  }
  if (forbids.empty() && fail_closed) forbids = erring;
  answer.allow = forbids.empty() && !permits.empty();
  answer.determining = forbids.empty() ? permits : forbids;
  return answer;
}

}  // namespace cordon::policy::naive
