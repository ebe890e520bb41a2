// NFs that make up a new nfInstanceId at every start (Open5GS does; the inventory says `names_itself`). The
// identifier one registers with is bound to its entry of the inventory, and policy hears of the NF under that entry's
// instance.
#pragma once

#include "cordon/enforcement/case.h"

namespace cordon::enforcement {

struct Prospect;

// Puts the caller's instance of the inventory in place of the identifier it gave itself: in path, query, body and
// record. An identifier that somebody else registered, or that the inventory gives to an NF, stays as it is.
void know_by_own_instance(Case& c, wire::sbi::Classified& classified, wire::sbi::BodyFacts& facts,
                          const Ledger* ledger);

// The step after a permit: who names itself registers with the names and addresses that the inventory gives it.
std::optional<Verdict> check_own_addresses(Case& c);

// What a good answer to a permitted registration binds.
void foresee_own_instance(const Case& c, const Ledger& ledger, Prospect& out);

}  // namespace cordon::enforcement
