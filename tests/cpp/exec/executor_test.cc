#include "exec/executor.h"

#include <gtest/gtest.h>

#include <thread>

#include "device/random_stream.h"
#include "engine/engine.h"
#include "exec/autograd.h"
#include "exec/support.h"
#include "exec/test_ops.h"
#include "exec/thread_state.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

using Floats = std::vector<float>;

Symbol mlp() {
  Symbol h = Symbol::variable("data");
  h = node("FullyConnected", "fc1", {h}, {{"num_hidden", "16"}});
  h = node("Activation", "act1", {h}, {{"act_type", "relu"}});
  h = node("FullyConnected", "fc2", {h}, {{"num_hidden", "5"}});
  return node("SoftmaxOutput", "softmax", {h, Symbol::variable("label")});
}

Symbol lenet() {
  Symbol h = Symbol::variable("data");
  const auto block = [&](const std::string& n, const char* filters) {
    h = node("Convolution", "conv" + n, {h}, {{"kernel", "(5, 5)"}, {"num_filter", filters}});
    h = node("Activation", "tanh" + n, {h}, {{"act_type", "tanh"}});
    h = node("Pooling", "pool" + n, {h},
             {{"kernel", "(2, 2)"}, {"stride", "(2, 2)"}, {"pool_type", "max"}});
  };
  block("1", "4");
  block("2", "6");
  h = node("Flatten", "flat", {h});
  h = node("FullyConnected", "fc1", {h}, {{"num_hidden", "20"}});
  h = node("Activation", "tanh3", {h}, {{"act_type", "tanh"}});
  h = node("FullyConnected", "fc2", {h}, {{"num_hidden", "10"}});
  return node("SoftmaxOutput", "softmax", {h, Symbol::variable("label")});
}

/// Forward and backward of a symbol through invoke and the tape: another road to the same numbers.
struct Imperative {
  std::map<std::string, NDArray> gradients;
  Floats output;

  Imperative(const Symbol& symbol, const Bound& bound) {
    std::map<const Node*, std::vector<NDArray>> values;
    std::map<std::string, NDArray> arrays = bound.arguments;
    arrays.insert(bound.auxiliary.begin(), bound.auxiliary.end());
    for (const auto& [name, gradient] : bound.gradients) {
      gradients[name] = filled(gradient.shape(), 0);
      markVariable(arrays[name], gradients[name], Request::kWrite);
    }
    NDArray head;
    {
      const ModeScope recording(true, true);
      for (const NodePtr& n : topologicalOrder(symbol.outputs())) {
        if (n->isVariable()) {
          values[n.get()] = {arrays.at(n->name)};
          continue;
        }
        std::vector<const NDArray*> inputs;
        for (const NodeEntry& input : n->inputs) {
          inputs.push_back(&values.at(input.node.get()).at(static_cast<size_t>(input.index)));
        }
        std::vector<NDArray> outputs(static_cast<size_t>(n->numVisibleOutputs()));
        invoke(n->attrs, inputs, outputs);
        values[n.get()] = outputs;
      }
      head = values.at(symbol.outputs()[0].node.get())[0];
    }
    output = valuesOf(head);
    backward(std::span(&head, 1), {}, false, true);
  }
};

NDArray labels(int64_t count, int classes) {
  Floats values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i % classes));
  return arrayOf({count}, values);
}

void checkAgainstImperative(const Symbol& symbol, const std::map<std::string, Shape>& shapes,
                            int classes, float tolerance) {
  Bound bound(symbol, shapes);
  bound.arguments["label"] = labels(shapes.at("data")[0], classes);
  const auto executor = bound.bind(symbol);
  const Imperative expected(symbol, bound);
  executor->forward(true);
  executor->backward({});
  expectClose(valuesOf(executor->outputs()[0]), expected.output, tolerance, "training output");
  for (const auto& [name, gradient] : bound.gradients) {
    expectClose(valuesOf(gradient), valuesOf(expected.gradients.at(name)), tolerance, name);
  }
  executor->forward(false);
  expectClose(valuesOf(executor->outputs()[0]), expected.output, tolerance, "inference output");
}

TEST(Executor, perceptronEqualsImperative) {
  checkAgainstImperative(mlp(), {{"data", {7, 12}}, {"label", {7}}}, 5, 1e-5f);
}

