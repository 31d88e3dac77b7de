#include <gtest/gtest.h>

#include "graph/passes/passes.h"
#include "graph/support/graphs.h"
#include "graph/symbol.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

Symbol dot(const std::string& name, const Symbol& lhs, const Symbol& rhs) {
  return apply("_test_dot", name, {lhs, rhs});
}

TEST(Infer, shapesFlowForward) {
  const Symbol sum = apply("_test_add", "sum", {Symbol::variable("x"), Symbol::variable("y")});
  const InferredShapes found = sum.inferShapes({{"x", {2, 3}}});
  EXPECT_EQ(found.arguments, (std::vector{Shape{2, 3}, Shape{2, 3}}));
  EXPECT_EQ(found.outputs, (std::vector{Shape{2, 3}}));
  EXPECT_TRUE(found.complete);
}

TEST(Infer, shapesFlowBackwardThroughSeveralNodes) {
  // y's rows come from x's columns, x's rows from z by way of the product.
  const Symbol product = dot("product", Symbol::variable("x"), Symbol::variable("y"));
  const Symbol sum = apply("_test_add", "sum", {product, Symbol::variable("z")});
  const InferredShapes found = sum.inferShapes({{"x", {-1, 5}}, {"z", {2, 3}}});
  EXPECT_EQ(found.arguments, (std::vector{Shape{2, 5}, Shape{5, 3}, Shape{2, 3}}));
  EXPECT_TRUE(found.complete);
}

TEST(Infer, partsOfOneShapeComeFromDifferentReaders) {
  const Symbol x = Symbol::variable("x");
  const Symbol both = Symbol::group(
      std::vector{dot("left", x, Symbol::variable("y")), dot("right", Symbol::variable("z"), x)});
  const InferredShapes found = both.inferShapes({{"y", {4, 1}}, {"z", {1, 7}}});
  EXPECT_EQ(found.arguments[0], (Shape{7, 4}));
}

TEST(Infer, anInputThatIsThereTwiceLearnsFromBothPlaces) {
  const Symbol x = Symbol::variable("x");
  const InferredShapes found = dot("square", x, x).inferShapes({{"x", {3, -1}}});
  EXPECT_EQ(found.arguments[0], (Shape{3, 3}));
  EXPECT_EQ(found.outputs[0], (Shape{3, 3}));
}

TEST(Infer, whatCannotBeKnownStaysUnknown) {
  const Symbol sum = apply("_test_add", "sum", {Symbol::variable("x"), Symbol::variable("y")});
  const InferredShapes found = sum.inferShapes({{"x", {2, -1}}});
  EXPECT_EQ(found.outputs[0], (Shape{2, -1}));
  EXPECT_FALSE(found.complete);
  EXPECT_FALSE(sum.inferShapes({}).outputs[0].rankKnown());
}

TEST(Infer, zeroIsAnExtent) {
  const Symbol sine = apply("_test_sin", "sine", {Symbol::variable("x")});
  const InferredShapes found = sine.inferShapes({{"x", {0, 3}}});
  EXPECT_EQ(found.outputs[0], (Shape{0, 3}));
  EXPECT_TRUE(found.complete);
}

TEST(Infer, aVariablesShapeAttributeIsUsedWhereNothingIsGiven) {
  const Symbol x = Symbol::variable("x", {{"__shape__", "(0, 3)"}});
  const Symbol sine = apply("_test_sin", "sine", {x});
  EXPECT_EQ(sine.inferShapes({}).outputs[0], (Shape{-1, 3}));
  EXPECT_EQ(sine.inferShapes({{"x", {4, 5}}}).outputs[0], (Shape{4, 5}));
  EXPECT_EQ(sine.inferShapes({{"x", {2, -1}}}).outputs[0], (Shape{2, 3}));
}

TEST(Infer, aWrongShapeAttributeNamesTheVariable) {
  const Symbol x = Symbol::variable("x", {{"__shape__", "wide"}});
  expectError(ErrorKind::kInvalidArgument, "variable \"x\": __shape__: \"wide\" is no shape",
              [&] { x.inferShapes({}); });
}

TEST(Infer, aClashNamesNodeOperatorAndInputs) {
  const Symbol sine = apply("_test_sin", "sine", {Symbol::variable("x")});
  const Symbol sum = apply("_test_add", "sum", {sine, Symbol::variable("y")});
  try {
    sum.inferShapes({{"x", {2, 3}}, {"y", {2, 4}}});
    FAIL() << "expected a clash";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
    EXPECT_TRUE(error.message().starts_with("node \"sum\" (_test_add): ")) << error.message();
    EXPECT_NE(error.message().find("lhs = sine_output (2,3), rhs = y (2,4)"), std::string::npos)
        << error.message();
  }
}

TEST(Infer, namesThatAreNoArgumentsAreRefused) {
  const Symbol sine = apply("_test_sin", "sine", {Symbol::variable("data")});
  expectError(ErrorKind::kInvalidArgument,
              "the symbol has no argument \"dta\"; did you mean \"data\"?", [&] {
                sine.inferShapes({{"dta", {1}}});
              });
  expectError(ErrorKind::kInvalidArgument, "the symbol has no argument \"dta\"", [&] {
    sine.inferTypes({{"dta", DType::kInt8}});
  });
}

