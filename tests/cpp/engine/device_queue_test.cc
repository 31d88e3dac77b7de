// Tasks on devices with queues: what waits for what, how failures travel, and when memory is free
// again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/fence_waiter.h"
#include "memory/pool.h"
#include "support/fake_device.h"

namespace tenon {
namespace {

class DeviceQueueTest : public ::testing::Test {
 protected:
  DeviceQueueTest() : engine_(makeThreadedEngine(1)) {}
  ~DeviceQueueTest() override { engine_->stop(); }

  static TaskOptions on(Lane lane, int id = 0) {
    TaskOptions options;
    options.device = Device::gpu(id);
    options.lane = lane;
    options.may_run_inline = true;  // issued when `push` returns
    return options;
  }
  void issue(std::function<void()> kernel, std::vector<Variable*> reads,
             std::vector<Variable*> writes, TaskOptions options = on(Lane::kCompute)) {
    engine_->push(
        [kernel =
             std::make_shared<std::function<void()>>(std::move(kernel))](TaskContext& context) {
          static_cast<testing::FakeQueue*>(context.queue())->issue(*kernel);
        },
        reads, writes, options);
  }
  void host(std::function<void()> work, std::vector<Variable*> reads,
            std::vector<Variable*> writes) {
    engine_->push([work = std::make_shared<std::function<void()>>(std::move(work))](
                      TaskContext&) { (*work)(); },
                  reads, writes, {});
  }
  std::string errorOf(Variable& variable) {
    try {
      engine_->waitToRead(variable);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "no error";
  }

  /// The owner after `block`, whose work on the compute queue is held: it gets the same memory, and
  /// another queue and the host wait for what is under way there.
  void nextOwnerWaits(MemoryPool& pool, const Block& block) {
    const Block again = pool.allocate(64);
    ASSERT_EQ(again.data, block.data);
    int* const data = static_cast<int*>(again.data);
    Variable variable;
    adoptBlock(variable, again);
    issue([data] { *data = 2; }, {}, {&variable}, on(Lane::kCopy));
    EXPECT_EQ(fake_.queue(0, QueueKind::kCopyIn).waits(), 1);
    fake_.queue().release();
    engine_->waitToRead(variable);
    EXPECT_EQ(*data, 2);
    releaseAfterUse(variable, again, pool);
  }

  testing::FakeDevice fake_{2};
  std::unique_ptr<Engine> engine_;
};

TEST_F(DeviceQueueTest, workOnOneQueueWaitsForNoFence) {
  fake_.queue().hold();
  Variable a;
  Variable b;
  int value = 0;
  issue([&] { value = 1; }, {}, {&a});
  issue([&] { value *= 3; }, {&a}, {&b});
  EXPECT_TRUE(a.idle());  // issued is done, for the engine
  EXPECT_EQ(fake_.queue().waits(), 0);
  EXPECT_EQ(value, 0);
  fake_.queue().release();
  engine_->waitToRead(b);
  EXPECT_EQ(value, 3);
}

TEST_F(DeviceQueueTest, anotherQueueWaitsOnTheDevice) {
  fake_.queue().hold();
  Variable a;
  Variable b;
  int value = 0;
  issue([&] { value = 1; }, {}, {&a});
  issue([&] { value += 1; }, {&a}, {&b}, on(Lane::kCopyOut));
  issue([&] { value += 5; }, {&b}, {&b}, on(Lane::kCompute, 1));
  EXPECT_EQ(fake_.queue(0, QueueKind::kCopyOut).waits(), 1);
  EXPECT_EQ(fake_.queue(1).waits(), 1);
  fake_.queue().release();
  engine_->waitToRead(b);
  EXPECT_EQ(value, 7);
}

TEST_F(DeviceQueueTest, aWriteWaitsForReadersOnOtherQueues) {
  fake_.queue(0, QueueKind::kCopyOut).hold();
  Variable data;
  Variable copy;
  int value = 1;
  int copied = 0;
  issue([&] { copied = value; }, {&data}, {&copy}, on(Lane::kCopyOut));
  issue([&] { value = 2; }, {}, {&data});
  EXPECT_EQ(fake_.queue().waits(), 1);
  fake_.queue(0, QueueKind::kCopyOut).release();
  engine_->waitAll();
  EXPECT_EQ(copied, 1);
  EXPECT_EQ(value, 2);
}

TEST_F(DeviceQueueTest, aTaskThatReadsOnTheHostAsItIssuesWaitsForWhatItReads) {
  // As a copy to a device does, from memory that a copy from another is about to fill.
  fake_.queue(0, QueueKind::kCopyOut).hold();
  Variable host;
  Variable there;
  int value = 0;
  int seen = -1;
  issue([&] { value = 1; }, {}, {&host}, on(Lane::kCopyOut));
  TaskOptions copy = on(Lane::kCopy, 1);
  copy.reads_on_host = true;
  engine_->push(
      [&](TaskContext& context) {
        static_cast<testing::FakeQueue*>(context.queue())->issue([&seen, now = value] {
          seen = now;
        });
      },
      std::vector<Variable*>{&host}, std::vector<Variable*>{&there}, copy);
  EXPECT_FALSE(there.idle());
  fake_.queue(0, QueueKind::kCopyOut).release();
  engine_->waitToRead(there);
  EXPECT_EQ(seen, 1);
}

TEST_F(DeviceQueueTest, aTaskOfTheHostWaitsForCompletionWithoutKeepingAWorker) {
  fake_.queue().hold();
  Variable a;
  Variable b;
  Variable other;
  int value = 0;
  int seen = 0;
  bool ran = false;
  issue([&] { value = 1; }, {}, {&a});
  host([&] { seen = value; }, {&a}, {&b});
  host([&] { ran = true; }, {}, {&other});
  engine_->waitToRead(other);  // the only worker is free
  EXPECT_TRUE(ran);
  EXPECT_EQ(seen, 0);
  fake_.queue().release();
  engine_->waitToRead(b);
  EXPECT_EQ(seen, 1);
  engine_->waitToWrite(a);  // the task lets go of its variables one by one
}

TEST_F(DeviceQueueTest, waitAllWaitsForTheDevices) {
  fake_.queue().hold();
  Variable a;
  int value = 0;
  issue([&] { value = 1; }, {}, {&a});
  std::thread opener([&] { fake_.queue().release(); });
  engine_->waitAll();
  EXPECT_EQ(value, 1);
  opener.join();
}

TEST_F(DeviceQueueTest, aFailureOnTheDeviceSurfacesAtTheWaitUntilOverwritten) {
  Variable a;
  Variable b;
  issue([] { fail(ErrorKind::kInternal, "the kernel failed"); }, {}, {&a});
  EXPECT_THROW(fake_.queue().synchronize(), Error);  // the failure has happened before the wait
  EXPECT_EQ(errorOf(a), "the kernel failed");
  EXPECT_EQ(errorOf(a), "the kernel failed");
  bool ran = false;
  host([&] { ran = true; }, {&a}, {&b});
  EXPECT_EQ(errorOf(b), "the kernel failed");
  EXPECT_FALSE(ran);
  fake_.queue().clearFailures();
  issue([] {}, {}, {&a});
  EXPECT_EQ(errorOf(a), "no error");
}

TEST_F(DeviceQueueTest, aFailureOnTheDevicePoisonsAWaitingTaskOfTheHost) {
  fake_.queue().hold();
  Variable a;
  Variable b;
  bool ran = false;
  issue([] { fail(ErrorKind::kInternal, "the kernel failed"); }, {}, {&a});
  host([&] { ran = true; }, {&a}, {&b});
  fake_.queue().release();
  EXPECT_EQ(errorOf(b), "the kernel failed");
  EXPECT_EQ(errorOf(a), "the kernel failed");
  EXPECT_FALSE(ran);
  fake_.queue().clearFailures();
}

TEST_F(DeviceQueueTest, memoryOfTheComputeQueueIsFreeWhenIssued) {
  MemoryPool& pool = poolOf(Device::gpu(0));
  fake_.queue().hold();
  const Block block = pool.allocate(64);
  int* const data = static_cast<int*>(block.data);
  {
    Variable variable;
    issue([data] { *data = 1; }, {}, {&variable});
    releaseAfterUse(variable, block, pool);
  }
  EXPECT_EQ(pool.stats().in_use_bytes, 0);
  nextOwnerWaits(pool, block);
}

/// Scratch memory of a kernel that is under way, given out again to an array that the host fills.
TEST_F(DeviceQueueTest, scratchMemoryIsWaitedForByOtherQueues) {
  MemoryPool& pool = poolOf(Device::gpu(0));
  fake_.queue().hold();
  const Block scratch = pool.allocate(64);
  int* const data = static_cast<int*>(scratch.data);
  fake_.queue().issue([data] { *data = 1; });
  releaseIssued(&fake_.queue(), scratch, pool);
  EXPECT_EQ(pool.stats().in_use_bytes, 0);
  nextOwnerWaits(pool, scratch);
}

TEST_F(DeviceQueueTest, memoryThatAnotherQueueUsesIsHeldBack) {
  for (const Device owner : {Device::gpu(0), Device::cpu(7)}) {
    MemoryPool& pool = poolOf(owner);
    FenceWaiter::get().stop();
    const int64_t before = pool.stats().in_use_bytes;
    fake_.queue(0, QueueKind::kCopyOut).hold();
    const Block block = pool.allocate(64);
    int* const data = static_cast<int*>(block.data);
    {
      Variable variable;
      issue([data] { *data = 1; }, {}, {&variable}, on(Lane::kCopyOut));
      releaseAfterUse(variable, block, pool);
    }
    EXPECT_GT(pool.stats().in_use_bytes, before);
    fake_.queue(0, QueueKind::kCopyOut).release();
    FenceWaiter::get().stop();
    EXPECT_EQ(pool.stats().in_use_bytes, before);
  }
}

TEST_F(DeviceQueueTest, aDeviceThatIsNotThereIsTheTasksError) {
  Variable variable;
  TaskOptions options;
  options.device = Device{DeviceType::kShared, 0};
  Variable* const writes[] = {&variable};
  engine_->push([](TaskContext&) {}, {}, writes, options);
  EXPECT_EQ(errorOf(variable), "there are no devices of type cpu_shared here, only cpu, gpu");
}

}  // namespace
}  // namespace tenon
