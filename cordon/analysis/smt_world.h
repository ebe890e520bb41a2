// One request environment in SMT-LIB: the sorts of its types, an unknown request, and unknown entities. Entities are
// the strings of their ids; attributes, tags and ancestors are functions of them. Every entity that is mentioned is
// taken to exist and to conform to the schema.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cordon/analysis/environment.h"
#include "cordon/analysis/smt_script.h"

namespace cordon::analysis::smt {

// The value of an expression, and whether it has one: `ok` is false where evaluation fails.
struct Symbolic {
  schema::Type type;
  Term term;
  Term ok = kTrue;
};

class World {
 public:
  World(const schema::Schema& schema, const Environment& environment, Script& script);

  const Symbolic& principal() const { return principal_; }
  const Symbolic& action() const { return action_; }
  const Symbolic& resource() const { return resource_; }
  const Symbolic& context() const { return context_; }
  const schema::Schema& schema() const { return schema_; }
  Script& script() { return script_; }

  Symbolic entity(std::string type, Term id);  // mentions it
  std::string sort_of(const schema::Type& type);
  Term make_record(const schema::Type& type, const std::vector<Term>& present_values);  // in the order of attributes

  // An attribute of a record or an entity: whether it is there, and its value where it is.
  struct Field {
    Term present = kFalse;
    Symbolic value;
  };
  Field field(const Symbolic& of, const std::string& name);
  Field tag(const Symbolic& entity, const Term& key);
  bool has_tags(const std::string& entity_type) const;

  Term is_in(const Symbolic& entity, const Symbolic& ancestor);  // reflexive
  Term is_in_any(const Symbolic& entity, const Symbolic& set);   // of entities, as a set's term
  Term equal(const Symbolic& a, const Symbolic& b);

  void close();  // says what holds of the entities mentioned: no cycles, ancestors of ancestors are ancestors

  // What a counterexample is read from.
  const std::map<std::string, std::set<Term>>& mentioned() const { return mentioned_; }  // entity type -> ids
  const std::map<std::string, std::set<Term>>& tag_keys() const { return tag_keys_; }    // entity type -> keys
  std::string attributes_function(const std::string& entity_type);
  std::string tags_function(const std::string& entity_type);
  std::string ancestors_function(const std::string& entity_type, const std::string& ancestor_type);
  std::vector<std::string> ancestor_types(const std::string& entity_type) const;
  schema::Type record_of(const std::string& entity_type) const;  // of its attributes
  const schema::Type* tag_type(const std::string& entity_type) const;

 private:
  void declare_reachable(const schema::Type& type, std::set<std::string>& seen);
  Symbolic unknown(schema::Type type, std::string_view hint);
  void conform(const schema::Type& type, const Term& term);  // what the schema promises of a value from outside
  std::string option_sort(const schema::Type& type);
  std::string record_sort(const schema::Type& type);
  Term records_equal(const Symbolic& a, const Symbolic& b);
  Term declared_in(const std::string& function, const std::string& entity_type, const std::string& sort);
  void close_ancestors(const std::string& type, const Term& id);

  const schema::Schema& schema_;
  Script& script_;
  std::map<std::string, std::string> record_sorts_;  // text of the type -> sort
  std::map<std::string, std::string> option_sorts_;  // sort of the value -> sort of the option
  std::set<std::string> declared_;
  std::map<std::string, std::string> short_names_;  // entity type -> a name SMT-LIB allows
  std::map<std::string, std::set<Term>> mentioned_;
  std::map<std::string, std::set<Term>> tag_keys_;
  Symbolic principal_, action_, resource_, context_;
};

// What `sort_of` makes of scalars.
schema::Type boolean();
schema::Type integer();

}  // namespace cordon::analysis::smt
