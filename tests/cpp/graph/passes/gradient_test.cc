#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "graph/passes/passes.h"
#include "graph/support/graphs.h"
#include "graph/symbol.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

using Entries = std::vector<NodeEntry>;
using Variables = std::map<std::string, double>;

Names operatorsOf(const Entries& outputs) {
  Names names;
  for (const NodePtr& node : topologicalOrder(outputs)) {
    if (!node->isVariable()) names.push_back(node->op().name);
  }
  return names;
}

double numericGradient(const Symbol& symbol, Variables at, const std::string& name) {
  constexpr double kStep = 1e-5;
  at[name] += kStep;
  const double up = evaluate(symbol.outputs(), at)[0];
  at[name] -= 2 * kStep;
  return (up - evaluate(symbol.outputs(), at)[0]) / (2 * kStep);
}

TEST(Gradient, ofAProductIsTheOtherFactor) {
  const Symbol product = apply("_test_mul", "p", {Symbol::variable("x"), Symbol::variable("y")});
  const Entries gradients =
      differentiate(product.outputs(), {}, {variableOf(product, "x"), variableOf(product, "y")});
  EXPECT_EQ(evaluate(gradients, {{"x", 3}, {"y", 5}}), (std::vector<double>{5, 3}));
}

TEST(Gradient, headGradientsWeighTheOutputs) {
  const Symbol pair = apply("_test_pair", "p", {Symbol::variable("x"), Symbol::variable("y")});
  const Symbol heads = Symbol::group(std::vector{Symbol::variable("g0"), Symbol::variable("g1")});
  const Entries gradients = differentiate(pair.outputs(), heads.outputs(), {variableOf(pair, "x")});
  EXPECT_EQ(evaluate(gradients, {{"x", 3}, {"y", 5}, {"g0", 2}, {"g1", 7}}),
            (std::vector<double>{2 + 7 * 5}));
}

TEST(Gradient, onlySomeHeadsMayBeGiven) {
  const Symbol pair = apply("_test_pair", "p", {Symbol::variable("x"), Symbol::variable("y")});
  const Entries heads = {NodeEntry{}, Symbol::variable("g1").outputs()[0]};
  const Entries gradients = differentiate(pair.outputs(), heads, {variableOf(pair, "x")});
  EXPECT_EQ(evaluate(gradients, {{"x", 3}, {"y", 5}, {"g1", 7}}), (std::vector<double>{1 + 7 * 5}));
  expectError(ErrorKind::kInvalidArgument, "1 head gradients given for 2 outputs",
              [&] { differentiate(pair.outputs(), {NodeEntry{}}, {variableOf(pair, "x")}); });
}

TEST(Gradient, ofAnUnusedOutputIsZero) {
  const Symbol pair = apply("_test_pair", "p", {Symbol::variable("x"), Symbol::variable("y")});
  const Entries gradients = differentiate(pair.output(0).outputs(), {}, {variableOf(pair, "x")});
  EXPECT_EQ(evaluate(gradients, {{"x", 3}, {"y", 5}}), (std::vector<double>{1}));
}

TEST(Gradient, whereNothingFlowsThereIsNone) {
  const Symbol x = Symbol::variable("x");
  const Symbol sine = apply("_test_sin", "sine", {x});
  const Symbol blocked = apply("_test_block", "b", {x});
  const Symbol other = Symbol::variable("other");
  const Entries gradients =
      differentiate(Symbol::group(std::vector{blocked, sine}).output(0).outputs(), {},
                    {variableOf(blocked, "x"), other.outputs()[0]});
  EXPECT_EQ(gradients[0].node, nullptr);
  EXPECT_EQ(gradients[1].node, nullptr);
}

