#include "ops/loops/reduce.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <random>

#include "base/cpu.h"
#include "base/parallel.h"
#include "support/op_runner.h"

namespace tenon {
namespace {

HostArray numbers(const Shape& shape, DType dtype, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  HostArray array(shape, dtype);
  for (int64_t i = 0; i < array.size(); ++i) {
    array.set(i, isFloating(dtype) ? uniform(random) : static_cast<double>(random() % 7));
  }
  return array;
}

/// Sums by the book: every element to its output, in double.
std::vector<double> reference(const HostArray& in, unsigned mask) {
  std::map<int64_t, double> sums;
  for (int64_t i = 0; i < in.size(); ++i) {
    int64_t rest = i;
    int64_t key = 0;
    int64_t stride = 1;
    for (int axis = in.shape().rank() - 1; axis >= 0; --axis) {
      const int64_t at = rest % in.shape()[axis];
      rest /= in.shape()[axis];
      if (mask >> axis & 1) continue;
      key += at * stride;
      stride *= in.shape()[axis];
    }
    sums[key] += in.get(i);
  }
  std::vector<double> result;
  for (const auto& [key, sum] : sums) result.push_back(sum);
  return result;
}

std::string axesOf(unsigned mask, int rank) {
  std::string text = "(";
  for (int i = 0; i < rank; ++i) {
    if (mask >> i & 1) text += std::to_string(i) + ",";
  }
  return text + ")";
}

TEST(ReduceTest, sumsOverAnyAxes) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    const int rank = 1 + static_cast<int>(random() % 5);
    Shape shape = Shape::scalar();
    for (int i = 0; i < rank; ++i) shape.append(1 + static_cast<int64_t>(random() % 7));
    if (round % 10 == 0) shape[static_cast<int>(random() % static_cast<unsigned>(rank))] = 2500;
    const unsigned mask = 1 + random() % ((1u << rank) - 1);
    const DType dtype =
        std::array{DType::kFloat32, DType::kFloat64, DType::kBFloat16, DType::kInt32}[round % 4];
    const HostArray in = numbers(shape, dtype, static_cast<unsigned>(round));
    const HostArray out = runOp("sum", {in}, {{"axis", axesOf(mask, rank)}})[0];
    const std::vector<double> expected = reference(in, mask);
    ASSERT_EQ(out.size(), static_cast<int64_t>(expected.size()));
    for (int64_t i = 0; i < out.size(); ++i) {
      const double exact = expected[static_cast<size_t>(i)];
      const double tolerance = dtype == DType::kBFloat16  ? 8e-3
                               : dtype == DType::kFloat32 ? 1e-7
                                                          : 1e-13;
      ASSERT_NEAR(out.get(i), exact, tolerance * std::max(1.0, std::abs(exact)))
          << shape << " over " << axesOf(mask, rank) << " in " << nameOf(dtype);
    }
  }
}

TEST(ReduceTest, bitsDependOnNeitherThreadsNorInstructionSet) {
  struct Case {
    Shape shape;
    const char* axis;
  };
  const Case cases[] = {{{3, 70001}, "1"},
                        {{70001, 3}, "0"},
                        {{40, 30, 50}, "(0,2)"},
                        {{200000}, "0"},
                        {{2, 9, 999}, "1"}};
  const int threads_before = threadCount();
  const SimdLevel level_before = simdLevel();
  for (const Case& c : cases) {
    HostArray in = numbers(c.shape, DType::kFloat64, 3);
    setThreadCount(1);
    setSimdLevel(SimdLevel::kPlain);
    HostArray first = runOp("sum", {in}, {{"axis", c.axis}})[0];
    for (SimdLevel level : {SimdLevel::kPlain, SimdLevel::kAvx2, SimdLevel::kAvx512}) {
      if (level == SimdLevel::kAvx512 && !cpuFeatures().avx512) continue;
      setSimdLevel(level);
      for (int threads : {1, 2, 5}) {
        setThreadCount(threads);
        HostArray again = runOp("sum", {in}, {{"axis", c.axis}})[0];
        EXPECT_EQ(
            std::memcmp(first.data(), again.data(), static_cast<size_t>(first.view().bytes())), 0)
            << c.shape << " over " << c.axis << " with " << threads << " threads";
      }
    }
  }
  setThreadCount(threads_before);
  setSimdLevel(level_before);
}

TEST(ReduceTest, longSumsOfFloatsKeepTheirDigits) {
  HostArray ones({3000001}, DType::kFloat32);
  for (int64_t i = 0; i < ones.size(); ++i) ones.as<float>()[i] = 0.1f;
  const double sum = runOp("sum", {ones})[0].get(0);
  EXPECT_NEAR(sum, 3000001 * static_cast<double>(0.1f), 0.02);
  HostArray halves({4097}, DType::kFloat16);
  for (int64_t i = 0; i < halves.size(); ++i) halves.set(i, 1);
  EXPECT_EQ(runOp("mean", {halves})[0].get(0), 1);
}

TEST(ReduceTest, emptyReductionsGiveWhatTheyBeginWith) {
  const HostArray none({2, 0}, DType::kFloat32);
  EXPECT_EQ(runOp("sum", {none}, {{"axis", "1"}})[0].values(), (std::vector<double>{0, 0}));
  EXPECT_EQ(runOp("prod", {none}, {{"axis", "1"}})[0].values(), (std::vector<double>{1, 1}));
  EXPECT_EQ(runOp("max", {none}, {{"axis", "1"}})[0].get(0), -INFINITY);
  EXPECT_TRUE(std::isnan(runOp("mean", {none}, {{"axis", "1"}})[0].get(0)));
  EXPECT_EQ(runOp("mean", {HostArray({0}, DType::kInt32)})[0].get(0), 0);
  EXPECT_EQ(runOp("sum", {none}, {{"axis", "0"}})[0].size(), 0);
}

}  // namespace
}  // namespace tenon
