// The evidence of one Cordon as commands need it: found, read, counted, verified.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "app/cordon/arguments.h"
#include "cordon/base/result.h"
#include "cordon/evidence/record.h"
#include "cordon/wire/json.h"

namespace cordon::app {

struct LogPlace {
  std::filesystem::path evidence;
  std::optional<std::filesystem::path> policy;  // known when a configuration is
};

// From --evidence, or from the configuration named by --config (default cordon.yaml).
Result<LogPlace> log_place(const Arguments& arguments);

struct LogVerdict {
  bool ok = false;
  std::uint64_t records = 0;
  std::string head;   // SHA-256 of the last line
  std::string fault;  // the first one, with file and line
};

LogVerdict verify_log(const std::filesystem::path& folder, const std::function<void(std::uint64_t)>& progress = {});

Result<evidence::Record> find_record(const std::filesystem::path& folder, std::uint64_t sequence);

// Calls visit for every record, oldest first.
Result<void> each_record(const std::filesystem::path& folder,
                         const std::function<void(const evidence::Record&)>& visit);

Result<std::uint64_t> count_refusals(const std::filesystem::path& folder);

wire::Json record_json(const evidence::Record& record);

}  // namespace cordon::app
