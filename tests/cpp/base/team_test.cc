#include "base/team.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace tenon {
namespace {

void runParts(int64_t count, int threads, std::function<void(int64_t)> part) {
  Team::get().run(count, threads, &part, [](void* closure, int64_t index) {
    (*static_cast<std::function<void(int64_t)>*>(closure))(index);
  });
}

/// Sum over i < count of what `part` adds for it.
int64_t sumOfIndices(int64_t count, int threads) {
  std::atomic<int64_t> sum{0};
  runParts(count, threads, [&](int64_t i) { sum += i; });
  return sum.load();
}

TEST(TeamTest, runsEveryPartOnceWithMorePartsThanThreadsAndThanLanes) {
  for (const int threads : {1, 2, 5}) {
    for (const int64_t count : {0, 1, 2, 7, 255, 256, 257, 1000}) {
      std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
      runParts(count, threads, [&](int64_t i) { ++visits[static_cast<size_t>(i)]; });
      for (const auto& visit : visits) ASSERT_EQ(visit.load(), 1) << count << " " << threads;
    }
  }
}

TEST(TeamTest, partsKnowThatTheyAreParts) {
  std::atomic<int> inside{0};
  runParts(3, 3, [&](int64_t) { inside += Team::insidePart() ? 1 : 0; });
  EXPECT_EQ(inside.load(), 3);
  EXPECT_FALSE(Team::insidePart());
}

// Each part waits for the other, which needs two threads.
TEST(TeamTest, usesAHelper) {
  std::atomic<int> arrived{0};
  runParts(2, 2, [&](int64_t) {
    ++arrived;
    while (arrived.load() < 2) std::this_thread::yield();
  });
  EXPECT_EQ(arrived.load(), 2);
}

TEST(TeamTest, manyLeadersShareTheHelpers) {
  constexpr int kLeaders = 4, kRounds = 2000;
  std::vector<std::thread> leaders;
  std::atomic<int> wrong{0};
  for (int t = 0; t < kLeaders; ++t) {
    leaders.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        const int64_t count = 1 + (round + t) % 9;
        if (sumOfIndices(count, 3) != count * (count - 1) / 2) ++wrong;
      }
    });
  }
  for (std::thread& leader : leaders) leader.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST(TeamTest, startsAgainAfterStop) {
  EXPECT_EQ(sumOfIndices(100, 3), 4950);
  Team::get().stop();
  Team::get().stop();
  EXPECT_EQ(sumOfIndices(100, 3), 4950);
}

TEST(TeamTest, stopsWhileOthersLead) {
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::thread leader([&] {
    while (!done.load()) wrong += sumOfIndices(8, 3) == 28 ? 0 : 1;
  });
  for (int i = 0; i < 200; ++i) Team::get().stop();
  done = true;
  leader.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST(TeamTest, aForkedChildAndItsParentHaveTeams) {
  EXPECT_EQ(sumOfIndices(100, 3), 4950);
  const pid_t child = fork();
  if (child == 0) {
    // Needs a helper, not only the leader.
    std::atomic<int> arrived{0};
    runParts(2, 2, [&](int64_t) {
      ++arrived;
      while (arrived.load() < 2) std::this_thread::yield();
    });
    _exit(arrived.load() == 2 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(sumOfIndices(100, 3), 4950);
}

}  // namespace
}  // namespace tenon
