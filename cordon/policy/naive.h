// A second, deliberately plain reading of Cedar for differential tests: its own trees, written out as policy text for
// the engine, and a straight walk over them that copies every value and throws when evaluation fails.
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/policy.h"

namespace cordon::policy::naive {

struct Failure {};

struct Tree {
  std::string op;  // "lit", "var", "if", "&&", "like", "has", ".", "set", ...
  Value literal;
  std::string name;  // variable, attribute, type or pattern
  std::vector<std::string> keys;
  std::vector<Tree> parts;
};

struct Rule {
  bool forbid = false;
  bool linked = false;                      // written as a template whose slots a link binds
  std::string principal, action, resource;  // operators of the scope: "", "==", "in", "is", "is in"
  EntityUid principal_uid, resource_uid;
  std::vector<EntityUid> actions;
  std::vector<std::pair<bool, Tree>> clauses;  // unless?, body
};

struct World {
  std::map<EntityUid, Entity> entities;
  Request request;
};

struct Answer {
  bool allow = false;
  std::vector<std::string> determining;
  std::vector<std::string> errors;
  bool operator==(const Answer&) const = default;
};

std::string written(const Tree& tree);
std::string written(const Rule& rule);
Link link_of(const Rule& rule, std::string template_id, std::string id);
Value evaluated(const Tree& tree, const World& world);
bool within(const World& world, const EntityUid& low, const EntityUid& high);
Answer decided(const std::vector<Rule>& rules, const World& world, bool fail_closed);

// Random rules and worlds over a small vocabulary, so that things meet. Mostly well typed.
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}
  World world();
  std::vector<Rule> rules();

 private:
  enum class Kind { boolean, number, text, entity, set, record, decimal, network, time, span };
  static constexpr std::size_t kKinds = 10;
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  bool once_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  Kind kind() { return static_cast<Kind>(below(kKinds)); }
  Value extension(Kind kind);
  EntityUid uid();
  EntityUid action();
  Value value(int depth);
  Record record(int depth);
  Tree tree(Kind kind, int depth);
  Tree leaf(Kind kind);
  Tree boolean(int depth);
  Tree comparison(int depth);
  Tree extension_tree(Kind kind, int depth);
  Tree extension_test(int depth);
  Rule rule();
  void scope(std::string& op, EntityUid& uid);

  std::mt19937 random_;
};

}  // namespace cordon::policy::naive
