// The oracle of memory plans.
#pragma once

#include "graph/passes/passes.h"

namespace tenon {

/// Runs the plan with a memory whose bytes know which entry they hold, and fails when a node reads
/// an entry that another one has overwritten, or takes over an input that somebody reads later.
void checkLives(const IndexedGraph& graph, const MemoryRequest& request, const MemoryPlan& plan);

}  // namespace tenon
