#include "engine/inline_task.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"

namespace tenon {
namespace {

class InlineTask : public ::testing::Test {
 protected:
  bool attempt(const std::vector<Variable*>& reads, const std::vector<Variable*>& writes) {
    TaskOptions options;
    options.name = "small";
    return tryInline(*engine_, reads, writes, options, [&] {
      EXPECT_TRUE(Engine::insideTask());
      ++runs_;
      if (fails_) fail(ErrorKind::kIndex, "too far");
    });
  }
  void push(TaskFunction function, const std::vector<Variable*>& reads,
            const std::vector<Variable*>& writes) {
    engine_->push(std::move(function), reads, writes, {});
  }

  /// A task of a worker that uses the variables until `letGo`.
  void hold(const std::vector<Variable*>& reads, const std::vector<Variable*>& writes) {
    push(
        [this](TaskContext&) {
          std::unique_lock lock(mutex_);
          changed_.wait(lock, [this] { return open_; });
        },
        reads, writes);
  }
  void letGo() {
    {
      std::scoped_lock lock(mutex_);
      open_ = true;
    }
    changed_.notify_all();
    engine_->waitAll();
  }

  std::unique_ptr<Engine> engine_ = makeThreadedEngine(1);
  Variable a_, b_, c_;
  int runs_ = 0;
  bool fails_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

TEST_F(InlineTask, runsWhereVariablesAreIdle) {
  EXPECT_TRUE(attempt({&a_, &b_}, {&c_}));
  EXPECT_TRUE(attempt({&a_, &a_, &c_}, {&c_}));  // in place, and one input twice
  EXPECT_TRUE(attempt({}, {&a_, &b_}));
  EXPECT_TRUE(attempt({}, {}));
  EXPECT_EQ(runs_, 4);
  EXPECT_FALSE(Engine::insideTask());
  for (const Variable* variable : {&a_, &b_, &c_}) EXPECT_TRUE(variable->idle());
}

TEST_F(InlineTask, declinesWhatIsInUse) {
  hold({&a_}, {&b_});
  EXPECT_FALSE(attempt({&b_}, {&c_}));
  EXPECT_FALSE(attempt({}, {&b_}));
  EXPECT_FALSE(attempt({}, {&a_}));
  EXPECT_TRUE(c_.idle());              // what was claimed before has been let go
  EXPECT_TRUE(attempt({&a_}, {&c_}));  // readers overlap
  EXPECT_EQ(runs_, 1);
  letGo();
  EXPECT_TRUE(attempt({&b_}, {&a_}));
}

TEST_F(InlineTask, declinesToOvertakeAWaitingTask) {
  hold({&a_}, {});
  int written = 0;
  push([&](TaskContext&) { written = 1; }, {}, {&a_});
  EXPECT_FALSE(attempt({&a_}, {&b_}));
  letGo();
  EXPECT_EQ(written, 1);
}

TEST_F(InlineTask, keepsItsErrorOnWhatItWrites) {
  fails_ = true;
  EXPECT_TRUE(attempt({&a_}, {&b_, &c_}));
  fails_ = false;
  for (Variable* variable : {&b_, &c_}) {
    try {
      engine_->waitToRead(*variable);
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), "small: too far");
    }
  }
  EXPECT_NO_THROW(engine_->waitToRead(a_));
  EXPECT_FALSE(attempt({&b_}, {&a_}));  // inheriting errors is for `push`
  push([](TaskContext&) {}, {}, {&b_});
  engine_->waitToWrite(b_);
  EXPECT_TRUE(attempt({&b_}, {&a_}));
}

TEST_F(InlineTask, isOffWhenSwitchedOffStoppedOrWatched) {
  engine_->setInlineExecution(false);
  EXPECT_FALSE(attempt({}, {&a_}));
  engine_->setInlineExecution(true);
  EXPECT_TRUE(attempt({}, {&a_}));
  engine_->stop();
  EXPECT_FALSE(attempt({}, {&a_}));
  engine_->start();
  EngineHooks hooks;
  hooks.begin = [](void*, const TaskOptions&) {};
  engine_->setHooks(hooks);
  EXPECT_FALSE(attempt({}, {&a_}));
  engine_->setHooks({});
  EXPECT_TRUE(attempt({}, {&a_}));
  engine_ = makeSerialEngine();
  EXPECT_FALSE(attempt({}, {&a_}));
}

TEST_F(InlineTask, letsTasksThatCameMeanwhileGoOn) {
  int64_t sum = 0;
  constexpr int kTasks = 20000;
  std::thread pusher([&] {
    for (int i = 0; i < kTasks; ++i) push([&sum](TaskContext&) { ++sum; }, {}, {&a_, &b_});
  });
  const std::vector<Variable*> writes = {&b_, &a_};
  int64_t inlined = 0;
  for (int i = 0; i < kTasks; ++i) {
    if (tryInline(*engine_, {}, writes, {}, [&] { ++sum; })) ++inlined;
  }
  pusher.join();
  engine_->waitAll();
  EXPECT_EQ(sum, kTasks + inlined);
}

}  // namespace
}  // namespace tenon
