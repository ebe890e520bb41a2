// policies/sbi.cedarschema as built in: what a policy is held against that brings no schema of its own.
#pragma once

#include <string_view>

namespace cordon::administrator {

std::string_view default_schema();

}  // namespace cordon::administrator
