// Inference from names to lists of shapes and dtypes.
#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "graph/graph_scope.h"
#include "graph/names.h"
#include "graph/passes/passes.h"
#include "graph/symbol.h"

namespace tenon {

namespace {

/// One value per entry: the given ones at the variables of those names, `unknown` elsewhere.
template <class Value>
std::vector<Value> placeKnown(const Symbol& symbol, const IndexedGraph& graph,
                              const std::map<std::string, Value>& known, const Value& unknown) {
  std::vector<Value> values(static_cast<size_t>(graph.num_entries), unknown);
  std::unordered_set<std::string> unused;
  for (const auto& [name, value] : known) unused.insert(name);
  for (size_t node = 0; node < graph.nodes.size(); ++node) {
    if (!graph.nodes[node]->isVariable()) continue;
    const auto found = known.find(graph.nodes[node]->name);
    if (found == known.end()) continue;
    values[static_cast<size_t>(graph.first_entry[node])] = found->second;
    unused.erase(found->first);
  }
  if (!unused.empty()) {
    const std::string& name = *std::min_element(unused.begin(), unused.end());
    fail(ErrorKind::kInvalidArgument, "the symbol has no argument \"", name, "\"",
         didYouMean(name, symbol.listInputs()));
  }
  return values;
}

template <class Result, class Value, class IsKnown>
Result collect(const IndexedGraph& graph, const std::vector<Value>& values, IsKnown is_known) {
  std::vector<bool> written(graph.nodes.size());
  for (size_t node = 0; node < graph.nodes.size(); ++node) {
    for (size_t i = 0; i < graph.inputs[node].size(); ++i) {
      if (graph.nodes[node]->attrs->mutates(static_cast<int>(i))) {
        written[static_cast<size_t>(graph.inputs[node][i].node)] = true;
      }
    }
  }
  Result result;
  for (size_t node = 0; node < graph.nodes.size(); ++node) {
    if (!graph.nodes[node]->isVariable()) continue;
    (written[node] ? result.auxiliary : result.arguments)
        .push_back(values[static_cast<size_t>(graph.first_entry[node])]);
  }
  for (const IndexedGraph::Operand& output : graph.outputs) {
    result.outputs.push_back(values[static_cast<size_t>(graph.entryOf(output))]);
  }
  const auto all = [&](const std::vector<Value>& list) {
    return std::all_of(list.begin(), list.end(), is_known);
  };
  result.complete = all(result.arguments) && all(result.outputs) && all(result.auxiliary);
  return result;
}

}  // namespace

InferredShapes Symbol::inferShapes(const std::map<std::string, Shape>& known) const {
  const GraphReadScope reading;
  const IndexedGraph graph(outputs_);
  std::vector<Shape> shapes = placeKnown(*this, graph, known, Shape());
  tenon::inferShapes(graph, &shapes);
  return collect<InferredShapes>(graph, shapes, [](const Shape& shape) { return shape.known(); });
}

InferredTypes Symbol::inferTypes(const std::map<std::string, DType>& known) const {
  const GraphReadScope reading;
  const IndexedGraph graph(outputs_);
  std::vector<DType> types = placeKnown(*this, graph, known, DType::kUnknown);
  tenon::inferTypes(graph, &types);
  return collect<InferredTypes>(graph, types, [](DType type) { return type != DType::kUnknown; });
}

}  // namespace tenon
