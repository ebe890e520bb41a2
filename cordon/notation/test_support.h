// What several tests of this room need.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"
#include "cordon/wire/json.h"

namespace cordon::notation {

std::string read_vectors(const std::string& name);  // the whole file
// The lines of vectors/, without comments and empty lines, each split at its tabs.
std::vector<std::vector<std::string>> vector_rows(const std::string& name);

wire::Json json(std::string_view text);        // throws, and so fails the test, when it is none
policy::Policy parsed(std::string_view text);  // the first policy or template of the text
const schema::Schema& data_schema();           // vectors/data.cedarschema
std::string error_of(const Result<std::vector<policy::Entity>>& read);  // empty when there is none

}  // namespace cordon::notation
