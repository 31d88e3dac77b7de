#include "engine/worker_group.h"

#include <gtest/gtest.h>

namespace tenon {
namespace {

/// A group whose threads are not started: what is pushed stays, for waiters alone.
class WaitersTest : public testing::Test {
 protected:
  WaitersTest() {
    group_.stop();
    for (Task& task : tasks_) group_.push(&task);
  }
  // The group's end must find nothing.
  ~WaitersTest() override {
    while (group_.takeForWaiter() != nullptr) group_.doneHere();
  }

  WorkerGroup group_{"test", 1, nullptr, [](void*, Task*, WorkerGroup&) -> Task* {
                       ADD_FAILURE() << "a worker ran a task";
                       return nullptr;
                     }};
  Task tasks_[2];
};

TEST_F(WaitersTest, aWaiterTakesTheOldestTask) {
  EXPECT_EQ(group_.takeForWaiter(), &tasks_[0]);
  group_.doneHere();
  EXPECT_EQ(group_.takeForWaiter(), &tasks_[1]);
  group_.doneHere();
  EXPECT_EQ(group_.takeForWaiter(), nullptr);
}

// It would delay its own wait by what the worker, or the other waiter, is to do next.
TEST_F(WaitersTest, aWaiterTakesNothingWhileSomebodyIsAtWork) {
  ASSERT_EQ(group_.takeForWaiter(), &tasks_[0]);
  EXPECT_EQ(group_.takeForWaiter(), nullptr);
  group_.doneHere();
  EXPECT_EQ(group_.takeForWaiter(), &tasks_[1]);
  group_.doneHere();
}

}  // namespace
}  // namespace tenon
