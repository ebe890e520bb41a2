// What an auditor asks: who, for which purpose, about what. Looks at nothing yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cordon/audit/index_key.h"
#include "cordon/base/clock.h"
#include "cordon/evidence/record.h"
#include "cordon/vault/vault.h"

namespace cordon::audit {

// All conditions that are given must hold.
struct Filter {
  std::optional<std::uint64_t> record;
  std::string subject;   // identifier as in Subject::identifier; never written anywhere in clear
  std::string caller;    // inventory name
  std::string producer;  // NF type
  std::string rule;
  std::string action;
  std::string decision;  // "permit", "refuse"
  std::string kind;      // of records: "access", "gap"
  std::string trace;
  std::optional<WallTime> since;
  std::optional<WallTime> until;  // not included
};

struct Question {
  std::string auditor;
  std::string purpose;
  std::string case_reference;
  Filter filter;
  vault::Groups groups{.header = true, .analyst = false, .personal = false};
};

// invalid_input, with the remedy: nothing is asked for, a text is too long, a range of time is none.
Result<void> check_form(const Filter& filter);
// "caller amf1, decision refuse, since 2026-..."; the subject is shown as the pseudonym given.
std::string text_of(const Filter& filter, std::string_view subject_pseudonym);
std::string text_of(const vault::Groups& groups);  // "header, personal"

// Whether a record with its header opened is one that is asked for. The subject is not looked at: see carries().
bool matches(const Filter& filter, const evidence::Record& record);
bool carries(BytesView entry, const std::vector<vault::Pseudonym>& pseudonyms);

// A condition as the index knows it: found under any of these keys (one an epoch).
struct Clause {
  std::string what;  // "caller:amf1", "p:0123..."
  std::vector<IndexKey> any;
  bool operator==(const Clause&) const = default;
};

// What of the filter the index can answer. `pseudonyms`: of the subject, in the epochs to look at.
std::vector<Clause> clauses_of(const Filter& filter, const vault::Vault& vault,
                               const std::vector<vault::Pseudonym>& pseudonyms);
std::string text_of(const vault::Pseudonym& pseudonym);  // "p:" and 20 hexadecimal digits

}  // namespace cordon::audit
