// What several tests of this room need.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "cordon/policy/policy.h"

namespace cordon::policy {

std::string read_source(const std::string& path);                // of the source tree
std::vector<std::string> vector_lines(const std::string& name);  // of vectors/, without comments and empty lines

PolicySet parsed(std::string_view text);     // throws, and so fails the test, when the text does not parse
std::string refusal(std::string_view text);  // the error, or "it parses"

Request small_request();    // as vectors/expressions.txt describes it
Entities small_entities();  // as vectors/entities.txt describes them
Decision decide_small(std::string_view text, Profile profile = Profile::reference);

}  // namespace cordon::policy
