// What every engine promises, on the serial one and on threaded ones.
#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <latch>
#include <mutex>
#include <optional>
#include <thread>

#include "base/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>

// A forked child does not have its parent's other threads: the finished tasks that those kept for
// reuse are nobody's in there, and its leak check would take them for lost.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:tenon::acquireTask";
}
#endif

namespace tenon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A door that tasks wait at until the test opens it.
class Gate {
 public:
  void open() {
    {
      std::scoped_lock lock(mutex_);
      open_ = true;
    }
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

std::string messageOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

ErrorKind kindOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind{};
}

void failingTask(TaskContext&) { fail(ErrorKind::kIndex, "index 7 is out of range"); }

class EngineTest : public ::testing::TestWithParam<int> {
 protected:
  EngineTest() : engine_(GetParam() == 0 ? makeSerialEngine() : makeThreadedEngine(GetParam())) {}

  template <class F>
  void push(F&& function, std::vector<Variable*> reads, std::vector<Variable*> writes,
            TaskOptions options = {}) {
    engine_->push(std::forward<F>(function), reads, writes, options);
  }
  bool serial() const { return GetParam() == 0; }

  std::unique_ptr<Engine> engine_;
};

INSTANTIATE_TEST_SUITE_P(Engines, EngineTest, ::testing::Values(0, 1, 3), [](const auto& workers) {
  return workers.param == 0 ? std::string("Serial") : "Threaded" + std::to_string(workers.param);
});

TEST_P(EngineTest, writesHappenInTheOrderOfPushing) {
  Variable variable;
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) {
    push([&order, i](TaskContext&) { order.push_back(i); }, {}, {&variable});
  }
  engine_->waitToRead(variable);
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
  EXPECT_TRUE(variable.idle());
}

TEST_P(EngineTest, readsSeeTheWriteBeforeAndNotTheOneAfter) {
  Variable data;
  Variable results[8];
  int value = 0;
  int seen[8] = {};
  push([&](TaskContext&) { value = 1; }, {}, {&data});
  for (int i = 0; i < 8; ++i) {
    push([&value, &seen, i](TaskContext&) { seen[i] = value; }, {&data}, {&results[i]});
  }
  push([&](TaskContext&) { value = 2; }, {}, {&data});
  engine_->waitAll();
  EXPECT_THAT(seen, ::testing::Each(1));
  EXPECT_EQ(value, 2);
}

TEST_P(EngineTest, aVariableMayBeNamedSeveralTimes) {
  Variable a;
  Variable b;
  int runs = 0;
  push([&](TaskContext&) { ++runs; }, {&a, &a, &b}, {&b});
  push([&](TaskContext&) { ++runs; }, {&b, &a, &b}, {&a});
  engine_->waitToRead(a);
  EXPECT_EQ(runs, 2);
}

