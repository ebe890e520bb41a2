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

bool takes_slot(const std::string& op) { return op == "==" || op == "in" || op == "is in"; }

std::string scope_text(const std::string& variable, const std::string& op, const EntityUid& uid, bool slot) {
  if (op.empty()) return variable;
  if (op == "is") return variable + " is " + uid.type;
  const std::string entity = slot ? "?" + variable : uid.text();
  if (op == "is in") return variable + " is " + uid.type + " in " + entity;
  return variable + " " + op + " " + entity;
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
  text += scope_text("principal", rule.principal, rule.principal_uid, rule.linked) + ", " + action_text(rule) + ", " +
          scope_text("resource", rule.resource, rule.resource_uid, rule.linked) + ")";
  for (const auto& [unless, body] : rule.clauses) text += (unless ? " unless { " : " when { ") + written(body) + " }";
  return text + ";\n";
}

Link link_of(const Rule& rule, std::string template_id, std::string id) {
  Link link{.template_id = std::move(template_id), .id = std::move(id), .principal = {}, .resource = {}};
  if (takes_slot(rule.principal)) link.principal = rule.principal_uid;
  if (takes_slot(rule.resource)) link.resource = rule.resource_uid;
  return link;
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

Value set_call(const std::string& name, const Set& set, const std::vector<Value>& arguments) {
  if (name == "isEmpty") return set.empty();
  const Value& argument = arguments.at(0);
  if (name == "contains") return holds(set, argument);
  bool all = true, any = false;
  for (const Value& wanted : members(argument)) (holds(set, wanted) ? any : all) = holds(set, wanted);
  return name == "containsAll" ? all : any;
}

Value tag_call(const std::string& name, const EntityUid& uid, const Value& key, const World& world) {
  if (key.as_string() == nullptr) throw Failure{};
  const auto found = world.entities.find(uid);
  const bool present = found != world.entities.end() && found->second.tags.contains(*key.as_string());
  if (name == "hasTag") return present;
  if (!present) throw Failure{};
  return found->second.tags.find(*key.as_string())->second;
}

Value decimal_call(const std::string& name, Decimal one, const Value& value) {
  if (value.as_decimal() == nullptr) throw Failure{};
  const std::int64_t a = one.units, b = value.as_decimal()->units;
  if (name == "lessThan") return a < b;
  if (name == "lessThanOrEqual") return a <= b;
  if (name == "greaterThan") return a > b;
  return a >= b;
}

// An address as a text of its bits, as long as its prefix: "is in range" is then "starts with".
std::string bits(const IpNetwork& network) {
  std::string text = network.v6 ? "6:" : "4:";
  for (unsigned i = 0; i < network.prefix; ++i) text += (network.address[i / 8] >> (7 - i % 8)) & 1 ? '1' : '0';
  return text;
}

Value network_call(const std::string& name, const IpNetwork& network, const std::vector<Value>& arguments) {
  const std::string text = bits(network);
  if (name == "isIpv4") return !network.v6;
  if (name == "isIpv6") return network.v6;
  if (name == "isMulticast") return text.starts_with("4:1110") || text.starts_with("6:11111111");
  if (name == "isLoopback") return text.starts_with("4:01111111") || text == "6:" + std::string(127, '0') + "1";
  if (arguments.at(0).as_ip() == nullptr) throw Failure{};
  return text.starts_with(bits(*arguments[0].as_ip()));
}

constexpr Whole kDay = 86'400'000;

Whole midnight(Whole time) {
  Whole day = time / kDay;
  if (day * kDay > time) --day;
  return day * kDay;
}

Value time_call(const std::string& name, Whole time, const std::vector<Value>& arguments) {
  const auto whole = [](Whole result) { return *fitting(result).as_long(); };
  if (name == "toDate") return Datetime{whole(midnight(time))};
  if (name == "toTime") return Duration{whole(time - midnight(time))};
  const Value& argument = arguments.at(0);
  if (name == "offset" && argument.as_duration() != nullptr) {
    return Datetime{whole(time + argument.as_duration()->milliseconds)};
  }
  if (name == "durationSince" && argument.as_datetime() != nullptr) {
    return Duration{whole(time - argument.as_datetime()->milliseconds)};
  }
  throw Failure{};
}

Value span_call(const std::string& name, std::int64_t milliseconds) {
  static const std::map<std::string, std::int64_t> kUnits = {{"toMilliseconds", 1},
                                                             {"toSeconds", 1000},
                                                             {"toMinutes", 60'000},
                                                             {"toHours", 3'600'000},
                                                             {"toDays", 86'400'000}};
  return milliseconds / kUnits.at(name);
}

// Which kind of value a method is of.
std::string owner(const std::string& name) {
  if (name == "hasTag" || name == "getTag") return "Entity";
  if (name.starts_with("contains") || name == "isEmpty") return "Set";
  if (name.starts_with("less") || name.starts_with("greater")) return "decimal";
  if (name.starts_with("is")) return "ipaddr";
  return name == "offset" || name == "durationSince" || name == "toDate" || name == "toTime" ? "datetime"
                                                                                             : "duration";
}

Value call(const Tree& tree, const World& world) {
  const Value target = evaluated(tree.parts[0], world);
  std::vector<Value> arguments;
  for (std::size_t i = 1; i < tree.parts.size(); ++i) arguments.push_back(evaluated(tree.parts[i], world));
  const std::string kind = owner(tree.name);
  if (target.kind() != kind) throw Failure{};
  if (kind == "Entity") return tag_call(tree.name, entity(target), arguments.at(0), world);
  if (kind == "Set") return set_call(tree.name, members(target), arguments);
  if (kind == "decimal") return decimal_call(tree.name, *target.as_decimal(), arguments.at(0));
  if (kind == "ipaddr") return network_call(tree.name, *target.as_ip(), arguments);
  if (kind == "datetime") return time_call(tree.name, target.as_datetime()->milliseconds, arguments);
  return span_call(tree.name, target.as_duration()->milliseconds);
}

Value variable(const std::string& name, const Request& request) {
  if (name == "principal") return request.principal;
  if (name == "action") return request.action;
  if (name == "resource") return request.resource;
  return request.context;
}

Value ordered(const std::string& op, const Value& left, const Value& right) {
  std::int64_t a = 0, b = 0;
  if (left.as_datetime() != nullptr && right.as_datetime() != nullptr) {
    a = left.as_datetime()->milliseconds, b = right.as_datetime()->milliseconds;
  } else if (left.as_duration() != nullptr && right.as_duration() != nullptr) {
    a = left.as_duration()->milliseconds, b = right.as_duration()->milliseconds;
  } else {
    a = number(left), b = number(right);
  }
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  return op == ">" ? a > b : a >= b;
}

Value binary(const Tree& tree, const World& world) {
  const Value left = evaluated(tree.parts[0], world);
  const Value right = evaluated(tree.parts[1], world);
  const std::string& op = tree.op;
  if (op == "==") return left == right;
  if (op == "!=") return !(left == right);
  if (op == "in") return belongs(left, right, world);
  if (op.starts_with('<') || op.starts_with('>')) return ordered(op, left, right);
  const Whole a = number(left), b = number(right);
  if (op == "+") return fitting(a + b);
  if (op == "-") return fitting(a - b);
  return fitting(a * b);
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
