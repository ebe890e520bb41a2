// One JSON value held against a schema and the overlay, on the tape of its tokens.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/inspection/rules.h"
#include "cordon/inspection/schema.h"
#include "cordon/wire/json_tape.h"

namespace cordon::inspection {

// What was found where. Places are JSON pointers of names the schemas know; others are written "*", so that neither
// a value nor a subscriber's identity gets into a record.
struct Finding {
  std::uint16_t rule = 0;
  Mode mode = Mode::block;
  std::string place;
};

inline constexpr std::size_t kMaxFindings = 32;

// Findings in memory that is reused; more than kMaxFindings are counted, not kept.
class Findings {
 public:
  void clear() { used_ = 0; }
  void add(std::uint16_t rule, Mode mode, std::string_view place);
  std::span<const Finding> all() const { return {kept_.data(), used_}; }

 private:
  std::array<Finding, kMaxFindings> kept_;
  std::size_t used_ = 0;
};

using KnowsHost = std::function<bool(std::string_view)>;

struct Subject {
  const wire::JsonTape* tape = nullptr;
  bool response = false;
  bool merge_patch = false;             // RFC 7396: null removes a member, whatever its schema
  const KnowsHost* own_host = nullptr;  // of the sender; null: any
  std::string_view place;               // before the JSON pointer: "?snssais", "part 1"
};

// One thread uses a validator. After warm-up it does not allocate.
class Validator {
 public:
  explicit Validator(const Rules& rules) : rules_(rules) {}

  // false: the schema is broken. What is found is added to findings.
  bool validate(const Subject& subject, std::uint16_t node, Findings& findings);

  // A query value or another text that is no JSON: against the schema of a scalar or of a list (a,b,c).
  bool validate_text(std::string_view text, const Subject& subject, std::uint16_t node, Findings& findings);

 private:
  struct Step {
    enum class Kind : std::uint8_t { item, name, unknown } kind;
    std::uint32_t number;
  };
  struct Spot {            // a value on its way through the schema
    std::uint32_t at;      // its token
    std::uint32_t owner;   // the object it is a member of, or itself
    std::uint16_t member;  // index of the schema's member; kNoMember
    bool composed;         // a part of a larger schema: members it does not know may be known to others
  };
  static constexpr std::uint16_t kNoMember = 0xFFFF;

  bool check(const Spot& spot, std::uint16_t node);
  bool check_number(const Spot& spot, const Node& node);
  bool check_range(const RangeFacet& range, std::string_view text);
  bool check_string(const Spot& spot, std::uint16_t node);
  bool check_words(std::string_view text, const TextFacet& facet);
  bool check_array(const Spot& spot, const Node& node);
  bool check_unique(std::uint32_t array);
  bool check_object(const Spot& spot, const Node& node);
  bool check_missing(const ObjectFacet& facet, std::uint64_t missing);
  bool check_member(std::uint32_t name, std::uint32_t object, const ObjectFacet& facet, std::uint64_t& seen);
  void mark_known(std::uint32_t name);
  void forget_trial(std::uint32_t at);
  bool check_combination(const Spot& spot, const Node& node);
  bool check_one_of(const Spot& spot, std::span<const std::uint16_t> branches, bool exactly);
  bool check_strangers(const Spot& spot, const Node& node);
  void constrain(const Spot& spot, std::uint16_t first, std::uint32_t owner);
  bool holds(const Constraint& constraint, std::uint32_t at, std::uint32_t owner);
  bool holds_callback(std::string_view uri) const;
  void cap(What what, std::size_t size, const Spot& spot, std::uint16_t node);
  bool has_own(What what, const Spot& spot, std::uint16_t node) const;

  bool broken(std::uint16_t rule);       // a finding of the schema
  void overstepped(std::uint16_t rule);  // a finding of the overlay
  void write_place();
  std::uint16_t name_of_token(std::uint32_t token);

  const Rules& rules_;
  const Subject* subject_ = nullptr;
  const wire::JsonTape* tape_ = nullptr;
  Findings* findings_ = nullptr;
  std::vector<std::uint8_t> known_;  // by token of a member name: 1 + the trial in which some schema had it
  std::vector<Step> path_;
  std::string place_;
  std::uint64_t effort_left_ = 0;
  std::uint32_t trial_ = 0;        // > 0: one alternative of several is tried, nothing is noted
  std::uint32_t overstepped_ = 0;  // overlay findings of the trial
  wire::JsonTape scalar_;          // for texts that are no JSON
  std::string quoted_;
};

}  // namespace cordon::inspection
