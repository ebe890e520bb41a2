// What the commands of access to evidence share: where everything lies, opened, and how an access is recorded.
#pragma once

#include <filesystem>
#include <memory>

#include "app/cordon/arguments.h"
#include "app/cordon/evidence_log.h"
#include "app/cordon/log_commands.h"
#include "cordon/archive/log_reader.h"
#include "cordon/audit/access.h"
#include "cordon/audit/index.h"
#include "cordon/vault/vault.h"

namespace cordon::app {

struct AuditPlace : LogPlace {
  std::filesystem::path socket;    // of the log's writer
  std::filesystem::path auditors;  // who is enrolled
};
// What log_place() finds, and beside the evidence its writer's socket and the list of auditors (or --auditors FILE).
Result<AuditPlace> audit_place(const Arguments& arguments);

struct OpenEvidence {
  archive::LogReader log;
  audit::Index index;
  std::unique_ptr<vault::Vault> vault;
};
Result<OpenEvidence> open_evidence(const AuditPlace& place);

// --policy FILE with its schema beside it (or --schema), else the default rules.
Result<audit::AccessRules> access_rules(const Arguments& arguments);
Result<audit::Auditors> read_auditors(const AuditPlace& place);  // no file: nobody is enrolled

// Through the running writer; an error when it does not answer within five seconds.
audit::KeepRecord keep_through(std::filesystem::path socket);
// The key of one record's header, also of one not published yet.
audit::HeaderKeyOf header_keys(const AuditPlace& place, const vault::Vault& vault);

// The pseudonyms in closed epochs, unlocked by --approve NAME=FILE,NAME=FILE (read_approvals()).
Result<std::vector<vault::Pseudonym>> earlier_pseudonyms(const Arguments& arguments, const AuditPlace& place,
                                                         const std::string& subject);

// --record, --subject, --caller, --producer, --rule, --action, --decision, --kind, --trace, --since, --until
Result<audit::Filter> read_filter(const Arguments& arguments);
Result<vault::Groups> read_groups(const Arguments& arguments);  // --groups header,analyst,personal
Result<WallTime> read_time(std::string_view option, const std::string& text);

}  // namespace cordon::app
