// Secrets kept in files that only their owner may read.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "cordon/base/result.h"

namespace cordon::evidence {

// The file's content. When there is no such file, make() gives the content and the file is written with mode 0600.
// A file that others may read is refused: the secret in it is none.
Result<std::string> secret_file(const std::filesystem::path& path, const std::function<Result<std::string>()>& make);

}  // namespace cordon::evidence