TEST(Executor, convolutionalNetEqualsImperative) {
  checkAgainstImperative(lenet(), {{"data", {3, 1, 28, 28}}, {"label", {3}}}, 10, 1e-4f);
}

TEST(Executor, normalisedNetEqualsImperative) {
  Symbol h = Symbol::variable("data");
  h = node("Convolution", "conv", {h}, {{"kernel", "(3, 3)"}, {"num_filter", "8"}});
  h = node("BatchNorm", "norm", {h}, {{"fix_gamma", "False"}});
  h = node("Activation", "relu", {h}, {{"act_type", "relu"}});
  h = node("Dropout", "drop", {h}, {{"p", "0.5"}});
  h = node("FullyConnected", "fc", {h}, {{"num_hidden", "5"}});
  const Symbol symbol = node("SoftmaxOutput", "softmax", {h, Symbol::variable("label")});
  Bound bound(symbol, {{"data", {4, 3, 8, 8}}, {"label", {4}}});
  bound.arguments["label"] = labels(4, 5);
  const auto executor = bound.bind(symbol);
  seedAll(5);
  const Imperative expected(symbol, bound);
  const Floats mean = valuesOf(bound.auxiliary.at("norm_moving_mean"));
  EXPECT_NE(mean, Floats(8, 0)) << "the imperative call has moved the mean";
  seedAll(5);
  executor->forward(true);
  executor->backward({});
  expectClose(valuesOf(executor->outputs()[0]), expected.output, 1e-4f, "training output");
  for (const auto& [name, gradient] : bound.gradients) {
    expectClose(valuesOf(gradient), valuesOf(expected.gradients.at(name)), 1e-3f, name);
  }
  EXPECT_NE(valuesOf(bound.auxiliary.at("norm_moving_mean")), mean);
}

TEST(Executor, obeysRequests) {
  const Symbol symbol = mlp();
  Bound bound(symbol, {{"data", {4, 6}}, {"label", {4}}});
  bound.arguments["label"] = labels(4, 5);
  const Imperative expected(symbol, bound);
  const auto executor = bound.bind(
      symbol,
      {{"fc1_weight", Request::kAdd}, {"fc2_weight", Request::kNull}, {"fc1_bias", Request::kAdd}});
  for (int i = 0; i < 3; ++i) {
    executor->forward(true);
    executor->backward({});
  }
  const auto times = [](Floats values, float factor) {
    for (float& value : values) value *= factor;
    return values;
  };
  const auto check = [&](const std::string& name, float factor) {
    expectClose(valuesOf(bound.gradients.at(name)),
                times(valuesOf(expected.gradients.at(name)), factor), 1e-5f, name);
  };
  check("fc1_weight", 3);
  check("fc1_bias", 3);
  check("fc2_weight", 0);
  check("fc2_bias", 1);
}

TEST(Executor, takesHeadGradientsAndSharedOutputs) {
  const Symbol x = Symbol::variable("x");
  const Symbol doubled = node("_test_double", "doubled", {x});
  const Symbol outputs[] = {doubled, x, doubled};
  const Symbol symbol = Symbol::group(outputs);
  Bound bound(symbol, {});
  bound.arguments["x"] = arrayOf({2}, {1, 2});
  bound.gradients["x"] = filled({2}, 0);
  const auto executor = bound.bind(symbol);
  executor->forward(true);
  EXPECT_EQ(valuesOf(executor->outputs()[0]), (Floats{2, 4}));
  EXPECT_EQ(valuesOf(executor->outputs()[1]), (Floats{1, 2}));
  EXPECT_EQ(valuesOf(executor->outputs()[2]), (Floats{2, 4}));
  executor->backward({});
  EXPECT_EQ(valuesOf(bound.gradients["x"]), (Floats{5, 5}));
  executor->forward(true);
  executor->backward({filled({2}, 10), arrayOf({2}, {0, 1}), filled({2}, 100)});
  EXPECT_EQ(valuesOf(bound.gradients["x"]), (Floats{220, 221}));
}

