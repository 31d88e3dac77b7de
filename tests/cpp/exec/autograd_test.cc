#include "exec/autograd.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <functional>
#include <latch>
#include <mutex>
#include <thread>

#include "engine/engine.h"
#include "exec/support.h"
#include "exec/thread_state.h"
#include "exec/views.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

using Floats = std::vector<float>;

/// An array with a gradient.
struct Leaf {
  NDArray array, gradient;
  explicit Leaf(NDArray value, Request request = Request::kWrite) : array(std::move(value)) {
    gradient = filled(array.shape(), 0);
    markVariable(array, gradient, request);
  }
};

void backwardOf(const NDArray& head, bool retain = false) {
  backward(std::span(&head, 1), {}, retain, true);
}

/// Compares backward's gradient of sum(f(x)) with central differences.
void checkGradient(const std::function<NDArray(const NDArray&)>& f, const NDArray& at) {
  Leaf x(at);
  NDArray y;
  {
    const ModeScope recording(true, true);
    y = f(x.array);
  }
  backwardOf(y);
  const Floats analytic = valuesOf(x.gradient);
  const Floats values = valuesOf(at);
  const float step = 1e-2f;
  const auto total = [&](size_t i, float change) {
    Floats moved = values;
    moved[i] += change;
    double sum = 0;
    for (float v : valuesOf(f(arrayOf(at.shape(), moved)))) sum += v;
    return sum;
  };
  for (size_t i = 0; i < values.size(); ++i) {
    const double numeric = (total(i, step) - total(i, -step)) / (2 * step);
    EXPECT_NEAR(analytic[i], numeric, 2e-2 * std::max(1.0, std::abs(numeric))) << "element " << i;
  }
}

TEST(Autograd, agreesWithFiniteDifferences) {
  const NDArray x = noise({2, 3}, 1);
  const NDArray w = noise({4, 3}, 2);
  checkGradient([](const NDArray& v) { return call("tanh", {v}); }, x);
  checkGradient([](const NDArray& v) { return call("elemwise_mul", {v, v}); }, x);
  checkGradient(
      [&](const NDArray& v) {
        const NDArray h =
            call("FullyConnected", {v, w}, {{"num_hidden", "4"}, {"no_bias", "True"}});
        return call("elemwise_mul", {call("sigmoid", {h}), call("tanh", {h})});
      },
      x);
  checkGradient(
      [&](const NDArray& v) {
        return call("broadcast_add", {v, call("sum", {v}, {{"axis", "0"}})});
      },
      x);
}

