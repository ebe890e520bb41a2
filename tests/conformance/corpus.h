// Tests in the layout of cedar-integration-tests: a JSON file that names its policies, entities and schema.
#pragma once

#include <filesystem>

#include "cordon/base/result.h"
#include "tests/conformance/report.h"

namespace cordon::conformance {

// Every such file below the folder.
Result<void> run_corpus(const std::filesystem::path& folder, Report& report);

}  // namespace cordon::conformance
