// The evidence of one Cordon as commands need it: found, read, counted, verified.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "app/cordon/arguments.h"
#include "cordon/base/result.h"
#include "cordon/enforcement/settings.h"
#include "cordon/evidence/record.h"
#include "cordon/vault/root_key.h"
#include "cordon/wire/json.h"

namespace cordon::app {

struct LogPlace {
  std::filesystem::path evidence;
  std::filesystem::path vault;
  vault::RootKey root;
  std::optional<std::filesystem::path> policy;  // known when a configuration is
};

// From --evidence with the vault beside it (or --vault), or from the configuration named by --config (default
// cordon.yaml).
Result<LogPlace> log_place(const Arguments& arguments);
Result<LogPlace> log_place(const enforcement::Settings& settings);
LogPlace log_place_beside(
    const std::filesystem::path& evidence);  // <state>/evidence, <state>/vault, <state>/vault-key

// The key above all keys: a token, a passphrase out of its file, or the key file.
Result<vault::RootKey> root_key_of(const enforcement::EvidenceSettings& settings);

struct LogVerdict {
  bool ok = false;
  std::uint64_t records = 0;
  std::string head;   // root of the tree
  std::string fault;  // the first one, with its place
};

LogVerdict verify_log(const std::filesystem::path& evidence, const std::function<void(std::uint64_t)>& progress = {});

// Subscribers are pseudonyms in them: the identifiers are not opened here.
Result<evidence::Record> find_record(const LogPlace& place, std::uint64_t sequence);
// Oldest first, until visit returns false.
Result<void> each_record(const LogPlace& place, std::uint64_t from,
                         const std::function<bool(const evidence::Record&)>& visit);
Result<void> each_record(const LogPlace& place, const std::function<void(const evidence::Record&)>& visit);
Result<std::uint64_t> count_records(const LogPlace& place);
Result<std::uint64_t> count_refusals(const std::filesystem::path& evidence);

wire::Json record_json(const evidence::Record& record);

}  // namespace cordon::app
