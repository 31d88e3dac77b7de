#include "graph/symbol.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "graph/names.h"
#include "graph/support/graphs.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

Symbol fullyConnected(const Symbol& data, const std::string& name, const AttrMap& more = {}) {
  AttrMap attrs = more;
  attrs.emplace("num_hidden", "3");
  return apply("FullyConnected", name, {data}, attrs);
}

TEST(Symbol, missingInputsBecomeVariablesNamedAfterTheNode) {
  const Symbol fc = fullyConnected(Symbol::variable("data"), "fc");
  EXPECT_EQ(fc.listArguments(), (Names{"data", "fc_weight", "fc_bias"}));
  EXPECT_EQ(fc.listOutputs(), (Names{"fc_output"}));
  EXPECT_EQ(fc.name(), "fc");
}

TEST(Symbol, madeVariablesCarryTheOperatorsAttributes) {
  const Symbol fc = fullyConnected(Symbol::variable("data"), "fc", {{"lr_mult", "0.1"}});
  const AttrMap expected = {{"num_hidden", "3"}, {"__lr_mult__", "0.1"}, {"lr_mult", "0.1"}};
  EXPECT_EQ(fc.attributes().at("fc_weight"), expected);
  EXPECT_EQ(fc.attributes().at("fc"), expected);
  EXPECT_FALSE(fc.attributes().contains("data"));
}

TEST(Symbol, inputsThatParametersLeaveOutAreNotMade) {
  const Symbol fc = fullyConnected(Symbol::variable("data"), "fc", {{"no_bias", "True"}});
  EXPECT_EQ(fc.listArguments(), (Names{"data", "fc_weight"}));
}

TEST(Symbol, inputsAreTakenByName) {
  const std::vector<Symbol> inputs = {Symbol::variable("b"), Symbol::variable("x")};
  const Names names = {"bias", "data"};
  const Symbol fc =
      Symbol::apply(findOp("FullyConnected"), {{"num_hidden", "3"}}, "fc", inputs, names);
  EXPECT_EQ(fc.listArguments(), (Names{"x", "fc_weight", "b"}));
}

TEST(Symbol, positionsGoOnBesideNames) {
  const std::vector<Symbol> inputs = {Symbol::variable("b"), Symbol::variable("x"),
                                      Symbol::variable("w")};
  const Names names = {"bias", "", ""};
  const Symbol fc =
      Symbol::apply(findOp("FullyConnected"), {{"num_hidden", "3"}}, "fc", inputs, names);
  EXPECT_EQ(fc.listArguments(), (Names{"x", "w", "b"}));
}

TEST(Symbol, emptyNamesAreMadeFromOperatorAndCounter) {
  resetNames();
  const Symbol x = Symbol::variable("x");
  EXPECT_EQ(fullyConnected(x, "").name(), "fullyconnected0");
  EXPECT_EQ(fullyConnected(x, "").listArguments(),
            (Names{"x", "fullyconnected1_weight", "fullyconnected1_bias"}));
  EXPECT_EQ(apply("Flatten", "", {x}).name(), "flatten0");
}

TEST(Symbol, wrongInputsAreNamed) {
  const Symbol x = Symbol::variable("x");
  const Op& op = findOp("FullyConnected");
  const AttrMap attrs = {{"num_hidden", "3"}};
  expectError(ErrorKind::kInvalidArgument,
              "node \"fc\" (FullyConnected): there is no input \"wieght\", expected one of data, "
              "weight, bias",
              [&] { Symbol::apply(op, attrs, "fc", std::vector{x}, Names{"wieght"}); });
  expectError(ErrorKind::kInvalidArgument,
              "node \"fc\" (FullyConnected): 4 inputs given, expected 3", [&] {
                Symbol::apply(op, attrs, "fc", std::vector{x, x, x, x});
              });
  expectError(ErrorKind::kInvalidArgument,
              "node \"fc\" (FullyConnected): input data is given twice", [&] {
                Symbol::apply(op, attrs, "fc", std::vector{x, x}, Names{"", "data"});
              });
  expectError(ErrorKind::kInvalidArgument,
              "node \"fc\" (FullyConnected): 1 names given for 2 inputs", [&] {
                Symbol::apply(op, attrs, "fc", std::vector{x, x}, Names{"data"});
              });
  expectError(ErrorKind::kInvalidArgument,
              "node \"fc\" (FullyConnected): input data is a symbol of 2 outputs, expected one",
              [&] {
                apply("FullyConnected", "fc", {Symbol::group(std::vector{x, x})}, attrs);
              });
}