TEST(Executor, gradientsOfUnusedPathsAreZero) {
  const Symbol x = Symbol::variable("x"), y = Symbol::variable("y");
  const Symbol symbol = node("elemwise_add", "sum", {x, node("BlockGrad", "stop", {y})});
  Bound bound(symbol, {});
  for (const char* name : {"x", "y"}) {
    bound.arguments[name] = filled({2}, 1);
    bound.gradients[name] = filled({2}, 7);
  }
  const auto executor = bound.bind(symbol);
  executor->forward(true);
  executor->backward({});
  EXPECT_EQ(valuesOf(bound.gradients["x"]), (Floats{1, 1}));
  EXPECT_EQ(valuesOf(bound.gradients["y"]), (Floats{0, 0}));
}

TEST(Executor, auxiliaryStatesChangeInTrainingOnly) {
  const Symbol symbol = node("_test_stateful", "sum", {Symbol::variable("x")});
  EXPECT_EQ(symbol.listAuxiliaryStates(), (std::vector<std::string>{"sum_state"}));
  Bound bound(symbol, {});
  bound.arguments["x"] = filled({2}, 3);
  bound.gradients["x"] = filled({2}, 0);
  bound.auxiliary["sum_state"] = filled({1}, 10);
  const auto executor = bound.bind(symbol);
  executor->forward(false);
  EXPECT_EQ(valuesOf(executor->outputs()[0]), (Floats{13, 13}));
  executor->forward(true);
  executor->backward({});
  executor->forward(true);
  EXPECT_EQ(valuesOf(executor->outputs()[0]), (Floats{19, 19}));
  EXPECT_EQ(valuesOf(bound.auxiliary["sum_state"]), (Floats{16}));
  EXPECT_EQ(valuesOf(bound.gradients["x"]), (Floats{1, 1}));
  const uint64_t version = bound.auxiliary["sum_state"].storage()->version();
  executor->forward(true);
  EXPECT_GT(bound.auxiliary["sum_state"].storage()->version(), version);
}

TEST(Executor, reshapesBackAndForth) {
  const Symbol symbol = mlp();
  Bound bound(symbol, {{"data", {8, 6}}, {"label", {8}}});
  bound.arguments["label"] = labels(8, 5);
  const auto big = bound.bind(symbol);
  big->forward(true);
  const Floats first = valuesOf(big->outputs()[0]);
  for (int round = 0; round < 3; ++round) {
    const auto small = big->reshape({{"data", {3, 6}}, {"label", {3}}});
    EXPECT_EQ(small->outputs()[0].shape(), Shape({3, 5}));
    EXPECT_EQ(small->arguments().at("fc1_weight").storage(),
              bound.arguments.at("fc1_weight").storage());
    bound.arguments["data"].slice(0, 3).copyTo(small->arguments().at("data"));
    bound.arguments["label"].slice(0, 3).copyTo(small->arguments().at("label"));
    small->forward(true);
    const Floats part = valuesOf(small->outputs()[0]);
    expectClose(part, Floats(first.begin(), first.begin() + 15), 1e-5f, "the same rows");
    small->backward({});
    big->forward(true);
    expectClose(valuesOf(big->outputs()[0]), first, 1e-6f, "after reshape");
    big->backward({});
  }
  expectError(ErrorKind::kInvalidArgument, "there is no argument dada", [&] {
    big->reshape({{"dada", {3, 6}}});
  });
}

TEST(Executor, reshapePreparesNothingTwice) {
  const Symbol symbol = node("_test_double", "doubled", {Symbol::variable("x")});
  Bound bound(symbol, {});
  bound.arguments["x"] = filled({4}, 1);
  const auto executor = bound.bind(symbol);
  executor->forward(false);
  executor->reshape({{"x", {2}}})->forward(false);
  const int before = preparations;
  for (int i = 0; i < 4; ++i) {
    executor->reshape({{"x", {2}}})->forward(false);
    executor->reshape({{"x", {4}}})->forward(false);
  }
  EXPECT_EQ(preparations, before);
}