TEST(Autograd, followsViews) {
  checkGradient(
      [](const NDArray& v) {
        const NDArray row = at(v, 1);
        const NDArray part = reshape(slice(v, 1, 3), {3, 2});
        return call("broadcast_mul", {part, reshape(slice(row, 0, 1), {1, 1})});
      },
      noise({4, 3}, 3));
  const NDArray x = arrayOf({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(at(x, 1).storage(), x.storage()) << "a view must not copy";
}

TEST(Autograd, writesOrAddsAsRequested) {
  for (const Request request : {Request::kWrite, Request::kAdd}) {
    Leaf x(arrayOf({2}, {1, 2}), request);
    for (int i = 0; i < 3; ++i) {
      NDArray y;
      {
        const ModeScope recording(true, true);
        y = call("_test_double", {x.array});
      }
      backwardOf(y);
    }
    const float expected = request == Request::kAdd ? 6 : 2;
    EXPECT_EQ(valuesOf(x.gradient), (Floats{expected, expected}));
  }
}

TEST(Autograd, takesHeadGradients) {
  Leaf x(arrayOf({2}, {1, 2}));
  NDArray y;
  {
    const ModeScope recording(true, true);
    y = call("_test_double", {x.array});
  }
  const NDArray head = arrayOf({2}, {10, 100});
  backward(std::span(&y, 1), std::span(&head, 1), true, true);
  EXPECT_EQ(valuesOf(x.gradient), (Floats{20, 200}));
  const NDArray wrong = filled({3}, 1);
  expectError(ErrorKind::kInvalidArgument, "the gradient of head 0 is (3,) float32, expected (2,)",
              [&] { backward(std::span(&y, 1), std::span(&wrong, 1), true, true); });
}

TEST(Autograd, sumsOverSeveralHeadsAndUses) {
  Leaf x(arrayOf({2}, {1, 2}));
  Leaf unused(arrayOf({2}, {1, 2}));
  NDArray heads[2];
  {
    const ModeScope recording(true, true);
    heads[0] = call("elemwise_mul", {x.array, x.array});
    heads[1] = call("elemwise_add", {x.array, unused.array});
  }
  backward(heads, {}, false, true);
  EXPECT_EQ(valuesOf(x.gradient), (Floats{3, 5}));
  EXPECT_EQ(valuesOf(unused.gradient), (Floats{1, 1}));
}

TEST(Autograd, refusesWhatWasNotRecorded) {
  Leaf x(filled({2}, 1));
  const NDArray y = call("_test_double", {x.array});
  expectError(ErrorKind::kInvalidState, "was not computed while recording", [&] { backwardOf(y); });
}

TEST(Autograd, refusesAFreedGraph) {
  Leaf x(filled({2}, 1));
  NDArray y;
  {
    const ModeScope recording(true, true);
    y = call("_test_double", {x.array});
  }
  backwardOf(y, true);
  backwardOf(y, false);
  expectError(ErrorKind::kInvalidState, "pass retain_graph", [&] { backwardOf(y); });
}

TEST(Autograd, refusesValuesThatWereChangedInPlace) {
  Leaf x(arrayOf({2}, {1, 2}));
  NDArray y;
  {
    const ModeScope recording(true, true);
    y = call("elemwise_mul", {x.array, x.array});
  }
  filled({2}, 9).copyTo(x.array);
  expectError(ErrorKind::kInvalidState, "changed in place", [&] { backwardOf(y, true); });
}

TEST(Autograd, refusesToWriteAVariableWhileRecording) {
  Leaf x(filled({2}, 1));
  const ModeScope recording(true, true);
  const NDArray* const inputs[] = {&x.array, &x.array};
  expectError(ErrorKind::kInvalidState, "cannot be written while recording",
              [&] { invoke(findOp("elemwise_add").parse({}), inputs, std::span(&x.array, 1)); });
}

TEST(Autograd, updatesOfVariablesBetweenStepsAreFine) {
  Leaf x(arrayOf({2}, {1, 2}));
  for (int i = 0; i < 3; ++i) {
    NDArray y;
    {
      const ModeScope recording(true, true);
      y = call("elemwise_mul", {x.array, x.array});
    }
    backwardOf(y);
    const OpAttrsPtr add = findOp("elemwise_add").parse({});
    const NDArray* const inputs[] = {&x.array, &x.gradient};
    invoke(add, inputs, std::span(&x.array, 1));
  }
  EXPECT_EQ(valuesOf(x.array), (Floats{27, 54}));
}

TEST(Autograd, statesThatTheOperatorWritesAreNoObstacle) {
  Leaf x(filled({2}, 3));
  const NDArray state = filled({1}, 0);
  NDArray y;
  {
    const ModeScope recording(true, true);
    y = call("_test_stateful", {x.array, state});
    y = call("_test_stateful", {y, state});
  }
  EXPECT_EQ(valuesOf(y), (Floats{15, 15}));
  backwardOf(y);
  EXPECT_EQ(valuesOf(x.gradient), (Floats{1, 1}));
}

TEST(Autograd, marksOnlyWithFittingGradients) {
  NDArray x = filled({2}, 1);
  expectError(ErrorKind::kInvalidArgument, "it is (3,) float32 on cpu(0)",
              [&] { markVariable(x, filled({3}, 0), Request::kWrite); });
  EXPECT_FALSE(gradientOf(x).defined());
  const NDArray gradient = filled({2}, 0);
  markVariable(x, gradient, Request::kWrite);
  EXPECT_EQ(gradientOf(x).storage(), gradient.storage());
  markVariable(x, {}, Request::kNull);
  EXPECT_FALSE(gradientOf(x).defined());
}

TEST(Autograd, destroysLongChainsWithoutRecursion) {
  Leaf x(filled({1}, 1));
  NDArray y = x.array;
  {
    const ModeScope recording(true, true);
    for (int i = 0; i < 100000; ++i) y = call("_plus_scalar", {y}, {{"scalar", "1"}});
  }
  backwardOf(y);
  EXPECT_EQ(valuesOf(x.gradient), (Floats{1}));
}

TEST(Autograd, detachStopsGradients) {
  Leaf x(filled({2}, 3));
  NDArray y;
  {
    const ModeScope recording(true, true);
    y = call("elemwise_mul", {x.array, detach(x.array)});
  }
  backwardOf(y);
  EXPECT_EQ(valuesOf(x.gradient), (Floats{3, 3}));
}

/// What two threads get that go back from the same array at once: how many reached the gradient,
/// and the messages of the others.
struct Together {
  std::atomic<int> done{0};
  std::vector<std::string> messages;

  Together(const NDArray& head, bool retain) {
    std::mutex mutex;
    std::latch start(2);
    const auto back = [&] {
      start.arrive_and_wait();
      try {
        backwardOf(head, retain);
        ++done;
      } catch (const Error& error) {
        const std::scoped_lock lock(mutex);
        messages.push_back(error.message());
      }
    };
    std::thread other(back);
    back();
    other.join();
  }
};

TEST(Autograd, backwardsOverOneGraphGoOneAfterTheOther) {
  for (int round = 0; round < 200; ++round) {
    Leaf x(arrayOf({2}, {1, 2}), Request::kAdd);
    NDArray y;
    {
      const ModeScope recording(true, true);
      y = x.array;
      for (int i = 0; i < 20; ++i) y = call("elemwise_mul", {y, x.array});
    }
    const Together keeping(y, true);
    EXPECT_EQ(keeping.done, 2);
    EXPECT_EQ(valuesOf(x.gradient), (Floats{2 * 21, 2 * 21 * 1048576.0f}));
    const Together freeing(y, false);
    EXPECT_EQ(freeing.done, 1);
    ASSERT_EQ(freeing.messages.size(), 1u);
    EXPECT_NE(freeing.messages[0].find("was freed by an earlier backward"), std::string::npos)
        << freeing.messages[0];
    EXPECT_EQ(valuesOf(x.gradient), (Floats{3 * 21, 3 * 21 * 1048576.0f}));
  }
}

}  // namespace
}  // namespace tenon
