#include "exec/plan.h"

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "exec/run.h"
#include "exec/support.h"
#include "exec/test_ops.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

using Floats = std::vector<float>;
using PlanRun = Run;  // inside a test, Run is the test's own function

std::map<std::string, TensorSpec> specs(const std::map<std::string, Shape>& shapes) {
  std::map<std::string, TensorSpec> all;
  for (const auto& [name, shape] : shapes) all[name] = {shape, DType::kFloat32, nullptr};
  return all;
}

int countKind(const Plan& plan, PlanTask::Kind kind) {
  int count = 0;
  for (const PlanTask& task : plan.tasks) count += task.kind == kind ? 1 : 0;
  return count;
}

/// x*w*w: two kernels that like reversed data.
Symbol chain() {
  const Symbol x = Symbol::variable("x"), w = Symbol::variable("w");
  return node("_test_multiply", "second", {node("_test_multiply", "first", {x, w}), w});
}

TEST(Plan, reordersOnlyWhereLayoutsDiffer) {
  const ReversedLayout layout;
  const Ref<const Plan> plan = buildPlan({.outputs = chain().outputs(),
                                          .variables = specs({{"x", {3}}, {"w", {3}}}),
                                          .gradients = {},
                                          .device = Device::cpu(),
                                          .training = false});
  EXPECT_EQ(plan->packed.size(), 2u) << "x and w, each once";
  EXPECT_EQ(countKind(*plan, PlanTask::Kind::kReorder), 1) << "the output";
  EXPECT_EQ(countKind(*plan, PlanTask::Kind::kKernel), 2);
}

TEST(Plan, packsArgumentsAgainOnlyWhenTheyChange) {
  const ReversedLayout layout;
  const Symbol symbol = chain();
  Bound bound(symbol, {{"x", {3}}});
  bound.arguments["x"] = arrayOf({3}, {1, 2, 3});
  bound.arguments["w"] = arrayOf({3}, {2, 3, 4});
  const std::shared_ptr<Executor> executor = bound.bind(symbol);
  executor->forward(false);
  EXPECT_EQ(valuesOf(executor->outputs()[0]), (Floats{4, 18, 48}));
  packings = 0;
  executor->forward(false);
  EXPECT_EQ(valuesOf(executor->outputs()[0]), (Floats{4, 18, 48}));
  EXPECT_EQ(packings, 1) << "the output alone";
  filled({3}, 1).copyTo(bound.arguments["w"]);
  executor->forward(false);
  EXPECT_EQ(valuesOf(executor->outputs()[0]), (Floats{1, 2, 3}));
  EXPECT_EQ(packings, 3) << "the output again, and w";
}

TEST(Plan, trainsThroughLayouts) {
  const ReversedLayout layout;
  const Symbol symbol = chain();
  Bound bound(symbol, {{"x", {3}}});
  bound.arguments["x"] = arrayOf({3}, {1, 2, 3});
  bound.arguments["w"] = arrayOf({3}, {2, 3, 4});
  bound.gradients["x"] = filled({3}, 100);
  for (const Request request : {Request::kWrite, Request::kAdd}) {
    bound.gradients["w"] = filled({3}, 100);
    const auto executor = bound.bind(symbol, {{"w", request}});
    executor->forward(true);
    executor->backward({});
    EXPECT_EQ(valuesOf(executor->outputs()[0]), (Floats{4, 18, 48}));
    const float base = request == Request::kAdd ? 100 : 0;
    EXPECT_EQ(valuesOf(bound.gradients["w"]), (Floats{base + 4, base + 12, base + 24}));
    EXPECT_EQ(valuesOf(bound.gradients["x"]), (Floats{4, 9, 16}));
  }
}

TEST(Plan, addsGradientsThatComeInALayout) {
  const ReversedLayout layout;
  const Symbol symbol =
      node("_test_multiply", "product", {Symbol::variable("x"), Symbol::variable("w")});
  Bound bound(symbol, {{"x", {3}}});
  bound.arguments["x"] = arrayOf({3}, {1, 2, 3});
  bound.arguments["w"] = arrayOf({3}, {2, 3, 4});
  bound.gradients["w"] = filled({3}, 100);
  const auto executor = bound.bind(symbol, {{"w", Request::kAdd}});
  for (int i = 0; i < 2; ++i) {
    executor->forward(true);
    executor->backward({});
  }
  EXPECT_EQ(valuesOf(bound.gradients["w"]), (Floats{102, 104, 106}));
}

TEST(Plan, namesWhatIsNotBound) {
  expectError(ErrorKind::kInvalidArgument, "variable \"w\" is not bound", [] {
    buildPlan({.outputs = chain().outputs(),
               .variables = specs({{"x", {3}}}),
               .gradients = {},
               .device = Device::cpu(),
               .training = false});
  });
}

TEST(Plan, refusesShapesThatDependOnData) {
  const Symbol symbol = node("_test_positive", "positive", {Symbol::variable("x")});
  expectError(ErrorKind::kInvalidArgument, "depend on data", [&] {
    buildPlan({.outputs = symbol.outputs(),
               .variables = specs({{"x", {3}}}),
               .gradients = {},
               .device = Device::cpu(),
               .training = false});
  });
}

TEST(Plan, sharesArenaAndPackedWeightsBetweenRuns) {
  const ReversedLayout layout;
  const Ref<const Plan> plan = buildPlan({.outputs = chain().outputs(),
                                          .variables = specs({{"x", {2}}, {"w", {2}}}),
                                          .gradients = {},
                                          .device = Device::cpu(),
                                          .training = false});
  const auto packed = std::make_shared<PackedWeights>();
  const NDArray w = arrayOf({2}, {2, 3});
  std::vector<std::unique_ptr<PlanRun>> runs;
  std::vector<NDArray> results;
  packings = 0;
  for (int i = 0; i < 3; ++i) {
    auto run = std::make_unique<PlanRun>(plan, std::make_shared<Arena>(Device::cpu()), packed);
    results.push_back(filled({2}, 0));
    for (size_t e = 0; e < plan->externals.size(); ++e) {
      const External& external = plan->externals[e];
      const bool output = external.role == External::Role::kOutput;
      run->bind(static_cast<int>(e), output                 ? results.back()
                                     : external.name == "w" ? w
                                                            : filled({2}, static_cast<float>(i)));
    }
    run->push(Plan::kForward);
    runs.push_back(std::move(run));
  }
  for (int i = 0; i < 3; ++i) {
    const auto f = static_cast<float>(i);
    EXPECT_EQ(valuesOf(results[static_cast<size_t>(i)]), (Floats{4 * f, 9 * f}));
  }
  EXPECT_EQ(packings, 3 + 3 + 1) << "three inputs, three outputs, one weight";
}

TEST(Plan, checksWhatIsBound) {
  const Ref<const Plan> plan = buildPlan({.outputs = chain().outputs(),
                                          .variables = specs({{"x", {2}}, {"w", {2}}}),
                                          .gradients = {},
                                          .device = Device::cpu(),
                                          .training = false});
  PlanRun run(plan, std::make_shared<Arena>(Device::cpu()), std::make_shared<PackedWeights>());
  expectError(ErrorKind::kInvalidArgument, "is (3,) float32, expected (2,) float32",
              [&] { run.bind(0, filled({3}, 0)); });
  expectError(ErrorKind::kInvalidState, "is not bound", [&] { run.push(Plan::kForward); });
}

}  // namespace
}  // namespace tenon
