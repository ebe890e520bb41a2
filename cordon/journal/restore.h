// What the publisher does before it publishes: takes up the tree where tiles and checkpoint left it, and adds what
// the journal holds beyond. Refuses what no crash can explain. Reads only.
#pragma once

#include <functional>
#include <memory>

#include "cordon/journal/disk.h"
#include "cordon/journal/edge.h"
#include "cordon/transparency/note.h"

namespace cordon::journal {

// The edge of the tree the checkpoint signs.
Result<Edge> restore_edge(const std::shared_ptr<Disk>& disk, const transparency::Checkpoint& checkpoint);

// The journal's entries from the edge's size on, a few at a time. Those before it that the last tile holds are
// compared.
Result<void> replay(Disk& disk, const Edge& edge, const std::function<Result<void>(const Leaves&)>& take);

}  // namespace cordon::journal