TEST(Gradient, twoThatMeetAreAddedAndMoreAreSummedAtOnce) {
  const Symbol x = Symbol::variable("x");
  const Symbol two =
      Symbol::group(std::vector{apply("_test_sin", "a", {x}), apply("_test_cos", "b", {x})});
  const Entries of_two = differentiate(two.outputs(), {}, {variableOf(two, "x")});
  EXPECT_EQ(of_two[0].node->op().name, "elemwise_add");
  EXPECT_DOUBLE_EQ(evaluate(of_two, {{"x", 0.5}})[0], std::cos(0.5) - std::sin(0.5));

  const Symbol three =
      Symbol::group(std::vector{apply("_test_sin", "a", {x}), apply("_test_sin", "b", {x}), x});
  const Entries of_three = differentiate(three.outputs(), {}, {variableOf(three, "x")});
  EXPECT_EQ(of_three[0].node->op().name, "add_n");
  EXPECT_DOUBLE_EQ(evaluate(of_three, {{"x", 0.5}})[0], 2 * std::cos(0.5) + 1);
}

TEST(Gradient, isTheSameGraphEachTime) {
  const Symbol x = Symbol::variable("x");
  Symbol sum = apply("_test_sin", "a", {x});
  for (int i = 0; i < 5; ++i) sum = apply("_test_mul", "m" + std::to_string(i), {sum, x});
  const Symbol first(differentiate(sum.outputs(), {}, {variableOf(sum, "x")}));
  const Symbol second(differentiate(sum.outputs(), {}, {variableOf(sum, "x")}));
  EXPECT_EQ(first.toJson(), second.toJson());
}

TEST(Gradient, lossLayersNeedNoGradientFromAbove) {
  const Symbol loss =
      apply("_test_loss", "loss", {Symbol::variable("x"), Symbol::variable("label")});
  const Entries gradients =
      differentiate(loss.outputs(), {}, {variableOf(loss, "x"), variableOf(loss, "label")});
  EXPECT_EQ(operatorsOf({gradients[0]}), (Names{"_test_loss", "_test_mul"}));
  EXPECT_EQ(evaluate({gradients[0]}, {{"x", 3}, {"label", 5}}), (std::vector<double>{15}));
  EXPECT_EQ(gradients[1].node, nullptr);
}

TEST(Gradient, lossLayersStartItBehindABlockToo) {
  const Symbol loss =
      apply("_test_loss", "loss", {Symbol::variable("x"), Symbol::variable("label")});
  const Symbol blocked = apply("_test_block", "b", {loss});
  const Entries gradients = differentiate(blocked.outputs(), {}, {variableOf(loss, "x")});
  ASSERT_NE(gradients[0].node, nullptr);
  EXPECT_EQ(evaluate(gradients, {{"x", 3}, {"label", 5}}), (std::vector<double>{15}));
}

TEST(Gradient, whatIsWrittenGetsNone) {
  const Symbol state =
      apply("_test_state", "s", {Symbol::variable("x"), Symbol::variable("state")});
  const Entries gradients =
      differentiate(state.outputs(), {}, {variableOf(state, "x"), variableOf(state, "state")});
  EXPECT_EQ(evaluate({gradients[0]}, {{"x", 3}, {"state", 5}}), (std::vector<double>{1}));
  EXPECT_EQ(gradients[1].node, nullptr);
}

TEST(Gradient, nothingIsBuiltForWhatNobodyWants) {
  const Symbol product =
      apply("_test_mul", "p",
            {apply("_test_opaque", "o", {Symbol::variable("y")}), Symbol::variable("x")});
  const Entries gradients = differentiate(product.outputs(), {}, {variableOf(product, "x")});
  EXPECT_EQ(operatorsOf(gradients), (Names{"_test_opaque", "_test_mul", "ones_like", "_test_mul"}));
}

TEST(Gradient, anOperatorWithoutOneIsNamed) {
  const Symbol opaque = apply("_test_opaque", "o", {Symbol::variable("x")});
  expectError(ErrorKind::kUnsupported,
              "node \"o\" (_test_opaque) cannot be differentiated: its operator has no gradient",
              [&] { differentiate(opaque.outputs(), {}, {variableOf(opaque, "x")}); });
}

