#include "exec/invoke.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "exec/signature_cache.h"
#include "exec/support.h"
#include "exec/test_ops.h"
#include "exec/thread_state.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

using Floats = std::vector<float>;

TEST(Invoke, allocatesAndComputes) {
  const NDArray a = arrayOf({2, 2}, {1, 2, 3, 4});
  const NDArray b = arrayOf({2, 2}, {10, 20, 30, 40});
  const NDArray sum = call("elemwise_add", {a, b});
  EXPECT_EQ(sum.shape(), Shape({2, 2}));
  EXPECT_EQ(sum.dtype(), DType::kFloat32);
  EXPECT_EQ(valuesOf(sum), (Floats{11, 22, 33, 44}));
}

TEST(Invoke, writesIntoGivenOutputs) {
  const NDArray a = arrayOf({3}, {1, 2, 3});
  NDArray out = filled({3}, 0);
  const uint64_t version = out.storage()->version();
  const OpAttrsPtr add = findOp("elemwise_add").parse({});
  const NDArray* const inputs[] = {&a, &a};
  invoke(add, inputs, std::span(&out, 1));
  EXPECT_EQ(valuesOf(out), (Floats{2, 4, 6}));
  EXPECT_GT(out.storage()->version(), version);
}

TEST(Invoke, updatesInPlaceWhereTheOperatorAllows) {
  NDArray x = arrayOf({4}, {1, 2, 3, 4});
  const NDArray y = filled({4}, 1);
  const OpAttrsPtr add = findOp("elemwise_add").parse({});
  const NDArray* const inputs[] = {&x, &y};
  for (int i = 0; i < 3; ++i) invoke(add, inputs, std::span(&x, 1));
  EXPECT_EQ(valuesOf(x), (Floats{4, 5, 6, 7}));
}

TEST(Invoke, goesThroughATemporaryWhereOutputAndInputOverlap) {
  const NDArray x = arrayOf({6}, {1, 2, 3, 4, 5, 6});
  const NDArray from = x.slice(0, 4);
  NDArray to = x.slice(2, 6);
  const OpAttrsPtr attrs = findOp("_test_double").parse({});
  const NDArray* const inputs[] = {&from};
  invoke(attrs, inputs, std::span(&to, 1));
  EXPECT_EQ(valuesOf(x), (Floats{1, 2, 2, 4, 6, 8}));
}

/// The threads on which tasks of this name began.
std::vector<std::thread::id> threadsOf(const std::string& name, const std::function<void()>& body) {
  struct Seen {
    std::string name;
    std::mutex mutex;
    std::vector<std::thread::id> threads;
  } seen{.name = name, .mutex = {}, .threads = {}};
  EngineHooks hooks;
  hooks.self = &seen;
  hooks.begin = [](void* self, const TaskOptions& task) {
    auto& all = *static_cast<Seen*>(self);
    std::scoped_lock lock(all.mutex);
    if (task.name == all.name) all.threads.push_back(std::this_thread::get_id());
  };
  Engine::get().setHooks(hooks);
  body();
  Engine::get().waitAll();
  Engine::get().setHooks({});
  return seen.threads;
}

TEST(Invoke, aSmallProductRunsOnTheCallersThread) {
  const NDArray a = filled({64, 64}, 2), b = filled({64, 64}, 3);
  NDArray product;
  const auto threads = threadsOf("dot", [&] { product = call("dot", {a, b}); });
  EXPECT_EQ(threads, std::vector{std::this_thread::get_id()});
  EXPECT_EQ(valuesOf(product), Floats(64 * 64, 64 * 6));
}

TEST(Invoke, passesDynamicParameters) {
  const NDArray x = arrayOf({2}, {1, 2});
  const OpAttrsPtr attrs = findOp("_plus_scalar").parse({{"scalar", "1"}});
  const NDArray* const inputs[] = {&x};
  for (double scalar : {5.0, 7.0}) {
    NDArray out;
    invoke(attrs, inputs, std::span(&out, 1), std::span(&scalar, 1));
    EXPECT_EQ(valuesOf(out)[1], 2 + static_cast<float>(scalar));
  }
  NDArray out;
  invoke(attrs, inputs, std::span(&out, 1));
  EXPECT_EQ(valuesOf(out), (Floats{2, 3}));
}

TEST(Invoke, preparesOncePerSignature) {
  const NDArray x = filled({37}, 1);
  const OpAttrsPtr attrs = findOp("_test_double").parse({});
  const int before = preparations;
  for (int i = 0; i < 5; ++i) {
    NDArray out;
    const NDArray* const inputs[] = {&x};
    invoke(attrs, inputs, std::span(&out, 1));
    EXPECT_EQ(valuesOf(out)[36], 2);
  }
  EXPECT_EQ(preparations, before + 1);
}

TEST(Invoke, knowsEqualAttributesAgain) {
  const NDArray x = filled({1, 41}, 1);  // which no other test doubles
  const int before = preparations;
  for (int i = 0; i < 5; ++i) call("_test_double", {x});
  EXPECT_EQ(preparations, before + 1);
}

TEST(Invoke, keepsTheSignatureCacheBounded) {
  const OpAttrsPtr attrs = findOp("_test_double").parse({});
  for (int64_t n = 1; n < static_cast<int64_t>(kSignatureCacheCapacity) + 100; ++n) {
    const NDArray x = NDArray::empty({n}, DType::kFloat32, Device::cpu());
    const NDArray* const inputs[] = {&x};
    NDArray out;
    invoke(attrs, inputs, std::span(&out, 1));
    EXPECT_EQ(out.shape(), Shape({n}));
  }
  EXPECT_LE(signatureCacheSize(), kSignatureCacheCapacity);
  Engine::get().waitAll();
}

