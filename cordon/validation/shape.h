// Capabilities: what an expression that holds proves of others. After `principal has age` holds, `principal.age` may
// be read; the proof is of any expression written the same way, so expressions are compared by shape.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cordon/policy/ast.h"

namespace cordon::validation {

using ShapeId = std::uint32_t;
using Capability = std::uint32_t;
using Capabilities = std::vector<Capability>;  // in any order, duplicates harmless

Capabilities intersection(Capabilities one, Capabilities other);

// Numbers for the expressions of one policy: equal when what they abbreviate is equal, so `a != b` is `!(a == b)`.
// They are remembered by address: the expressions must outlive this.
class Shapes {
 public:
  ShapeId of(const policy::Expression& expression);
  ShapeId member(ShapeId target, std::string_view attribute);   // target.attribute
  Capability attribute(ShapeId target, std::string_view name);  // target has name
  Capability tag(ShapeId target, ShapeId key);                  // target.hasTag(key)

 private:
  ShapeId made_of(const policy::Expression& expression);
  ShapeId fold(std::string_view operation, const policy::Expression& expression);
  ShapeId sum(const policy::Expression& expression);
  ShapeId operation(std::string_view name, const policy::Expression& expression, std::string_view text = {});
  ShapeId has(const policy::Expression& expression);
  ShapeId record(const policy::Expression& expression);
  ShapeId like(const policy::Expression& expression);
  ShapeId node(std::string_view name, const std::vector<ShapeId>& operands, std::string_view text = {});

  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::unordered_map<const policy::Expression*, ShapeId> known_;
};

}  // namespace cordon::validation
