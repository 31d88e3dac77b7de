// From a symbol's graph to one whose nodes are tasks: gradients added, everything inferred, kernels
// prepared, reorders put in where a kernel wants another layout than its input has.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "exec/plan.h"

namespace tenon {

/// What lowering knows of a node of the lowered graph.
struct LoweredNode {
  enum class Kind { kOperator, kReorder, kArgument, kAuxiliary, kHeadGradient, kPacked };
  Kind kind = Kind::kOperator;
  const Kernel* kernel = nullptr;
  PreparedPtr prepared;
  std::vector<TensorSpec> outputs;
  int index = 0;  ///< head gradients: of the output
  NodePtr packs;  ///< packed: the argument
};

struct LoweredGraph {
  std::vector<NodeEntry> outputs;
  /// Parallel: gradients, the arguments they belong to, what to do with them.
  std::vector<NodeEntry> gradients;
  std::vector<std::string> gradient_names;
  std::vector<Request> gradient_requests;
  std::unordered_map<const Node*, LoweredNode> nodes;
};

LoweredGraph lower(const PlanRequest& request);

}  // namespace tenon
