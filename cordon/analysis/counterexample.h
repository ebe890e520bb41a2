// A concrete request and its entities, read from a solver's model.
#pragma once

#include "cordon/analysis/smt_world.h"
#include "cordon/analysis/solver.h"
#include "cordon/policy/policy.h"

namespace cordon::analysis {

struct Counterexample {
  policy::Request request;
  std::vector<policy::Entity> entities;  // with those of the schema's actions that the request needs
};

// The solver has just found the world's script satisfiable.
Result<Counterexample> read_counterexample(smt::World& world, Solver& solver, const Environment& environment);

}  // namespace cordon::analysis
