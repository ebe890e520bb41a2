// A schema as it was written: what the readers of both syntaxes hand to the resolution. Names are not yet looked up.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cordon/policy/token.h"

namespace cordon::schema {

using policy::Complaint;
using policy::Read;

// A place that only its reader can show: a byte offset, or the number of a path in a JSON document.
using Where = std::uint32_t;

struct Reference {
  std::string name;  // "A", "N::A", "__cedar::Long"
  Where where = 0;
};

enum class WrittenKind : std::uint8_t {
  boolean,
  integer,
  string,
  set,
  record,
  extension,  // `name`
  entity,     // `name` must be an entity type
  common,     // `name` must be a common type
  either      // `name` is a common type, or else an entity type (RFC 24)
};

struct WrittenAttribute;

struct WrittenType {
  WrittenKind kind = WrittenKind::record;
  bool open = false;  // record: other attributes are allowed too
  Where where = 0;
  std::string name;
  std::vector<WrittenType> element;          // set: one
  std::vector<WrittenAttribute> attributes;  // record: no name twice
};

struct WrittenAttribute {
  std::string name;
  Where where = 0;
  WrittenType type;
  bool required = true;
};

struct WrittenCommon {
  std::string name;
  Where where = 0;
  WrittenType type;
};

struct EntityBody {
  std::vector<Reference> parents;
  WrittenType shape;
  std::optional<WrittenType> tags;
  std::vector<std::string> enumerated;  // not empty: all else is empty
};

// One declaration may have several names: they share the body.
struct WrittenEntity {
  std::string name;
  Where where = 0;
  std::shared_ptr<const EntityBody> body;
};

struct ActionReference {
  std::string type = "Action";
  std::string id;
  Where where = 0;
};

struct ActionBody {
  std::vector<ActionReference> parents;
  std::vector<Reference> principals;
  std::vector<Reference> resources;
  WrittenType context;
};

struct WrittenAction {
  std::string id;
  Where where = 0;
  std::shared_ptr<const ActionBody> body;
};

struct WrittenNamespace {
  std::string name;  // empty: the empty namespace
  Where where = 0;
  std::vector<WrittenCommon> commons;
  std::vector<WrittenEntity> entities;
  std::vector<WrittenAction> actions;
};

struct WrittenSchema {
  std::vector<WrittenNamespace> namespaces;
  std::vector<Complaint> warnings;  // of the reader
};

}  // namespace cordon::schema