TEST(Executor, backwardNeedsItsForward) {
  const Symbol symbol = mlp();
  Bound bound(symbol, {{"data", {4, 6}}, {"label", {4}}});
  const auto executor = bound.bind(symbol);
  expectError(ErrorKind::kInvalidState, "needs a forward for training",
              [&] { executor->backward({}); });
  executor->forward(false);
  expectError(ErrorKind::kInvalidState, "needs a forward for training",
              [&] { executor->backward({}); });
  executor->forward(true);
  executor->reshape({{"data", {2, 6}}, {"label", {2}}})->forward(false);
  expectError(ErrorKind::kInvalidState, "another executor", [&] { executor->backward({}); });
  executor->forward(true);
  expectError(ErrorKind::kInvalidArgument, "2 head gradients for 1 outputs", [&] {
    executor->backward({NDArray(), NDArray()});
  });
}

TEST(Executor, namesWhatCannotBeBound) {
  const Symbol symbol = mlp();
  Bound bound(symbol, {{"data", {4, 6}}, {"label", {4}}});
  const auto bindError = [&](ErrorKind kind, const std::string& text,
                             const std::map<std::string, Request>& requests = {}) {
    expectError(kind, text, [&] { bound.bind(symbol, requests); });
  };
  bindError(ErrorKind::kInvalidArgument, "bind: the gradient of data is requested, but no array",
            {{"data", Request::kWrite}});
  bindError(ErrorKind::kInvalidArgument, "no argument", {{"fc3_weight", Request::kWrite}});
  const NDArray weight = bound.arguments["fc1_weight"];
  bound.arguments.erase("fc1_weight");
  bindError(ErrorKind::kInvalidArgument, "bind: argument fc1_weight is missing");
  bound.arguments["fc1_weight"] = filled({16, 7}, 0);
  bindError(ErrorKind::kInvalidArgument, "bind: the gradient of fc1_weight is (16,6)");
  bound.gradients.erase("fc1_weight");
  bindError(ErrorKind::kInvalidArgument, "fc1");
  bound.arguments["fc1_weight"] = arrayOf({16, 6}, Floats(96, 0), Device::cpu(1));
  bindError(ErrorKind::kInvalidArgument, "fc1_weight is on cpu(1), expected cpu(0)");
}

TEST(Executor, reportsMemory) {
  Symbol h = Symbol::variable("x");
  for (int i = 0; i < 10; ++i) h = node("_test_double", "double" + std::to_string(i), {h});
  Bound bound(h, {});
  bound.arguments["x"] = filled({1000}, 1);
  const MemoryReport report = bound.bind(h)->memoryReport();
  EXPECT_GE(report.arena_bytes, 2 * 4000);
  EXPECT_LT(report.arena_bytes, 3 * 4096);
  EXPECT_GE(report.unshared_bytes, 9 * 4000);
}

TEST(Executor, showsEachOperatorsOutputsToAMonitor) {
  const Symbol symbol = mlp();
  Bound bound(symbol, {{"data", {4, 6}}, {"label", {4}}});
  const auto executor = bound.bind(symbol);
  executor->forward(false);
  const Floats expected = valuesOf(executor->outputs()[0]);
  std::vector<std::string> names;
  std::vector<NDArray> arrays;
  executor->setMonitor([&](const std::string& name, const NDArray& array) {
    names.push_back(name);
    arrays.push_back(array);
  });
  executor->forward(false);
  EXPECT_EQ(names, (std::vector<std::string>{"fc1_output", "act1_output", "fc2_output",
                                             "softmax_output"}));
  EXPECT_EQ(valuesOf(arrays.back()), expected);
  EXPECT_EQ(arrays[0].shape(), Shape({4, 16}));
  EXPECT_EQ(valuesOf(executor->outputs()[0]), expected);
}

TEST(Executor, aMonitorMayTakeItselfAway) {
  const Symbol symbol = mlp();
  Bound bound(symbol, {{"data", {4, 6}}, {"label", {4}}});
  const auto executor = bound.bind(symbol);
  const auto names = std::make_shared<std::vector<std::string>>();
  executor->setMonitor([&executor, names](const std::string& name, const NDArray&) {
    executor->setMonitor(nullptr);
    names->push_back(name);  // this function is still there
  });
  executor->forward(false);
  EXPECT_EQ(names->size(), 4u) << "to the pass's end";
  EXPECT_EQ(names.use_count(), 1);
  executor->forward(false);
  EXPECT_EQ(names->size(), 4u);
}