TEST_P(EngineTest, manyVariablesInOneTask) {
  std::vector<Variable> variables(300);
  std::vector<Variable*> all;
  for (Variable& variable : variables) all.push_back(&variable);
  std::vector<int> order;
  for (int i = 0; i < 20; ++i) {
    push([&order, i](TaskContext&) { order.push_back(i); }, {}, all);
    std::swap(all[static_cast<size_t>(i)], all[299 - static_cast<size_t>(i)]);
  }
  engine_->waitAll();
  ASSERT_EQ(order.size(), 20u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_P(EngineTest, theFunctionIsGoneBeforeTheNextTaskRunsAndBeforeWaitAllEnds) {
  Variable variable;
  Gate gate;
  if (serial()) gate.open();
  auto owned = std::make_shared<int>(1);
  push([owned, &gate](TaskContext&) { gate.pass(); }, {}, {&variable});
  long seen = 0;
  push([&](TaskContext&) { seen = owned.use_count(); }, {&variable}, {});
  gate.open();
  engine_->waitAll();
  EXPECT_EQ(seen, 1);
  push([owned](TaskContext&) {}, {}, {&variable});
  engine_->waitAll();
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_P(EngineTest, anErrorIsThrownByEachWaitUntilOverwritten) {
  Variable variable;
  TaskOptions options;
  options.name = "take";
  push(failingTask, {}, {&variable}, options);
  EXPECT_EQ(messageOf([&] { engine_->waitToRead(variable); }), "take: index 7 is out of range");
  EXPECT_EQ(kindOf([&] { engine_->waitToWrite(variable); }), ErrorKind::kIndex);
  push([](TaskContext&) {}, {}, {&variable});
  EXPECT_NO_THROW(engine_->waitToRead(variable));
  EXPECT_NO_THROW(engine_->waitAll());  // it was reported before
}

TEST_P(EngineTest, anErrorPoisonsWhatDependsOnIt) {
  Variable a;
  Variable b;
  Variable c;
  Variable d;
  bool ran = false;
  bool freed = false;
  push(failingTask, {}, {&a});
  push([&](TaskContext&) { ran = true; }, {&a}, {&b});
  push([&](TaskContext&) { ran = true; }, {&b, &c},
       {&c});  // reads what it writes: still poisoned after
  TaskOptions always;
  always.runs_on_error = true;
  push([&](TaskContext&) { freed = true; }, {&a}, {&d}, always);
  for (Variable* variable : {&a, &b, &c, &d}) {
    EXPECT_EQ(messageOf([&] { engine_->waitToRead(*variable); }), "index 7 is out of range");
  }
  EXPECT_FALSE(ran);
  EXPECT_TRUE(freed);
  // A write that does not read is a new beginning, one that reads too is none.
  push([](TaskContext&) {}, {}, {&b});
  push([](TaskContext&) {}, {&c}, {&c});
  EXPECT_NO_THROW(engine_->waitToRead(b));
  EXPECT_THROW(engine_->waitToRead(c), Error);
}

TEST_P(EngineTest, waitAllThrowsTheFirstUnreportedErrorOnce) {
  Variable a;
  Variable b;
  push(failingTask, {}, {&a});
  push([](TaskContext&) { throw std::runtime_error("second"); }, {&a}, {&b});
  EXPECT_EQ(messageOf([&] { engine_->waitAll(); }), "index 7 is out of range");
  EXPECT_NO_THROW(engine_->waitAll());
  EXPECT_THROW(engine_->waitToRead(b), Error);
}

TEST_P(EngineTest, anErrorOfATaskThatWritesNothingReachesWaitAll) {
  push([](TaskContext&) { throw std::runtime_error("lost"); }, {}, {});
  EXPECT_THROW(engine_->waitAll(), std::runtime_error);
  EXPECT_NO_THROW(engine_->waitAll());
}

TEST_P(EngineTest, workersSurviveErrors) {
  Variable variables[50];
  for (Variable& variable : variables) push(failingTask, {}, {&variable});
  EXPECT_THROW(engine_->waitAll(), Error);
  Variable after;
  int value = 0;
  push([&](TaskContext&) { value = 5; }, {}, {&after});
  engine_->waitToRead(after);
  EXPECT_EQ(value, 5);
}

TEST_P(EngineTest, waitingInsideATaskIsAnError) {
  Variable variable;
  Variable other;
  std::vector<std::string> messages;
  push(
      [&](TaskContext&) {
        EXPECT_TRUE(Engine::insideTask());
        messages.push_back(messageOf([&] { engine_->waitToRead(other); }));
        messages.push_back(messageOf([&] { engine_->waitToWrite(other); }));
        messages.push_back(messageOf([&] { engine_->waitAll(); }));
        messages.push_back(messageOf([&] { engine_->stop(); }));
      },
      {}, {&variable});
  engine_->waitToRead(variable);
  EXPECT_FALSE(Engine::insideTask());
  EXPECT_THAT(
      messages,
      ElementsAre(HasSubstr("waitToRead was called inside a task"), HasSubstr("waitToWrite"),
                  HasSubstr("waitAll was called inside a task"), HasSubstr("stop")));
}

TEST_P(EngineTest, tasksMayPushTasks) {
  Variable variable;
  std::vector<int> order;
  push(
      [&](TaskContext&) {
        push([&](TaskContext&) { order.push_back(2); }, {}, {&variable});
        order.push_back(1);
      },
      {}, {&variable});
  engine_->stop();  // everything, also what tasks push
  EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST_P(EngineTest, aTokenEndsATaskFromAnotherThread) {
  Variable variable;
  int value = 0;
  std::thread completer;
  push(
      [&](TaskContext& context) {
        completer = std::thread([&value, token = context.token()] {
          value = 3;
          token.complete();
        });
      },
      {}, {&variable});
  int seen = 0;
  Variable result;
  push([&](TaskContext&) { seen = value; }, {&variable}, {&result});
  engine_->waitToRead(result);
  EXPECT_EQ(seen, 3);
  completer.join();
}

TEST_P(EngineTest, aTokenMayBeCompletedBeforeTheFunctionReturns) {
  Variable variable;
  std::optional<TaskToken> kept;
  push(
      [&](TaskContext& context) {
        kept = context.token();
        kept->complete();
      },
      {}, {&variable});
  engine_->waitToRead(variable);
  EXPECT_EQ(kindOf([&] { kept->complete(); }), ErrorKind::kInternal);
}

TEST_P(EngineTest, aTokenFailsItsTask) {
  Variable variable;
  std::thread completer;
  TaskOptions options;
  options.name = "callback";
  push(
      [&](TaskContext& context) {
        completer = std::thread([token = context.token()] {
          token.fail(std::make_exception_ptr(Error(ErrorKind::kInvalidState, "it broke")));
        });
      },
      {}, {&variable}, options);
  EXPECT_EQ(messageOf([&] { engine_->waitToRead(variable); }), "callback: it broke");
  completer.join();
}

TEST_P(EngineTest, aTaskThatThrowsAfterTakingItsTokenHasFailed) {
  Variable variable;
  std::optional<TaskToken> token;
  push(
      [&](TaskContext& context) {
        token = context.token();
        fail(ErrorKind::kIo, "no file");
      },
      {}, {&variable});
  EXPECT_EQ(messageOf([&] { engine_->waitToRead(variable); }), "no file");
}

TEST_P(EngineTest, stopRefusesTasksUntilStart) {
  Variable variable;
  int value = 0;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 10; ++i) push([&](TaskContext&) { ++value; }, {}, {&variable});
    engine_->stop();
    EXPECT_EQ(value, 10 * (round + 1));
    EXPECT_EQ(messageOf([&] { push([](TaskContext&) {}, {}, {&variable}); }),
              "the engine is stopped: no task can be pushed");
    engine_->stop();
    engine_->start();
  }
  push([&](TaskContext&) { value = -1; }, {}, {&variable});
  engine_->waitToRead(variable);
  EXPECT_EQ(value, -1);
}

TEST_P(EngineTest, hooksAreCalledAroundTasks) {
  struct Record {
    std::mutex mutex;
    std::vector<std::string> events;
    void add(std::string event) {
      std::scoped_lock lock(mutex);
      events.push_back(std::move(event));
    }
  } record;
  EngineHooks hooks;
  hooks.self = &record;
  hooks.begin = [](void* self, const TaskOptions& task) {
    static_cast<Record*>(self)->add(std::string("begin ") + task.name);
  };
  hooks.end = [](void* self, const TaskOptions& task, bool failed) {
    static_cast<Record*>(self)->add(std::string(failed ? "failed " : "end ") + task.name);
  };
  engine_->setHooks(hooks);
  Variable variable;
  TaskOptions options;
  options.name = "a";
  options.may_run_inline = true;
  push([](TaskContext&) {}, {}, {&variable}, options);
  options.name = "b";
  push(failingTask, {}, {&variable}, options);
  EXPECT_THROW(engine_->waitToRead(variable), Error);
  engine_->setHooks({});
  push([](TaskContext&) {}, {}, {&variable}, options);
  engine_->waitToRead(variable);
  EXPECT_THAT(record.events, ElementsAre("begin a", "end a", "begin b", "failed b"));
}

TEST_P(EngineTest, threadsThatNameVariablesInAnyOrderDoNotBlockEachOther) {
  Variable a;
  Variable b;
  int64_t count_a = 0;
  int64_t count_b = 0;
  constexpr int kTasks = 3000;
  const auto pusher = [&](bool swapped) {
    for (int i = 0; i < kTasks; ++i) {
      push([&](TaskContext&) { ++count_a, ++count_b; }, {},
           swapped ? std::vector{&b, &a} : std::vector{&a, &b});
      if (swapped) {
        push([&](TaskContext&) { ++count_a; }, {&b}, {&a});
      } else {
        push([&](TaskContext&) { ++count_b; }, {&a}, {&b});
      }
    }
  };
  std::thread first(pusher, false);
  std::thread second(pusher, true);
  first.join();
  second.join();
  engine_->waitAll();
  EXPECT_EQ(count_a, 3 * kTasks);
  EXPECT_EQ(count_b, 3 * kTasks);
}

TEST(ThreadedEngineTest, readersOverlap) {
  auto engine = makeThreadedEngine(2);
  Variable data;
  Variable results[2];
  Gate gates[2];
  for (int i = 0; i < 2; ++i) {
    // Each lets the other pass: both must be running.
    Variable* const reads[] = {&data};
    Variable* const writes[] = {&results[i]};
    engine->push(
        [&gates, i](TaskContext&) {
          gates[1 - i].open();
          gates[i].pass();
        },
        reads, writes, {});
  }
  engine->waitAll();
}

TEST(ThreadedEngineTest, higherPrioritiesGoFirstAndEqualOnesInOrder) {
  auto engine = makeThreadedEngine(1);
  Gate gate;
  Variable first;
  Variable* const first_writes[] = {&first};
  std::latch started(1);
  engine->push(
      [&](TaskContext&) {
        started.count_down();
        gate.pass();
      },
      {}, first_writes, {});
  started.wait();  // or a higher priority would go before it
  std::vector<int> order;
  // Not one of the engine's waits, which would help the worker out of turn.
  std::latch done(7);
  const int priorities[] = {0, 5, -3, 5, 0, 9, -3};
  Variable variables[7];
  for (int i = 0; i < 7; ++i) {
    TaskOptions options;
    options.priority = priorities[i];
    Variable* const writes[] = {&variables[i]};
    engine->push(
        [&order, &done, i](TaskContext&) {
          order.push_back(i);
          done.count_down();
        },
        {}, writes, options);
  }
  gate.open();
  done.wait();
  engine->waitAll();
  EXPECT_THAT(order, ElementsAre(5, 1, 3, 0, 4, 2, 6));
}

TEST(ThreadedEngineTest, lanesDoNotWaitForEachOther) {
  auto engine = makeThreadedEngine(1);
  Gate gate;
  Variable compute;
  Variable* const compute_writes[] = {&compute};
  engine->push([&](TaskContext&) { gate.pass(); }, {}, compute_writes, {});
  for (const Lane lane : {Lane::kCopy, Lane::kIo, Lane::kCallback, Lane::kCopyOut}) {
    TaskOptions options;
    options.lane = lane;
    Variable variable;
    Variable* const writes[] = {&variable};
    engine->push([](TaskContext&) {}, {}, writes, options);
    engine->waitToRead(variable);
  }
  gate.open();
  engine->waitAll();
}

TEST(ThreadedEngineTest, aDroppedTokenIsAnError) {
  auto engine = makeThreadedEngine(1);
  Variable variable;
  Variable* const writes[] = {&variable};
  engine->push([](TaskContext& context) { context.token(); }, {}, writes, {});
  EXPECT_EQ(messageOf([&] { engine->waitToRead(variable); }),
            "the task's token was dropped without being completed");
}

TEST(ThreadedEngineTest, waitToWriteWaitsForReaders) {
  auto engine = makeThreadedEngine(1);
  Variable data;
  Variable* const variables[] = {&data};
  Gate gate;
  std::atomic<bool> read{false};
  engine->push(
      [&](TaskContext&) {
        gate.pass();
        read = true;
      },
      variables, {}, {});
  EXPECT_FALSE(data.idle());
  engine->waitToRead(data);  // readers do not keep readers away
  gate.open();
  engine->waitToWrite(data);
  EXPECT_TRUE(read);
  EXPECT_TRUE(data.idle());
}

TEST(ThreadedEngineTest, aStormOfPushersAndWaitersLosesNothing) {
  auto engine = makeThreadedEngine(3);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        Variable variable;
        Variable* const writes[] = {&variable};
        int value = 0;
        engine->push([&value](TaskContext&) { value = 1; }, {}, writes, {});
        engine->waitToRead(variable);
        ASSERT_EQ(value, 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ThreadedEngineTest, burstsThatEndAsWorkersFallAsleepLoseNoWakeUp) {
  for (const int workers : {1, 2}) {
    auto engine = makeThreadedEngine(workers);
    engine->setInlineExecution(false);
    std::vector<Variable> variables(64);
    std::atomic<int64_t> runs{0};
    for (int burst = 0; burst < 600; ++burst) {
      for (int i = 0; i <= burst % 64; ++i) {
        Variable* const writes[] = {&variables[static_cast<size_t>(i)]};
        engine->push([&runs](TaskContext&) { ++runs; }, {}, writes, {});
      }
      engine->waitAll();
    }
    EXPECT_GT(runs, 600);
  }
}

/// Stands for what kernels use: gone when static objects go.
struct Used {
  std::atomic<bool> in_use{false};
  ~Used() {
    if (in_use) _exit(3);
  }
};
Used used;  // made before the engine, so it goes after the engine's own end

#if !defined(__SANITIZE_THREAD__)  // which allows no threads after a fork
TEST(EngineSingleton, worksOnInBothProcessesAfterAFork) {
  int value = 0;
  Variable variable;
  const auto run = [&] {
    Variable* const writes[] = {&variable};
    Engine::get().push([&value](TaskContext&) { ++value; }, {}, writes, {});
    Engine::get().waitToRead(variable);
  };
  run();
  std::fflush(stdout);  // or the child would print it again
  const pid_t child = fork();
  if (child == 0) {
    run();
    _exit(value == 2 ? 0 : 1);
  }
  run();
  EXPECT_EQ(value, 2);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
}

TEST(EngineSingleton, endsRunningTasksBeforeStaticObjectsGo) {
  Engine::get();
  std::fflush(stdout);  // or the child would print it again
  const pid_t child = fork();
  if (child == 0) {
    // Leaked: the tasks outlive this function.
    auto& variable = *new Variable;
    std::atomic<bool> started{false};
    Variable* const writes[] = {&variable};
    for (int i = 0; i < 1000; ++i) {
      Engine::get().push(
          [&started](TaskContext&) {
            used.in_use = true;
            started = true;
            for (int k = 0; k < 20; ++k) std::this_thread::yield();
            used.in_use = false;
          },
          {}, writes, {});
    }
    while (!started) std::this_thread::yield();
    std::exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
}
#endif

TEST(EngineSingleton, isMadeOnceAsTheSettingsSay) {
  EXPECT_EQ(&Engine::get(), &Engine::get());
  EXPECT_STREQ(Engine::get().kind(), "threaded");
}

}  // namespace
}  // namespace tenon