TEST(Symbol, wrongAttributesNameTheNode) {
  expectError(ErrorKind::kInvalidArgument, "node \"fc\" (FullyConnected): ", [] {
    apply("FullyConnected", "fc", {}, {{"num_hidden", "3"}, {"nonsense", "1"}});
  });
  expectError(ErrorKind::kInvalidArgument,
              "attribute \"weight_lr_mult\" would belong to another node, expected lr_mult=2 on "
              "the variable",
              [] {
                apply("FullyConnected", "fc", {}, {{"num_hidden", "3"}, {"weight_lr_mult", "2"}});
              });
}

TEST(Symbol, aNodesOutputsAreBounded) {
  expectError(ErrorKind::kInvalidArgument,
              "node \"s\" (_test_many): there would be 2000000000 outputs, expected 1 to 1048576",
              [] {
                apply("_test_many", "s", {Symbol::variable("x")}, {{"count", "2000000000"}});
              });
}

TEST(Symbol, inputsThatAreWrittenAreAuxiliaryStates) {
  const Symbol bn = apply("BatchNorm", "bn", {Symbol::variable("data")});
  EXPECT_EQ(bn.listArguments(), (Names{"data", "bn_gamma", "bn_beta"}));
  EXPECT_EQ(bn.listAuxiliaryStates(), (Names{"bn_moving_mean", "bn_moving_var"}));
  EXPECT_EQ(bn.listInputs(),
            (Names{"data", "bn_gamma", "bn_beta", "bn_moving_mean", "bn_moving_var"}));
  EXPECT_EQ(bn.listOutputs(), (Names{"bn_output"}));
  EXPECT_EQ(bn.attributes().at("bn_moving_var").at("__init__"), "[\"one\", {}]");
}

TEST(Symbol, whatAnOperatorWritesMustBeAVariable) {
  const Symbol x = Symbol::variable("x");
  const Symbol sine = apply("_test_sin", "sine", {x});
  expectError(ErrorKind::kInvalidArgument,
              "node \"s\" (_test_state): input state is written by the operator and must be a "
              "variable, but is output of "
              "node \"sine\" (_test_sin)",
              [&] {
                apply("_test_state", "s", {x, sine});
              });
}

TEST(Symbol, variadicOperatorsCountTheirInputs) {
  const Symbol x = Symbol::variable("x");
  const Symbol sum = apply("add_n", "sum", {x, x, x});
  EXPECT_EQ(sum.attribute("num_args"), "3");
  EXPECT_EQ(sum.listArguments(), (Names{"x"}));
}

TEST(Symbol, groupsKeepTheOrderOfTheirParts) {
  const Symbol x = Symbol::variable("x");
  const Symbol pair = apply("_test_pair", "pair", {x, x});
  const Symbol all = Symbol::group(std::vector{pair, x, pair.output(1)});
  EXPECT_EQ(all.listOutputs(), (Names{"pair_sum", "pair_product", "x", "pair_product"}));
  EXPECT_EQ(all.name(), "");
  EXPECT_EQ(pair.name(), "pair");
}