TEST(Executor, measuresOperators) {
  const Symbol symbol = mlp();
  Bound bound(symbol, {{"data", {4, 6}}, {"label", {4}}});
  const auto executor = bound.bind(symbol);
  EXPECT_TRUE(executor->profile().empty());
  executor->setProfiling(true);
  for (int i = 0; i < 3; ++i) {
    executor->forward(true);
    executor->backward({});
  }
  const std::vector<OperatorTime> times = executor->profile();
  ASSERT_FALSE(times.empty());
  EXPECT_EQ(times[0].label, "forward of fc1 (FullyConnected)");
  EXPECT_EQ(times[0].calls, 3);
}

TEST(Executor, errorsNameTheOperatorWithin) {
  const Symbol x = Symbol::variable("x");
  const Symbol fails = node("_test_failing", "bad1", {node("_test_double", "ok", {x})});
  Bound bound(fails, {});
  bound.arguments["x"] = filled({2}, 3);
  bound.gradients["x"] = filled({2}, 0);
  const auto executor = bound.bind(fails);
  executor->forward(true);
  expectError(ErrorKind::kInvalidArgument, "in forward of bad1 (_test_failing): element 0 is 6",
              [&] { valuesOf(executor->outputs()[0]); });

  executor->backward({});
  expectError(ErrorKind::kInvalidArgument, "in forward of bad1",
              [&] { valuesOf(bound.gradients["x"]); });

  const Symbol backward_fails = node("_test_fails_backward", "bad2", {x});
  const auto other = bound.bind(backward_fails);
  other->forward(true);
  EXPECT_EQ(valuesOf(other->outputs()[0]), (Floats{6, 6}));
  other->backward({});
  expectError(ErrorKind::kInvalidArgument,
              "in backward of bad2 (_test_fails_backward): element 0 is 1",
              [&] { valuesOf(bound.gradients["x"]); });
  try {
    Engine::get().waitAll();
  } catch (const Error&) {
  }
}

TEST(Executor, goesOnAfterAnError) {
  const Symbol symbol = node("_test_double", "ok", {Symbol::variable("x")});
  Bound bound(symbol, {});
  bound.arguments["x"] = filled({2}, 3);
  const auto executor = bound.bind(symbol);
  call("_test_failing", {filled({2}, 1)}).copyTo(bound.arguments["x"]);
  executor->forward(false);
  expectError(ErrorKind::kInvalidArgument, "element 0 is 1",
              [&] { valuesOf(executor->outputs()[0]); });
  filled({2}, 4).copyTo(bound.arguments["x"]);
  executor->forward(false);
  EXPECT_EQ(valuesOf(executor->outputs()[0]), (Floats{8, 8}));
  try {
    Engine::get().waitAll();
  } catch (const Error&) {
  }
}

TEST(Executor, threadsInferInParallel) {
  const Symbol symbol = mlp();
  const Bound bound(symbol, {{"data", {4, 6}}, {"label", {4}}});
  const auto reference = bound.bind(symbol);
  reference->forward(false);
  const Floats expected = valuesOf(reference->outputs()[0]);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const auto executor = bound.bind(symbol);
      for (int i = 0; i < 100; ++i) {
        executor->forward(false);
        if (valuesOf(executor->outputs()[0]) != expected) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Executor, oneSeedGivesOneResult) {
  Symbol h = Symbol::variable("data");
  h = node("FullyConnected", "fc1", {h}, {{"num_hidden", "16"}});
  const Symbol mask = node("_random_uniform", "mask", {}, {{"shape", "(8, 16)"}});
  h = node("elemwise_mul", "masked", {h, mask});
  const Symbol symbol = node("FullyConnected", "fc2", {h}, {{"num_hidden", "3"}});
  const bool before = setDeterministic(true);
  std::vector<Floats> results;
  for (int run = 0; run < 2; ++run) {
    seedAll(17);
    Bound bound(symbol, {{"data", {8, 6}}});
    const auto executor = bound.bind(symbol);
    for (int step = 0; step < 3; ++step) {
      executor->forward(true);
      executor->backward({});
      results.push_back(valuesOf(executor->outputs()[0]));
      results.push_back(valuesOf(bound.gradients["fc1_weight"]));
    }
  }
  setDeterministic(before);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(results[i], results[i + 6]);
  EXPECT_NE(results[0], results[2]) << "each step draws anew";
}

}  // namespace
}  // namespace tenon
