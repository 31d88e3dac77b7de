#include "ops/shape/strided_copy.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "base/half.h"
#include "base/parallel.h"

namespace tenon {
namespace {

/// Restores the number of threads.
class WithThreads {
 public:
  explicit WithThreads(int count) : before_(threadCount()) { setThreadCount(count); }
  ~WithThreads() { setThreadCount(before_); }

 private:
  int before_;
};

struct Loop {
  int64_t extent;
  int64_t from;
  int64_t to;
};

/// The same nest, loop by loop.
template <class T>
void copyPlainly(const std::vector<Loop>& loops, size_t depth, const T* from, T* to) {
  if (depth == loops.size()) {
    *to = *from;
    return;
  }
  for (int64_t i = 0; i < loops[depth].extent; ++i) {
    copyPlainly(loops, depth + 1, from + i * loops[depth].from, to + i * loops[depth].to);
  }
}

template <class T>
void expectCopies(const std::vector<Loop>& loops, size_t from_size, size_t to_size) {
  std::vector<T> from(from_size);
  for (size_t i = 0; i < from_size; ++i) from[i] = static_cast<T>(i * 7 + 3);
  std::vector<T> expected(to_size);
  std::vector<T> got(to_size);
  copyPlainly(loops, 0, from.data(), expected.data());
  CopyNest nest;
  for (const Loop& loop : loops) nest.add(loop.extent, loop.from, loop.to);
  cpuMover().copy(nest, from.data(), got.data(), sizeof(T));
  EXPECT_EQ(got, expected);
}

class StridedCopyTest : public testing::TestWithParam<int> {};

TEST_P(StridedCopyTest, equalsPlainLoopsForEachElementSize) {
  const WithThreads threads(GetParam());
  // Large enough to be shared out: a transposition with odd sides, within a batch.
  const std::vector<Loop> transposition = {{3, 301 * 513, 301 * 513}, {513, 1, 301}, {301, 513, 1}};
  expectCopies<uint8_t>(transposition, 3 * 301 * 513, 3 * 301 * 513);
  expectCopies<uint16_t>(transposition, 3 * 301 * 513, 3 * 301 * 513);
  expectCopies<uint32_t>(transposition, 3 * 301 * 513, 3 * 301 * 513);
  expectCopies<uint64_t>(transposition, 3 * 301 * 513, 3 * 301 * 513);
}

TEST_P(StridedCopyTest, repeatsAndSkips) {
  const WithThreads threads(GetParam());
  expectCopies<uint32_t>({{70000, 0, 2}, {2, 1, 1}}, 2, 140000);
  expectCopies<uint32_t>({{70000, 3, 1}}, 210000, 70000);
  expectCopies<uint32_t>({{70000, 1, 2}}, 70000, 140000);
  expectCopies<uint32_t>({{50, 1, 4000}, {1000, 50, 3}}, 50000, 200000);
}

TEST_P(StridedCopyTest, goesBackwards) {
  const WithThreads threads(GetParam());
  constexpr int64_t kSize = 300000;
  std::vector<uint32_t> from(kSize);
  std::iota(from.begin(), from.end(), 0u);
  std::vector<uint32_t> to(kSize);
  CopyNest nest;
  nest.add(kSize, -1, 1);
  nest.offsetFrom(kSize - 1);
  cpuMover().copy(nest, from.data(), to.data(), sizeof(uint32_t));
  for (int64_t i = 0; i < kSize; ++i) {
    ASSERT_EQ(to[static_cast<size_t>(i)], static_cast<uint32_t>(kSize - 1 - i));
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, StridedCopyTest, testing::Values(1, 2, 3));

TEST(StridedCopy, takesTwentyFourLoops) {
  CopyNest nest;
  std::vector<uint8_t> from(4096);
  std::iota(from.begin(), from.end(), uint8_t{0});
  std::vector<uint8_t> to(4096);
  // Bits of the index in reverse order, with loops of one between them.
  for (int bit = 0; bit < 12; ++bit) {
    nest.add(2, int64_t{1} << bit, int64_t{1} << (11 - bit));
    nest.add(1, 5, 5);
  }
  cpuMover().copy(nest, from.data(), to.data(), 1);
  EXPECT_EQ(to[1], from[2048]);
  EXPECT_EQ(to[2048 + 2], from[1 + 1024]);
}

TEST(StridedCopy, sumsRepeatedTargetsInFloat) {
  // 2049 ones: in float16 alone the sum would stop at 2048.
  std::vector<Float16> from(2 * 2050, Float16(1.0f));
  std::vector<Float16> to(2, Float16(0.0f));
  CopyNest nest;
  nest.add(2050, 2, 0);
  nest.add(2, 1, 1);
  cpuMover().sum(nest, from.data(), to.data(), DType::kFloat16, false);
  EXPECT_EQ(static_cast<float>(to[0]), 2050.0f);
  cpuMover().sum(nest, from.data(), to.data(), DType::kFloat16, true);
  EXPECT_EQ(static_cast<float>(to[1]), 4100.0f);
}

TEST(StridedCopy, sumOfNothingIsZero) {
  std::vector<float> to = {5, 6};
  CopyNest nest;
  nest.add(0, 2, 0);
  nest.add(2, 1, 1);
  cpuMover().sum(nest, nullptr, to.data(), DType::kFloat32, false);
  EXPECT_EQ(to, (std::vector<float>{0, 0}));
}

}  // namespace
}  // namespace tenon