TEST(Infer, allVariablesOfANameGetItsShape) {
  const Symbol pair = Symbol::group(std::vector{Symbol::variable("x"), Symbol::variable("x")});
  EXPECT_EQ(pair.inferShapes({{"x", {2}}}).outputs, (std::vector{Shape{2}, Shape{2}}));
}

TEST(Infer, auxiliaryStatesStandApart) {
  const Symbol state =
      apply("_test_state", "s", {Symbol::variable("x"), Symbol::variable("state")});
  const InferredShapes found = state.inferShapes({{"x", {2}}});
  EXPECT_EQ(found.arguments, (std::vector{Shape{2}}));
  EXPECT_EQ(found.auxiliary, (std::vector{Shape{2}}));
  EXPECT_EQ(state.inferShapes({{"state", {3}}}).arguments, (std::vector{Shape{3}}));
}

TEST(Infer, typesFlowBothWays) {
  const Symbol product = dot("product", Symbol::variable("x"), Symbol::variable("y"));
  const Symbol sum = apply("_test_add", "sum", {product, Symbol::variable("z")});
  const InferredTypes found = sum.inferTypes({{"z", DType::kFloat16}});
  EXPECT_EQ(found.arguments, (std::vector{DType::kFloat16, DType::kFloat16, DType::kFloat16}));
  EXPECT_TRUE(found.complete);
  EXPECT_FALSE(sum.inferTypes({}).complete);
}

TEST(Infer, aVariablesTypeAttributeIsUsed) {
  const Symbol x = Symbol::variable("x", {{"__dtype__", "2"}});
  EXPECT_EQ(x.inferTypes({}).outputs[0], DType::kFloat16);
  EXPECT_EQ(x.inferTypes({{"x", DType::kFloat64}}).outputs[0], DType::kFloat64);
  EXPECT_EQ(Symbol::variable("y", {{"__dtype__", "-1"}}).inferTypes({}).outputs[0],
            DType::kUnknown);
}

TEST(Infer, clashingTypesNameTheInputs) {
  const Symbol sum = apply("_test_add", "sum", {Symbol::variable("x"), Symbol::variable("y")});
  expectError(ErrorKind::kInvalidArgument, "its inputs: lhs = x float32, rhs = y int32", [&] {
    sum.inferTypes({{"x", DType::kFloat32}, {"y", DType::kInt32}});
  });
}

TEST(Infer, knownEntriesOfAGraphMayBeGivenInside) {
  const Symbol sine = apply("_test_sin", "sine", {Symbol::variable("x")});
  const IndexedGraph graph(sine.outputs());
  std::vector<Shape> shapes = {Shape(), Shape{5}};
  inferShapes(graph, &shapes);
  EXPECT_EQ(shapes[0], (Shape{5}));
  std::vector<Shape> wrong(7);
  expectError(ErrorKind::kInternal, "inference over 2 entries was given 7 values",
              [&] { inferShapes(graph, &wrong); });
}

TEST(Infer, aRuleThatForgetsIsNotAskedForEver) {
  const Symbol forgetful = apply("_test_forget", "f", {Symbol::variable("x")});
  EXPECT_EQ(forgetful.inferShapes({{"x", {2}}}).arguments, (std::vector{Shape{2}}));
  EXPECT_EQ(forgetful.inferTypes({{"x", DType::kInt8}}).arguments, (std::vector{DType::kInt8}));
}

TEST(Infer, shapesBeyondAnyMemoryAreRefused) {
  const int64_t large = int64_t{1} << 40;
  const Symbol product = dot("product", Symbol::variable("x"), Symbol::variable("y"));
  expectError(ErrorKind::kInvalidArgument,
              "shape (1099511627776,1099511627776) has more elements than memory can address", [&] {
                product.inferShapes({{"x", {large, 2}}, {"y", {2, large}}});
              });
  const Symbol given = Symbol::variable("x", {{"__shape__", "(1099511627776, -1, 1099511627776)"}});
  expectError(ErrorKind::kInvalidArgument, "more elements than memory can address",
              [&] { given.inferShapes({}); });
}

TEST(Infer, aGraphOfMoreOutputsThanCanBeCountedIsRefused) {
  const OpAttrsPtr attrs = findOp("_test_many").parse({{"count", "1048576"}}, 1);
  NodeEntry last{std::make_shared<Node>("x")};
  for (int i = 0; i < 2048; ++i) {
    auto node = std::make_shared<Node>(std::to_string(i));
    node->attrs = attrs;
    node->inputs = {last};
    last = {std::move(node)};
  }
  expectError(ErrorKind::kUnsupported, "the graph has more than 2147483647 outputs of nodes",
              [&] { Symbol({last}).inferShapes({}); });
}

}  // namespace
}  // namespace tenon
