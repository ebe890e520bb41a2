// cordon policy bundle: policies, schema and entities as one signed archive.
#pragma once

#include "app/cordon/command.h"

namespace cordon::app {

int run_policy_bundle(const Words& words);

}  // namespace cordon::app