TEST(Symbol, outputsAreSelectedByNumberAndName) {
  const Symbol pair = apply("_test_pair", "pair", {Symbol::variable("x"), Symbol::variable("y")});
  EXPECT_EQ(pair.output(1).listOutputs(), (Names{"pair_product"}));
  EXPECT_EQ(pair.output("pair_sum").listOutputs(), (Names{"pair_sum"}));
  EXPECT_EQ(pair.internals().output("y").listArguments(), (Names{"y"}));
  expectError(ErrorKind::kIndex, "output 2 of a symbol that has 2, expected 0 to 1",
              [&] { pair.output(2); });
  expectError(ErrorKind::kIndex, "output -1", [&] { pair.output(-1); });
  expectError(ErrorKind::kInvalidArgument,
              "the symbol has no output \"pair_prodcut\"; did you mean \"pair_product\"?",
              [&] { pair.output("pair_prodcut"); });
  const Symbol twice = Symbol::group(std::vector{pair, pair});
  expectError(ErrorKind::kInvalidArgument, "several outputs \"pair_sum\"",
              [&] { twice.output("pair_sum"); });
}

TEST(Symbol, internalsAreAllVisibleOutputs) {
  const Symbol bn = apply("BatchNorm", "bn", {Symbol::variable("data")});
  EXPECT_EQ(bn.internals().listOutputs(),
            (Names{"data", "bn_gamma", "bn_beta", "bn_moving_mean", "bn_moving_var", "bn_output"}));
}

TEST(Symbol, childrenAreTheInputsOfTheOutputNodes) {
  const Symbol x = Symbol::variable("x");
  const Symbol fc = fullyConnected(x, "fc");
  EXPECT_EQ(fc.children().listOutputs(), (Names{"x", "fc_weight", "fc_bias"}));
  EXPECT_EQ(Symbol::group(std::vector{fc, fc}).children().numOutputs(), 3);
  EXPECT_EQ(x.children().numOutputs(), 0);
}

TEST(Symbol, composeReplacesVariablesInACopy) {
  const Symbol fc = fullyConnected(Symbol::variable("data"), "fc");
  const Symbol inner = apply("_test_sin", "inner", {Symbol::variable("z")});
  const Symbol composed = fc.compose(Names{"data"}, std::vector{inner});
  EXPECT_EQ(composed.listArguments(), (Names{"z", "fc_weight", "fc_bias"}));
  EXPECT_EQ(fc.listArguments(), (Names{"data", "fc_weight", "fc_bias"}));
  EXPECT_EQ(fc.compose(Names{"data"}, std::vector{inner}, "renamed").listOutputs(),
            (Names{"renamed_output"}));
  EXPECT_EQ(fc.name(), "fc");
}

TEST(Symbol, composeOfASymbolWithItselfRepeatsNames) {
  const Symbol fc = fullyConnected(Symbol::variable("data"), "fc");
  EXPECT_EQ(fc.compose(Names{"data"}, std::vector{fc}).listArguments(),
            (Names{"data", "fc_weight", "fc_bias", "fc_weight", "fc_bias"}));
}

TEST(Symbol, composeCopiesVariablesToo) {
  const Symbol fc = fullyConnected(Symbol::variable("data"), "fc");
  const Symbol copy = fc.compose({}, {});
  copy.internals().output("fc_weight").setAttribute("lr_mult", "5");
  EXPECT_EQ(fc.internals().output("fc_weight").attribute("lr_mult"), std::nullopt);
}

TEST(Symbol, composeOfAVariableGivesTheValue) {
  const Symbol x = Symbol::variable("x");
  const Symbol sine = apply("_test_sin", "sine", {Symbol::variable("y")});
  EXPECT_EQ(x.compose(Names{"x"}, std::vector{sine}, "other").listOutputs(),
            (Names{"sine_output"}));
}

TEST(Symbol, composeRefusesWhatItCannotReplace) {
  const Symbol fc = fullyConnected(Symbol::variable("data"), "fc");
  const Symbol x = Symbol::variable("x");
  expectError(ErrorKind::kInvalidArgument,
              "compose: the symbol has no free variable \"dat\"; did you mean \"data\"?",
              [&] { fc.compose(Names{"dat"}, std::vector{x}); });
  expectError(ErrorKind::kInvalidArgument, "compose: \"data\" is given twice", [&] {
    fc.compose(Names{"data", "data"}, std::vector{x, x});
  });
  expectError(ErrorKind::kInvalidArgument, "compose: 1 names given for 2 values", [&] {
    fc.compose(Names{"data"}, std::vector{x, x});
  });
  const Symbol state = apply("_test_state", "s", {x, Symbol::variable("state")});
  expectError(ErrorKind::kInvalidArgument,
              "input state is written by the operator and must be a variable",
              [&] { state.compose(Names{"state"}, std::vector{fc}); });
}

