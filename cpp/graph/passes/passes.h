// The passes that exec runs over a graph, each in its own file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/node.h"
#include "ops/registry/kernel.h"

namespace tenon {

/// A graph flattened: nodes in topological order, operands by number. Base of plans.
struct IndexedGraph {
  struct Operand {
    int node = 0;
    int index = 0;
  };
  explicit IndexedGraph(const std::vector<NodeEntry>& heads);

  std::vector<NodePtr> nodes;
  std::unordered_map<const Node*, int> ids;
  std::vector<std::vector<Operand>> inputs;  ///< per node
  std::vector<int> first_entry;              ///< per node: number of its output 0 among all entries
  int num_entries = 0;
  std::vector<Operand> outputs;
  int entryOf(Operand o) const { return first_entry[static_cast<size_t>(o.node)] + o.index; }
};

/// Shapes (and dtypes) per entry, inferred in both directions to a fixed point. `shapes` and
/// `dtypes` come in with what is known (one element per entry, or none at all); a variable of which
/// nothing is known takes its `__shape__` and
/// `__dtype__`. Throws kInvalidArgument naming the node, its operator and its inputs; leaves
/// unknown what cannot be known.
void inferShapes(const IndexedGraph& graph, std::vector<Shape>* shapes);
void inferTypes(const IndexedGraph& graph, std::vector<DType>* dtypes);

/// Differentiates `outputs` with respect to `wanted`. `head_gradients` is parallel to `outputs`
/// (null node: ones, or nothing where the operator ignores head gradients). Returns one entry per
/// wanted, null node where no gradient flows. Gradients that meet are summed in a fixed order. The
/// backward nodes of a node are named `<node>_backward`,
/// `<node>_backward2`, …; they are ordinary nodes, which can be differentiated again. Throws
/// kUnsupported for an operator without gradient on the way to something wanted.
std::vector<NodeEntry> differentiate(const std::vector<NodeEntry>& outputs,
                                     const std::vector<NodeEntry>& head_gradients,
                                     const std::vector<NodeEntry>& wanted);

/// The same outputs over a graph in which equal computations are done once: nodes of one operator
/// with equal attributes and equal inputs, unless they are random or write something. Nodes that
/// nothing depends on are gone with it; nodes that need no change are shared with the old graph.
std::vector<NodeEntry> mergeEqualNodes(const std::vector<NodeEntry>& outputs);

/// Where every entry lives: which arena buffer, at what offset; in-place sharing where
/// registrations allow it and the input, of the same size, is read by nobody else later.
struct MemoryPlan {
  struct Slot {
    int64_t offset =
        -1;  ///< in the arena, a multiple of 64; -1: external (a variable, or as requested)
    int64_t bytes = 0;
    int shares_with = -1;  ///< entry whose memory this one took over in place; -1: none
  };
  std::vector<Slot> slots;     ///< per entry
  int64_t arena_bytes = 0;     ///< with sharing
  int64_t unshared_bytes = 0;  ///< what it would be without
};
struct MemoryRequest {
  std::vector<int64_t> entry_bytes;  ///< per entry (layouts' sizes where they apply)
  std::vector<bool>
      external;            ///< per entry: memory comes from outside (of variables it always does)
  std::vector<bool> keep;  ///< per entry: alive until the end, as the graph's outputs always are
  std::vector<bool> no_inplace;  ///< per node: outputs may not take over inputs
  std::vector<std::pair<int, int>>
      segments;  ///< node ranges [from, to) that may run concurrently with none; informational
};
MemoryPlan planMemory(const IndexedGraph& graph, const MemoryRequest& request);

}  // namespace tenon
