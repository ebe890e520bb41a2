// What is checked and what a finding leads to: the built-in rules, and those of the overlay with their constraints.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/inspection/pattern.h"

namespace cordon::inspection {

enum class Mode : std::uint8_t { off, observe, warn, block };
std::string_view name_of(Mode mode);
std::optional<Mode> mode_named(std::string_view name);

// In the order of kBuiltIn in rules.cpp; rules of the overlay follow.
enum BuiltIn : std::uint16_t {
  kSchemaType,
  kSchemaRequired,
  kSchemaEnumeration,
  kSchemaPattern,
  kSchemaRange,
  kSchemaLength,
  kSchemaItems,
  kSchemaMembers,
  kSchemaClosed,
  kSchemaChoice,
  kSchemaExcluded,
  kBodyMissing,
  kBodyUnexpected,
  kBodyMediaType,
  kQueryRequired,
  kQueryUnknown,
  kQueryJson,
  kMultipartParts,
  kMultipartContentId,
  kMultipartType,
  kJsonSyntax,
  kJsonDuplicate,
  kJsonDepth,
  kJsonLeaves,
  kJsonBytes,
  kErrorBody,
  kLocationUri,
  kLocationHost,
  kEffort,
  kBuiltIns
};

struct Rule {
  std::string id;   // "schema.type", "arrays.cap"
  std::string why;  // finishes the sentence "/supi: ..."
  Mode request = Mode::block;
  Mode response = Mode::block;
};

enum class What : std::uint8_t {
  max_items,
  max_members,
  max_length,
  minimum,
  maximum,
  pattern,
  closed_enumeration,
  closed_object,
  requires_member,
  only_with,
  callback
};
inline constexpr std::size_t kWhats = 11;

struct Constraint {
  What what;
  std::uint16_t rule = 0;
  std::uint16_t next = 0;   // of the same place; 0: the last
  std::int64_t number = 0;  // the cap or bound; of pattern, requires_member and only_with an index
};

struct Condition {  // only_with: a member stands only beside another of certain values
  std::string member;
  std::vector<std::string> values;
};

// Immutable once read. The overlay's own constraints are found by node, by member, or hold everywhere.
class Rules {
 public:
  // yaml: empty for the built-in overlay (policies/overlay.yaml). Errors name file, line and key.
  static Result<std::shared_ptr<Rules>> load(std::string_view yaml, std::string_view file);

  // "rules: {id: mode}" of cordon.yaml; false: no rule is called so.
  bool set_mode(std::string_view id, Mode mode);
  void limit_modes(Mode most);  // whatever a rule says, no more than this

  const std::vector<Rule>& all() const { return rules_; }
  const Rule& operator[](std::uint16_t rule) const { return rules_[rule]; }
  Mode mode(std::uint16_t rule, bool response) const {
    return response ? rules_[rule].response : rules_[rule].request;
  }

  // First constraint of a place, 0: none; the list goes on by Constraint::next.
  std::uint16_t of_node(std::uint16_t node) const { return of_node_[node]; }
  std::uint16_t of_member(std::uint16_t member) const { return of_member_[member]; }
  const Constraint& constraint(std::uint16_t index) const { return constraints_[index]; }
  const Constraint* everywhere(What what) const {
    const auto index = everywhere_[static_cast<std::size_t>(what)];
    return index == 0 ? nullptr : &constraints_[index];
  }
  const Pattern& overlay_pattern(std::int64_t index) const {
    return overlay_patterns_[static_cast<std::size_t>(index)];
  }
  const std::string& text(std::int64_t index) const { return texts_[static_cast<std::size_t>(index)]; }
  const Condition& condition(std::int64_t index) const { return conditions_[static_cast<std::size_t>(index)]; }
  const Pattern& schema_pattern(std::uint16_t index) const { return (*schema_patterns_)[index]; }

 private:
  friend class OverlayReader;

  std::vector<Rule> rules_;
  std::vector<Constraint> constraints_{Constraint{}};  // 0 is none
  std::vector<std::uint16_t> of_node_, of_member_;
  std::array<std::uint16_t, kWhats> everywhere_{};
  std::vector<Pattern> overlay_patterns_;
  std::vector<std::string> texts_;
  std::vector<Condition> conditions_;
  std::shared_ptr<const std::vector<Pattern>> schema_patterns_;  // one set for the whole process
};

std::span<const Rule> built_in_rules();
std::string_view default_overlay();
Result<std::shared_ptr<const std::vector<Pattern>>> schema_patterns();

}  // namespace cordon::inspection
