#include <limits>

#include "base/error.h"
#include "graph/passes/passes.h"

namespace tenon {

IndexedGraph::IndexedGraph(const std::vector<NodeEntry>& heads) : nodes(topologicalOrder(heads)) {
  ids.reserve(nodes.size());
  inputs.reserve(nodes.size());
  first_entry.reserve(nodes.size());
  const auto operandOf = [this](const NodeEntry& entry) {
    return Operand{ids.at(entry.node.get()), entry.index};
  };
  for (const NodePtr& node : nodes) {
    ids.emplace(node.get(), static_cast<int>(first_entry.size()));
    first_entry.push_back(num_entries);
    constexpr int kMost = std::numeric_limits<int>::max();
    TENON_CHECK(node->numOutputs() <= kMost - num_entries, kUnsupported, "the graph has more than ",
                kMost, " outputs of nodes");
    num_entries += node->numOutputs();
    std::vector<Operand> operands;
    operands.reserve(node->inputs.size());
    for (const NodeEntry& input : node->inputs) operands.push_back(operandOf(input));
    inputs.push_back(std::move(operands));
  }
  outputs.reserve(heads.size());
  for (const NodeEntry& head : heads) outputs.push_back(operandOf(head));
}

}  // namespace tenon