TEST(Symbol, equalNamesAreAllListed) {
  const Symbol sum =
      apply("_test_add", "sum", {Symbol::variable("data"), Symbol::variable("data")});
  EXPECT_EQ(sum.listArguments(), (Names{"data", "data"}));
}

TEST(Symbol, attributesAreReadAndSet) {
  Symbol fc = fullyConnected(Symbol::variable("data"), "fc");
  EXPECT_EQ(fc.attribute("num_hidden"), "3");
  EXPECT_EQ(fc.attribute("lr_mult"), std::nullopt);
  EXPECT_EQ(fc.attribute("name"), "fc");
  fc.setAttribute("lr_mult", "7");
  EXPECT_EQ(fc.attribute("lr_mult"), "7");
  EXPECT_EQ(fc.attribute("__lr_mult__"), "7");
  fc.setAttribute("num_hidden", "5");
  EXPECT_EQ(fc.inferShapes({{"data", {2, 4}}}).outputs, (std::vector{Shape{2, 5}}));
}

TEST(Symbol, settingAWrongAttributeChangesNothing) {
  Symbol fc = fullyConnected(Symbol::variable("data"), "fc");
  expectError(ErrorKind::kInvalidArgument,
              "node \"fc\" (FullyConnected): ", [&] { fc.setAttribute("num_hidden", "many"); });
  expectError(ErrorKind::kInvalidArgument, "no_bias=True would change the inputs or outputs",
              [&] { fc.setAttribute("no_bias", "True"); });
  expectError(ErrorKind::kInvalidArgument,
              "attribute \"weight_lr_mult\" would belong to another node",
              [&] { fc.setAttribute("weight_lr_mult", "2"); });
  EXPECT_EQ(fc.attributes().at("fc"), (AttrMap{{"num_hidden", "3"}}));
  Symbol group = Symbol::group(std::vector{fc, Symbol::variable("x")});
  expectError(ErrorKind::kInvalidArgument, "attribute \"a\" cannot be set on a group of symbols",
              [&] { group.setAttribute("a", "1"); });
  EXPECT_EQ(group.attribute("a"), std::nullopt);
}

TEST(Symbol, variablesKeepHiddenKeysWithUnderscores) {
  const Symbol x = Symbol::variable("x", {{"lr_mult", "0.5"}, {"__shape__", "(2, 0)"}});
  EXPECT_EQ(x.attribute("__lr_mult__"), "0.5");
  EXPECT_EQ(x.attribute("lr_mult"), "0.5");
}

TEST(Symbol, attributesMayBeSetWhileOthersReadAndCompose) {
  Symbol weight = Symbol::variable("weight");
  const Symbol fc = apply("FullyConnected", "fc", {Symbol::variable("data"), weight},
                          {{"num_hidden", "3"}, {"no_bias", "True"}});
  const std::string values[] = {std::string(40, '1'), std::string(400, '2')};
  weight.setAttribute("__note__", values[0]);
  std::atomic<bool> done{false};
  std::thread setter([&] {
    for (int i = 0; !done; ++i) weight.setAttribute("__note__", values[i % 2]);
  });
  for (int round = 0; round < 2000; ++round) {
    const std::string seen = fc.attributes().at("weight").at("__note__");
    EXPECT_TRUE(seen == values[0] || seen == values[1]) << seen;
    EXPECT_NE(fc.toJson().find("__note__"), std::string::npos);
    const Symbol other = apply("FullyConnected", "other", {fc, weight}, {{"num_hidden", "3"}});
    EXPECT_EQ(other.inferShapes({{"data", {2, 3}}}).outputs, (std::vector<Shape>{{2, 3}}));
  }
  done = true;
  setter.join();
}

}  // namespace
}  // namespace tenon
