// What is done with every symbol that a fuzz target gets hold of.
#pragma once

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "fuzz/refusing.h"
#include "graph/passes/passes.h"
#include "graph/symbol.h"

namespace tenon {

/// Lists, writes, reads again, infers, differentiates, plans: each may refuse, but what was written
/// must be read again as the same.
inline void examine(const Symbol& symbol, const std::map<std::string, Shape>& shapes) {
  const std::string json = symbol.toJson();
  if (Symbol::fromJson(json, "written").toJson() != json) std::abort();
  symbol.listOutputs();
  symbol.listInputs();
  symbol.attributes();
  refusing([&] { symbol.inferShapes(shapes); });
  refusing([&] { symbol.inferTypes({}); });
  refusing([&] {
    std::vector<NodeEntry> wanted;
    for (const NodePtr& node : topologicalOrder(symbol.outputs())) {
      if (node->isVariable()) wanted.push_back({node});
    }
    const std::vector<NodeEntry> heads(symbol.outputs().size());
    std::vector<NodeEntry> all = symbol.outputs();
    for (NodeEntry& gradient : differentiate(symbol.outputs(), heads, wanted)) {
      if (gradient.node != nullptr) all.push_back(gradient);
    }
    const IndexedGraph graph(mergeEqualNodes(all));
    std::vector<Shape> inferred;
    inferShapes(graph, &inferred);
    std::vector<DType> dtypes;
    inferTypes(graph, &dtypes);
  });
}

}  // namespace tenon
