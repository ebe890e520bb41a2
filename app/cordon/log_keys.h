// What the commands about keys share: the vault they speak of, passphrases, consent of custodians, and the record
// each change leaves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/cordon/log_audit.h"
#include "cordon/evidence/record.h"
#include "cordon/vault/custodians.h"

namespace cordon::app {

struct OpenKeys {
  AuditPlace place;
  std::shared_ptr<vault::KeyFolder> keys;
};
Result<OpenKeys> open_keys(const Arguments& arguments);

// From --passphrase-file FILE ("-": standard input; /dev/fd/3: a descriptor), else asked for on the terminal without
// echo. The first line, without its end.
// The terminal asks for a new one twice: a slip of the hand would lock everybody out.
Result<crypto::Secret> read_new_passphrase(const Arguments& arguments, std::string_view whose);

// --approve NAME=FILE,NAME=FILE; NAME alone is asked for on the terminal.
Result<std::vector<vault::Approval>> read_approvals(const Arguments& arguments);

// The record of a change by a person at this machine. It holds nothing personal: the caller sees to that.
evidence::Record key_record(std::string_view kind, std::string_view rule, std::string reason,
                            std::vector<std::string> details);

// Through the log's writer, durable on return; what a change of keys must leave before it is made.
Result<std::uint64_t> keep(const AuditPlace& place, const evidence::Record& record);

}  // namespace cordon::app