TEST(Invoke, skipsKernelsWhoseOutputsAreEmpty) {
  const NDArray empty = NDArray::empty({0, 3}, DType::kFloat32, Device::cpu());
  const NDArray out = call("_test_failing", {empty});
  EXPECT_EQ(out.shape(), Shape({0, 3}));
  out.waitToRead();
}

TEST(Invoke, learnsShapesThatDependOnData) {
  EXPECT_EQ(valuesOf(call("_test_positive", {arrayOf({4}, {-1, 2, 0, 3})})), (Floats{2, 3}));
  EXPECT_EQ(call("_test_positive", {filled({4}, -1)}).shape(), Shape({0}));
}

TEST(Invoke, refusesAGradientThatIsNotTheReductions) {
  const NDArray x = filled({2, 3}, 1);
  expectError(ErrorKind::kInvalidArgument,
              "_backward_sum: a gradient of shape (2,) is not that of the reduced (2,3)", [&] {
                call("_backward_sum", {filled({2}, 1), x}, {{"axis", "0"}});
              });
}

TEST(Invoke, namesTheOperatorAndShapesInErrorsAtTheCall) {
  const NDArray a = filled({2, 3}, 1);
  const NDArray b = filled({3, 2}, 1);
  expectError(ErrorKind::kInvalidArgument, "(2,3)", [&] { call("elemwise_add", {a, b}); });
  expectError(ErrorKind::kInvalidArgument, "elemwise_add", [&] { call("elemwise_add", {a, b}); });
  expectError(ErrorKind::kInvalidArgument, "takes 2 inputs, 1 are given: expected lhs, rhs", [&] {
    NDArray out;
    const NDArray* const one[] = {&a};
    invoke(findOp("elemwise_add").parse({}), one, std::span(&out, 1));
  });
  expectError(ErrorKind::kInvalidArgument, "is no array", [&] {
    call("elemwise_add", {a, NDArray()});
  });
  expectError(ErrorKind::kInvalidArgument, "is on cpu(1)", [&] {
    call("elemwise_add", {a, arrayOf({2, 3}, Floats(6, 1), Device::cpu(1))});
  });
  NDArray wrong = filled({5}, 0);
  const OpAttrsPtr add = findOp("elemwise_add").parse({});
  const NDArray* const inputs[] = {&a, &a};
  expectError(ErrorKind::kInvalidArgument, "is given as (5,) float32, expected (2,3) float32",
              [&] { invoke(add, inputs, std::span(&wrong, 1)); });
}

TEST(Invoke, keepsErrorsOfTheComputationForTheReader) {
  const NDArray bad = call("_test_failing", {filled({2, 3}, 7)});
  expectError(ErrorKind::kInvalidArgument,
              "_test_failing(data: (2,3) float32): element 0 is 7, expected less than 0",
              [&] { valuesOf(bad); });
  const NDArray next = call("_test_double", {bad});
  expectError(ErrorKind::kInvalidArgument, "element 0 is 7", [&] { valuesOf(next); });
  try {
    Engine::get().waitAll();
  } catch (const Error&) {
  }
}

/// Ends the process with 0 if calls throw their computations' errors at once.
void exitByWhereErrorsAppear() {
  bool at_the_call = false;
  try {
    call("_test_failing", {filled({2}, 7)});
  } catch (const Error&) {
    at_the_call = true;
  }
  std::_Exit(at_the_call ? 0 : 1);
}

TEST(InvokeDeathTest, throwsAtTheCallWhereTheSettingSaysSo) {
  // The child is a new process, which reads the setting anew.
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(exitByWhereErrorsAppear(), testing::ExitedWithCode(1), "");
  setenv("TENON_SYNCHRONOUS", "1", 1);
  EXPECT_EXIT(exitByWhereErrorsAppear(), testing::ExitedWithCode(0), "");
  unsetenv("TENON_SYNCHRONOUS");
}

TEST(Invoke, manyThreadsGetWhatOneThreadGets) {
  constexpr int kThreads = 4, kRounds = 2000;
  const NDArray shared = arrayOf({4}, {1, 2, 3, 4});
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const OpAttrsPtr add = findOp("elemwise_add").parse({});
      NDArray sum = filled({4}, 0);
      const NDArray* const inputs[] = {&sum, &shared};
      for (int i = 0; i < kRounds; ++i) {
        invoke(add, inputs, std::span(&sum, 1));
        const NDArray other = NDArray::empty({1 + (i + t) % 50}, DType::kFloat32, Device::cpu());
        call("_test_double", {other});
      }
      if (valuesOf(sum) != Floats{kRounds, 2 * kRounds, 3 * kRounds, 4 * kRounds}) ++wrong;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  Engine::get().waitAll();
}

TEST(ThreadState, isOfEachThread) {
  EXPECT_FALSE(threadState().training);
  threadState().training = true;
  bool other = true;
  std::thread([&] { other = threadState().training; }).join();
  EXPECT_FALSE(other);
  threadState().training = false;
}

TEST(ThreadState, deterministicModeIsOfTheProcess) {
  const bool before = setDeterministic(true);
  EXPECT_TRUE(isDeterministic());
  EXPECT_TRUE(setDeterministic(before));
}

}  // namespace
}  // namespace tenon