TEST(Gradient, ofAnInnerEntryIsWhatArrivesThere) {
  const Symbol x = Symbol::variable("x");
  const Symbol inner = apply("_test_sin", "inner", {x});
  const Symbol outer = apply("_test_mul", "outer", {inner, inner});
  const Entries gradients =
      differentiate(outer.outputs(), {}, {inner.outputs()[0], variableOf(outer, "x")});
  const std::vector<double> found = evaluate(gradients, {{"x", 0.5}});
  EXPECT_DOUBLE_EQ(found[0], 2 * std::sin(0.5));
  EXPECT_DOUBLE_EQ(found[1], 2 * std::sin(0.5) * std::cos(0.5));
}

TEST(Gradient, ofAVariableThatIsAnOutputIsItsHeads) {
  const Symbol x = Symbol::variable("x");
  EXPECT_EQ(evaluate(differentiate(x.outputs(), {}, x.outputs()), {{"x", 3}}),
            (std::vector<double>{1}));
  const Symbol g = Symbol::variable("g");
  EXPECT_EQ(differentiate(x.outputs(), g.outputs(), x.outputs())[0].node, g.outputs()[0].node);
}

TEST(Gradient, usesTheValuesOfDynamicParameters) {
  const Symbol scaled = apply("_test_scale", "s", {Symbol::variable("x")}, {{"scalar", "2"}});
  scaled.outputs()[0].node->dynamic = {0.1};
  const Entries gradients = differentiate(scaled.outputs(), {}, {variableOf(scaled, "x")});
  EXPECT_EQ(evaluate(gradients, {{"x", 3}}), (std::vector<double>{0.1}));
}

TEST(Gradient, backwardNodesAreNamedAfterTheirNode) {
  const Symbol sine = apply("_test_sin", "sine", {Symbol::variable("x")});
  const Entries gradients = differentiate(sine.outputs(), {}, {variableOf(sine, "x")});
  Names names;
  for (const NodePtr& node : topologicalOrder(gradients)) names.push_back(node->name);
  EXPECT_EQ(names, (Names{"x", "sine", "sine_backward2", "sine_backward", "sine_backward3"}));
}

TEST(Gradient, ofAGradientIsTheSecondDerivative) {
  const Symbol x = Symbol::variable("x");
  const Symbol cube = apply("_test_mul", "c", {apply("_test_mul", "s", {x, x}), x});
  Entries derivative = cube.outputs();
  const double expected[] = {3 * 4.0, 6 * 2.0, 6};
  for (const double value : expected) {
    derivative = differentiate(derivative, {}, x.outputs());
    EXPECT_EQ(evaluate(derivative, {{"x", 2}}), (std::vector<double>{value}));
  }
}

TEST(Gradient, ofRandomGraphsAgreesWithFiniteDifferences) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&random](size_t n) { return static_cast<size_t>(random() % n); };
    std::vector<Symbol> values = {Symbol::variable("x"), Symbol::variable("y"),
                                  Symbol::variable("z")};
    for (int i = 0; i < 12; ++i) {
      const std::string name = "n" + std::to_string(i);
      const Symbol& a = values[below(values.size())];
      const Symbol& b = values[below(values.size())];
      switch (below(5)) {
        case 0:
          values.push_back(apply("_test_sin", name, {a}));
          break;
        case 1:
          values.push_back(apply("_test_cos", name, {a}));
          break;
        case 2:
          values.push_back(apply("_test_add", name, {a, b}));
          break;
        case 3:
          values.push_back(apply("_test_scale", name, {a}, {{"scalar", "0.5"}}));
          break;
        default:
          values.push_back(apply("_test_sin", name + "s", {apply("_test_mul", name, {a, b})}));
          break;
      }
    }
    const Symbol all = apply("_test_add", "all", {values.back(), values[values.size() - 2]});
    const Variables at = {{"x", 0.3}, {"y", -0.7}, {"z", 1.1}};
    for (const std::string& name : all.listArguments()) {
      const Entries first = differentiate(all.outputs(), {}, {variableOf(all, name)});
      EXPECT_NEAR(evaluate(first, at)[0], numericGradient(all, at, name), 1e-6)
          << "seed " << seed << " " << name;
      const Entries second = differentiate(first, {}, {variableOf(all, name)});
      if (second[0].node == nullptr) continue;
      EXPECT_NEAR(evaluate(second, at)[0], numericGradient(Symbol(first), at, name), 1e-6)
          << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tenon
