#include "base/parallel.h"

#include <atomic>
#include <stdexcept>
#include <vector>

#include "support/expect_error.h"

namespace tenon {
namespace {

TEST(ParallelTest, visitsEveryIndexOnce) {
  for (int threads : {1, 2, 3, 7}) {
    const int before = threadCount();
    setThreadCount(threads);
    for (int64_t n : {0, 1, 2, 5, 100, 1001}) {
      std::vector<std::atomic<int>> visits(static_cast<size_t>(n));
      parallelFor(n, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
      });
      for (const auto& count : visits) EXPECT_EQ(count.load(), 1);
    }
    setThreadCount(before);
  }
}

TEST(ParallelTest, shortLoopsStayOnOneCall) {
  std::atomic<int> calls{0};
  parallelFor(99, 50, [&](int64_t, int64_t) { ++calls; });
  EXPECT_EQ(calls.load(), 1);
}

TEST(ParallelTest, nestedLoopsAreSerial) {
  const int before = threadCount();
  setThreadCount(2);
  std::atomic<int> inner_calls{0};
  parallelFor(2, 1, [&](int64_t begin, int64_t end) {
    EXPECT_TRUE(insideParallel());
    for (int64_t i = begin; i < end; ++i)
      parallelFor(1000, 1, [&](int64_t, int64_t) { ++inner_calls; });
  });
  EXPECT_EQ(inner_calls.load(), 2);
  EXPECT_FALSE(insideParallel());
  setThreadCount(before);
}

TEST(ParallelTest, anExceptionLeavesTheLoopOnceAllPartsHaveEnded) {
  const int before = threadCount();
  setThreadCount(4);
  std::atomic<int> ended{0};
  EXPECT_THROW(parallelFor(4, 1,
                           [&](int64_t begin, int64_t) {
                             ++ended;
                             if (begin % 2 == 0) throw std::runtime_error("part");
                           }),
               std::runtime_error);
  EXPECT_EQ(ended.load(), 4);
  EXPECT_FALSE(insideParallel());
  setThreadCount(before);
}

TEST(ParallelTest, rejectsLessThanOneThread) {
  expectError(ErrorKind::kInvalidArgument, "the number of threads is 0", [] { setThreadCount(0); });
}

}  // namespace
}  // namespace tenon
