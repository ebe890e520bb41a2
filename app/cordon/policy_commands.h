// The commands of `cordon policy`, one file each, and what they share.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"
#include "cordon/wire/json.h"

namespace cordon::app {

extern const Command kPolicyNewCommand;
extern const Command kPolicyCheckCommand;
extern const Command kPolicyFormatCommand;
extern const Command kPolicyConvertCommand;
extern const Command kPolicyTestCommand;
extern const Command kPolicyExplainCommand;
extern const Command kPolicyReplayCommand;
extern const Command kPolicyDiffCommand;
extern const Command kPolicyProveCommand;
extern const Command kPolicyBundleCommand;

inline constexpr std::size_t kMostPolicyText = std::size_t{64} << 20;  // bytes of a file of policies or data

// Cedar text, or a policy set in JSON when the name ends in .json.
Result<policy::PolicySet> read_policies(const std::string& file);

// The schema named by --schema, else the one beside `file`; nothing when there is neither.
struct FoundSchema {
  std::string file;
  schema::Schema schema;
};
Result<std::optional<FoundSchema>> read_schema(const Arguments& arguments, const std::string& file);

// The entities of --entities, with the schema's actions.
Result<policy::Entities> read_entities(const Arguments& arguments, const schema::Schema* schema);

policy::Profile profile_of(const Arguments& arguments);  // --reference: as Cedar answers; else fail-closed

wire::Json decision_json(const policy::Decision& decision);

}  // namespace cordon::app
