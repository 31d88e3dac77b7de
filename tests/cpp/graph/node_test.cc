#include "graph/node.h"

#include <gtest/gtest.h>

#include "graph/support/graphs.h"

namespace tenon {
namespace {

Names namesOf(const std::vector<NodePtr>& nodes) {
  Names names;
  for (const NodePtr& node : nodes) names.push_back(node->name);
  return names;
}

TEST(Node, inputsStandBeforeTheirUsersInDepthFirstOrder) {
  const Symbol x = Symbol::variable("x");
  const Symbol y = Symbol::variable("y");
  const Symbol a = apply("_test_add", "a", {x, y});
  const Symbol b = apply("_test_mul", "b", {y, a});
  EXPECT_EQ(namesOf(topologicalOrder(b.outputs())), (Names{"y", "x", "a", "b"}));
}

TEST(Node, severalOutputsAreWalkedOneAfterTheOther) {
  const Symbol x = Symbol::variable("x");
  const Symbol a = apply("_test_sin", "a", {x});
  const Symbol b = apply("_test_cos", "b", {x});
  const Symbol both = Symbol::group(std::vector{b, a, b});
  EXPECT_EQ(namesOf(topologicalOrder(both.outputs())), (Names{"x", "b", "a"}));
}

TEST(Node, controlInputsComeAfterDataInputs) {
  const Symbol a = apply("_test_sin", "a", {Symbol::variable("x")});
  const Symbol b = apply("_test_sin", "b", {Symbol::variable("y")});
  b.outputs()[0].node->control_inputs.push_back(a.outputs()[0].node);
  EXPECT_EQ(namesOf(topologicalOrder(b.outputs())), (Names{"y", "x", "a", "b"}));
}

TEST(Node, nothingHasAnEmptyOrder) { EXPECT_TRUE(topologicalOrder({}).empty()); }

TEST(Node, isDescribedByNameAndOperator) {
  const Symbol a = apply("_test_sin", "a", {Symbol::variable("x")});
  EXPECT_EQ(a.outputs()[0].node->describe(), "node \"a\" (_test_sin)");
  EXPECT_EQ(Symbol::variable("x").outputs()[0].node->describe(), "variable \"x\"");
}

TEST(Node, copyKeepsEverythingButTheInputs) {
  const Symbol a = apply("_test_scale", "a", {Symbol::variable("x")}, {{"scalar", "2"}});
  Node& node = *a.outputs()[0].node;
  node.dynamic = {3};
  const NodePtr copy = copyNode(node, Symbol::variable("y").outputs(), {});
  EXPECT_EQ(copy->name, "a");
  EXPECT_EQ(copy->attrs, node.attrs);
  EXPECT_EQ(copy->dict, node.dict);
  EXPECT_EQ(copy->dynamic, node.dynamic);
  EXPECT_EQ(copy->inputs[0].node->name, "y");
}

}  // namespace
}  // namespace tenon
