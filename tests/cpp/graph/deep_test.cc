// Graphs as deep as a hundred thousand nodes: nothing that walks them may recurse.
#include <gtest/gtest.h>

#include "graph/passes/passes.h"
#include "graph/support/graphs.h"
#include "graph/symbol.h"

namespace tenon {
namespace {

constexpr int kDepth = 100000;

Symbol chain() {
  Symbol value = Symbol::variable("x");
  for (int i = 0; i < kDepth; ++i) value = apply("_test_sin", "n" + std::to_string(i), {value});
  return value;
}

TEST(DeepGraph, isComposedListedAndDestroyed) {
  const Symbol deep = chain();
  EXPECT_EQ(deep.listArguments(), (Names{"x"}));
  EXPECT_EQ(deep.internals().numOutputs(), kDepth + 1);
  const Symbol copy = deep.compose(Names{"x"}, std::vector{Symbol::variable("y")});
  EXPECT_EQ(copy.listArguments(), (Names{"y"}));
}

TEST(DeepGraph, isWrittenAndRead) {
  const std::string json = chain().toJson();
  EXPECT_EQ(Symbol::fromJson(json, "deep").toJson(), json);
}

TEST(DeepGraph, isInferredInBothDirections) {
  const Symbol deep = chain();
  EXPECT_EQ(deep.inferShapes({{"x", {2, 3}}}).outputs[0], (Shape{2, 3}));
  const IndexedGraph graph(deep.outputs());
  std::vector<Shape> shapes(static_cast<size_t>(graph.num_entries));
  shapes.back() = Shape{5};
  inferShapes(graph, &shapes);
  EXPECT_EQ(shapes.front(), (Shape{5}));
  EXPECT_EQ(deep.inferTypes({{"x", DType::kInt8}}).outputs[0], DType::kInt8);
}

TEST(DeepGraph, isDifferentiatedMergedAndPlanned) {
  const Symbol deep = chain();
  std::vector<NodeEntry> all = deep.outputs();
  all.push_back(differentiate(all, {}, {variableOf(deep, "x")})[0]);
  const IndexedGraph graph(mergeEqualNodes(all));
  MemoryRequest request;
  request.entry_bytes.assign(static_cast<size_t>(graph.num_entries), 64);
  const MemoryPlan plan = planMemory(graph, request);
  EXPECT_LT(plan.arena_bytes, plan.unshared_bytes);
}

}  // namespace
}  // namespace tenon
