// Proofs and differences in words and in JSON.
#pragma once

#include "cordon/analysis/diff.h"
#include "cordon/wire/json.h"

namespace cordon::app {

void print_proof(analysis::Claim claim, const analysis::Proof& proof);
wire::Json proof_json(analysis::Claim claim, const analysis::Proof& proof);

void print_difference(const analysis::Difference& difference);
wire::Json difference_json(const analysis::Difference& difference);

}  // namespace cordon::app
