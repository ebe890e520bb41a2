#include <limits>

#include "cordon/policy/naive.h"

namespace cordon::policy::naive {

namespace {

const std::vector<std::string> kTypes = {"U", "G", "S::T"};
const std::vector<std::string> kIds = {"a", "b", "c", "d"};
const std::vector<std::string> kActions = {"x", "y", "read", "all"};
// Number, text, entity, set, record, flag; decimal, ipaddr, datetime ("when"), duration ("length").
const std::vector<std::string> kNames = {"n", "t", "e", "s", "r", "f", "d", "i", "w", "l"};
const std::vector<std::string> kTexts = {"", "a", "ab", "abab", "b*a", "\"q\"", "é", "a\nb"};
const std::vector<std::string> kPatterns = {"", "*", "a*", "*b", "a*b", "*a*b*", "ab", "**"};
const std::vector<std::int64_t> kNumbers = {
    0, 1, -1, 2, 7, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(), 3037000500};

const std::vector<std::string> kNetworks = {"10.0.0.0/8", "10.1.2.3",  "0.0.0.0/0", "127.0.0.1",    "224.0.0.0/3",
                                            "::1",        "ff02::/16", "::/0",      "::ffff:7f00:1"};
const std::vector<std::int64_t> kTimes = {
    0, -1, 1, 86'400'000, 1'704'067'200'000, -86'400'001, 253'402'300'799'999, -62'167'219'200'000, 3'600'000};

Tree node(std::string op, std::vector<Tree> parts, std::string name = {}) {
  return {.op = std::move(op), .literal = {}, .name = std::move(name), .keys = {}, .parts = std::move(parts)};
}

Tree literal(Value value) { return {.op = "lit", .literal = std::move(value), .name = {}, .keys = {}, .parts = {}}; }

}  // namespace

EntityUid Generator::uid() { return {pick(kTypes), pick(kIds)}; }
EntityUid Generator::action() { return {"Action", pick(kActions)}; }

Value Generator::extension(Kind kind) {
  switch (kind) {
    case Kind::decimal:
      return Decimal{pick(kNumbers)};
    case Kind::network:
      return *ip_of(pick(kNetworks));
    case Kind::time:
      return Datetime{pick(kTimes)};
    default:
      return Duration{once_in(3) ? pick(kNumbers) : pick(kTimes)};
  }
}

Value Generator::value(int depth) {
  if (once_in(4)) return extension(static_cast<Kind>(6 + below(4)));
  switch (below(depth > 0 ? 6 : 4)) {
    case 0:
      return once_in(2);
    case 1:
      return pick(kNumbers);
    case 2:
      return pick(kTexts);
    case 3:
      return uid();
    case 4:
      return Value::set({value(depth - 1), value(depth - 1)});
    default:
      return record(depth - 1);
  }
}

// Every name has a usual type, so that rules often find what they look for; sometimes it is absent or another.
Record Generator::record(int depth) {
  Record made;
  if (!once_in(5)) made["n"] = pick(kNumbers);
  if (!once_in(5)) made["t"] = pick(kTexts);
  if (!once_in(5)) made["e"] = uid();
  if (!once_in(5)) made["f"] = once_in(2);
  if (!once_in(5)) made["s"] = Value::set({pick(kNumbers), pick(kTexts), uid()});
  if (!once_in(5)) made["d"] = extension(Kind::decimal);
  if (!once_in(5)) made["i"] = extension(Kind::network);
  if (!once_in(5)) made["w"] = extension(Kind::time);
  if (!once_in(5)) made["l"] = extension(Kind::span);
  if (depth > 0 && !once_in(5)) made["r"] = record(depth - 1);
  if (once_in(6)) made[pick(kNames)] = value(1);
  return made;
}

World Generator::world() {
  World made;
  for (const std::string& type : kTypes) {
    for (const std::string& id : kIds) {
      if (once_in(3)) continue;
      Entity entity{.uid = {type, id}, .attributes = record(1), .parents = {}, .tags = record(0)};
      for (const std::string& above : kTypes) {  // upward only, so that there is no cycle
        const EntityUid parent{above, pick(kIds)};
        if (parent > entity.uid && once_in(2)) entity.parents.push_back(parent);
      }
      made.entities.emplace(entity.uid, entity);
    }
  }
  for (std::size_t i = 0; i < kActions.size(); ++i) {
    Entity entity{.uid = {"Action", kActions[i]}, .attributes = {}, .parents = {}};
    for (std::size_t j = i + 1; j < kActions.size(); ++j) {
      if (once_in(3)) entity.parents.push_back({"Action", kActions[j]});
    }
    if (!once_in(4)) made.entities.emplace(entity.uid, entity);
  }
  made.request = {.principal = uid(), .action = action(), .resource = uid(), .context = record(2)};
  return made;
}

Tree Generator::leaf(Kind kind) {
  static const std::vector<std::string> kVariables = {"principal", "resource", "context"};
  const auto attribute = [&](const char* name) { return node(".", {node("var", {}, pick(kVariables))}, name); };
  const bool stored = once_in(2);
  switch (kind) {
    case Kind::boolean:
      return stored ? attribute("f") : literal(once_in(2));
    case Kind::number:
      return stored ? attribute("n") : literal(pick(kNumbers));
    case Kind::text:
      return stored ? attribute("t") : literal(pick(kTexts));
    case Kind::set:
      return stored ? attribute("s") : literal(Value::set({pick(kNumbers), pick(kTexts)}));
    case Kind::record:
      return stored ? attribute("r") : node("var", {}, "context");
    case Kind::entity:
      break;
    default:
      return stored ? attribute(kind == Kind::decimal   ? "d"
                                : kind == Kind::network ? "i"
                                : kind == Kind::time    ? "w"
                                                        : "l")
                    : literal(extension(kind));
  }
  if (stored) return attribute("e");
  return once_in(2) ? literal(uid())
                    : node("var", {},
                           once_in(3)                       ? "action"
                           : pick(kVariables) == "resource" ? "resource"
                                                            : "principal");
}

Tree Generator::tree(Kind kind, int depth) {
  if (once_in(25)) kind = this->kind();  // a mistake of type now and then
  if (depth <= 0) return leaf(kind);
  if (once_in(8)) return node("if", {boolean(depth - 1), tree(kind, depth - 1), tree(kind, depth - 1)});
  if (once_in(6)) return node(".", {tree(once_in(2) ? Kind::record : Kind::entity, depth - 1)}, pick(kNames));
  if (once_in(12)) return node("call", {tree(Kind::entity, depth - 1), literal(pick(kNames))}, "getTag");
  switch (kind) {
    case Kind::boolean:
      return boolean(depth);
    case Kind::number:
      break;
    case Kind::set:
      return node("set", {tree(Kind::number, depth - 1), tree(Kind::entity, depth - 1)});
    case Kind::record: {
      Tree made = node("record", {tree(Kind::number, depth - 1), tree(Kind::boolean, depth - 1)});
      made.keys = {"n", "f"};
      return made;
    }
    case Kind::text:
    case Kind::entity:
      return leaf(kind);
    default:
      return extension_tree(kind, depth);
  }
  static const std::vector<std::string> kUnits = {"toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"};
  if (once_in(4)) return node("call", {tree(Kind::span, depth - 1)}, pick(kUnits));
  if (once_in(4)) return node("neg", {tree(Kind::number, depth - 1)});
  return node(pick(std::vector<std::string>{"+", "-", "*"}),
              {tree(Kind::number, depth - 1), tree(Kind::number, depth - 1)});
}

Tree Generator::extension_tree(Kind kind, int depth) {
  if (kind == Kind::time) {
    if (once_in(3)) return node("call", {tree(Kind::time, depth - 1)}, "toDate");
    return node("call", {tree(Kind::time, depth - 1), tree(Kind::span, depth - 1)}, "offset");
  }
  if (kind != Kind::span) return leaf(kind);
  if (once_in(3)) return node("call", {tree(Kind::time, depth - 1)}, "toTime");
  return node("call", {tree(Kind::time, depth - 1), tree(Kind::time, depth - 1)}, "durationSince");
}

Tree Generator::extension_test(int depth) {
  static const std::vector<std::string> kOfDecimals = {"lessThan", "lessThanOrEqual", "greaterThan",
                                                       "greaterThanOrEqual"};
  static const std::vector<std::string> kOfNetworks = {"isIpv4", "isIpv6", "isLoopback", "isMulticast"};
  const auto pair = [&](Kind kind) { return std::vector<Tree>{tree(kind, depth - 1), tree(kind, depth - 1)}; };
  switch (below(5)) {
    case 0:
      return node("call", pair(Kind::decimal), pick(kOfDecimals));
    case 1:
      return node("call", {tree(Kind::network, depth - 1)}, pick(kOfNetworks));
    case 2:
      return node("call", pair(Kind::network), "isInRange");
    case 3:
      return node("call", {tree(Kind::entity, depth - 1), literal(pick(kNames))}, "hasTag");
    default:
      return node(pick(std::vector<std::string>{"<", "<=", ">", ">="}), pair(once_in(2) ? Kind::time : Kind::span));
  }
}

Tree Generator::boolean(int depth) {
  if (depth <= 0) return leaf(Kind::boolean);
  if (once_in(4)) return extension_test(depth);
  switch (below(9)) {
    case 0:
      return node("&&", {boolean(depth - 1), boolean(depth - 1)});
    case 1:
      return node("||", {boolean(depth - 1), boolean(depth - 1)});
    case 2:
      return node("!", {boolean(depth - 1)});
    case 3:
      return node("like", {tree(Kind::text, depth - 1)}, pick(kPatterns));
    case 4:
      return node("is", {tree(Kind::entity, depth - 1)}, pick(kTypes));
    case 5:
      return node("has", {tree(once_in(2) ? Kind::record : Kind::entity, depth - 1)},
                  pick(kNames) + (once_in(3) ? "." + pick(kNames) : ""));
    default:
      return comparison(depth);
  }
}

Tree Generator::comparison(int depth) {
  const auto pair = [&](Kind kind) { return std::vector<Tree>{tree(kind, depth - 1), tree(kind, depth - 1)}; };
  switch (below(7)) {
    case 0:
      return node(once_in(2) ? "==" : "!=", pair(kind()));
    case 1:
      return node(pick(std::vector<std::string>{"<", "<=", ">", ">="}), pair(Kind::number));
    case 2:
      return node("in", pair(Kind::entity));
    case 3:
      return node("in", {tree(Kind::entity, depth - 1), node("set", pair(Kind::entity))});
    case 4:
      return node("call", {tree(Kind::set, depth - 1)}, "isEmpty");
    case 5:
      return node("call", pair(Kind::set), once_in(2) ? "containsAll" : "containsAny");
    default:
      return node("call", {tree(Kind::set, depth - 1), tree(static_cast<Kind>(below(4)), depth - 1)}, "contains");
  }
}

void Generator::scope(std::string& op, EntityUid& wanted) {
  static const std::vector<std::string> kForms = {"", "", "", "==", "in", "in", "is", "is in"};
  op = pick(kForms);
  wanted = uid();
}

Rule Generator::rule() {
  Rule made;
  made.forbid = once_in(3);
  scope(made.principal, made.principal_uid);
  scope(made.resource, made.resource_uid);
  made.action = pick(std::vector<std::string>{"", "==", "in", "in"});
  const std::size_t count = made.action == "in" ? below(4) : made.action.empty() ? 0 : 1;
  for (std::size_t i = 0; i < count; ++i) made.actions.push_back(action());
  for (std::size_t i = below(3); i > 0; --i) made.clauses.emplace_back(once_in(3), boolean(4));
  return made;
}

std::vector<Rule> Generator::rules() {
  std::vector<Rule> made;
  for (std::size_t i = 1 + below(8); i > 0; --i) made.push_back(rule());
  return made;
}

}  // namespace cordon::policy::naive
