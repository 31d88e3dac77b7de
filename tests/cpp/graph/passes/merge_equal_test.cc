#include <gtest/gtest.h>

#include "graph/passes/passes.h"
#include "graph/support/graphs.h"
#include "graph/symbol.h"

namespace tenon {
namespace {

size_t countOperators(const std::vector<NodeEntry>& outputs) {
  size_t count = 0;
  for (const NodePtr& node : topologicalOrder(outputs)) count += node->isVariable() ? 0 : 1;
  return count;
}

TEST(MergeEqualNodes, equalComputationsAreDoneOnce) {
  const Symbol x = Symbol::variable("x");
  const Symbol a = apply("_test_sin", "a", {apply("_test_cos", "c", {x})});
  const Symbol b = apply("_test_sin", "b", {apply("_test_cos", "d", {x})});
  const Symbol sum = apply("_test_add", "sum", {a, b});
  const std::vector<NodeEntry> merged = mergeEqualNodes(sum.outputs());
  EXPECT_EQ(countOperators(sum.outputs()), 5u);
  EXPECT_EQ(countOperators(merged), 3u);
  EXPECT_EQ(evaluate(merged, {{"x", 0.5}}), evaluate(sum.outputs(), {{"x", 0.5}}));
}

TEST(MergeEqualNodes, whatDiffersStaysApart) {
  const Symbol x = Symbol::variable("x");
  const auto scaled = [&x](const char* name, const char* by) {
    return apply("_test_scale", name, {x}, {{"scalar", by}});
  };
  const Symbol dynamic = scaled("c", "2");
  dynamic.outputs()[0].node->dynamic = {7};
  const Symbol all =
      Symbol::group(std::vector{scaled("a", "2"), scaled("b", "3"), dynamic, scaled("d", "2")});
  EXPECT_EQ(countOperators(mergeEqualNodes(all.outputs())), 3u);
}

TEST(MergeEqualNodes, orderOfInputsAndOutputNumbersMatter) {
  const Symbol x = Symbol::variable("x");
  const Symbol y = Symbol::variable("y");
  const Symbol pair = apply("_test_pair", "p", {x, y});
  const Symbol all = Symbol::group(std::vector{
      apply("_test_mul", "a", {x, y}), apply("_test_mul", "b", {y, x}),
      apply("_test_sin", "c", {pair.output(0)}), apply("_test_sin", "d", {pair.output(1)})});
  EXPECT_EQ(countOperators(mergeEqualNodes(all.outputs())), 5u);
}

TEST(MergeEqualNodes, randomAndWritingOperatorsAreLeftAlone) {
  const Symbol x = Symbol::variable("x");
  const Symbol state = Symbol::variable("state");
  const Symbol all = Symbol::group(
      std::vector{apply("_test_noise", "a", {x}), apply("_test_noise", "b", {x}),
                  apply("_test_state", "c", {x, state}), apply("_test_state", "d", {x, state})});
  EXPECT_EQ(countOperators(mergeEqualNodes(all.outputs())), 4u);
}

TEST(MergeEqualNodes, aVariableReadBeforeAndAfterItIsWrittenIsNotTheSame) {
  const Symbol state = Symbol::variable("state");
  const Symbol before = apply("_test_sin", "before", {state});
  const Symbol writer = apply("_test_state", "w", {Symbol::variable("x"), state});
  const Symbol after = apply("_test_sin", "after", {state});
  const Symbol all = Symbol::group(std::vector{before, writer, after});
  EXPECT_EQ(countOperators(mergeEqualNodes(all.outputs())), 3u);
}

TEST(MergeEqualNodes, unchangedNodesAreShared) {
  const Symbol sine = apply("_test_sin", "a", {Symbol::variable("x")});
  EXPECT_EQ(mergeEqualNodes(sine.outputs())[0].node, sine.outputs()[0].node);
}

TEST(MergeEqualNodes, theForwardPartsOfGradientsAreFoundAgain) {
  const Symbol x = Symbol::variable("x");
  const Symbol sine = apply("_test_sin", "s", {x});
  const Symbol both = Symbol::group(std::vector{sine, apply("_test_cos", "c", {x})});
  std::vector<NodeEntry> all = both.outputs();
  all.push_back(differentiate(sine.outputs(), {}, x.outputs())[0]);
  EXPECT_EQ(countOperators(all), 5u);
  EXPECT_EQ(countOperators(mergeEqualNodes(all)), 4u);
}

}  // namespace
}  // namespace tenon
