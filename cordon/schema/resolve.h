// Written names become the types they stand for.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cordon/schema/schema.h"
#include "cordon/schema/written.h"

namespace cordon::schema {

// Which kinds of declaration a name may mean.
enum class Meaning : std::uint8_t { entity, common, either };

class Resolution {
 public:
  Resolution(const WrittenSchema& written, const Limits& limits) : written_(written), limits_(limits) {}

  Read<Schema> run();                        // once
  std::vector<Complaint> shadowing() const;  // after it: declarations that hide others, which is allowed

 private:
  struct Resolved {
    Type type;
    std::size_t nodes = 1;  // as a tree, shared parts counted each time
    std::size_t depth = 1;
  };
  struct Common {
    const WrittenType* written = nullptr;  // none for built-in types
    std::string_view space;
    Where where = 0;
    bool open = false;  // being resolved: meeting it again is a cycle
    std::optional<Resolved> resolved;
  };
  struct Found {
    std::string name;
    Common* common = nullptr;  // none: an entity type
  };

  // declarations
  void declare(const WrittenNamespace& space);
  void declare_common(const WrittenNamespace& space, const WrittenCommon& common);
  void declare_entity(const WrittenNamespace& space, const WrittenEntity& entity);
  void declare_action(const WrittenNamespace& space, const WrittenAction& action);
  void refuse_cedar(std::string_view name, Where where);
  void refuse_shadowing();
  void refuse_type_shadowing(std::string_view space, const std::string& name, Where where);
  void add_built_in();

  // types
  Resolved type(std::string_view space, const WrittenType& written, std::size_t depth);
  Resolved record(std::string_view space, const WrittenType& written, std::size_t depth);
  Resolved set(std::string_view space, const WrittenType& written, std::size_t depth);
  Resolved extension(const WrittenType& written);
  Resolved named(std::string_view space, const WrittenType& written, std::size_t depth);
  Resolved common(Common& common, std::string_view name, Where where, std::size_t depth);
  bool within_limits(const Resolved& resolved, Where where);
  std::optional<Found> find(std::string_view space, std::string_view name, Meaning meaning);
  std::string entity_name(std::string_view space, const Reference& reference);
  void undeclared(std::string_view space, std::string_view name, Where where, Meaning meaning);
  std::string remedy(std::string_view name, Meaning meaning) const;

  // what stands in the schema
  void resolve_commons();
  void resolve_entities(const WrittenNamespace& space);
  void resolve_entity(const WrittenNamespace& space, const WrittenEntity& entity);
  void resolve_actions(const WrittenNamespace& space);
  void resolve_action(const WrittenNamespace& space, const WrittenAction& action);
  EntityUid action_uid(std::string_view space, const ActionReference& reference);
  std::vector<std::string> applicable(std::string_view space, const std::vector<Reference>& references);
  void close_entity_types();
  void close_actions();
  void charge(std::size_t nodes, Where where);

  void complain(Where where, std::string message, std::string hint);
  bool failed() const { return complaint_.has_value(); }

  const WrittenSchema& written_;
  Limits limits_;
  Schema schema_;
  std::optional<Complaint> complaint_;
  std::size_t charged_ = 0;
  std::unordered_map<std::string, Where> spaces_;
  std::unordered_map<std::string, Common> commons_;
  std::unordered_map<std::string, Where> entities_;
  std::map<EntityUid, Where> actions_;
  std::unordered_set<std::string> action_types_;
};

}  // namespace cordon::schema
