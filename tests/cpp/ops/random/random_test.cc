// Distributions against their moments, and independence of threads. Seeds are fixed: the bounds are
// some five standard errors wide, and a sound generator stays within them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/parallel.h"
#include "base/philox.h"
#include "ops/loops/draw_blocks.h"
#include "ops/random/draws.h"
#include "support/expect_error.h"
#include "support/op_runner.h"

namespace tenon {
namespace {

constexpr int kCount = 200003;

RunOptions seeded(uint64_t seed, uint64_t offset = 0) {
  RunOptions options;
  options.random = {.seed = seed, .offset = offset};
  return options;
}

HostArray draw(std::string_view op, AttrMap attrs, uint64_t seed = 11) {
  attrs["shape"] = "(" + std::to_string(kCount) + ",)";
  return runOp(op, {}, attrs, seeded(seed))[0];
}

void expectMoments(const HostArray& drawn, double mean, double variance) {
  const std::vector<double> values = drawn.values();
  double sum = 0;
  double squares = 0;
  double fourth = 0;
  for (double x : values) sum += x;
  const double n = static_cast<double>(values.size());
  const double average = sum / n;
  for (double x : values) {
    const double square = (x - average) * (x - average);
    squares += square;
    fourth += square * square;
  }
  EXPECT_NEAR(average, mean, 5 * std::sqrt(variance / n));
  EXPECT_NEAR(squares / n, variance, 5 * std::sqrt((fourth / n - variance * variance) / n) + 1e-12);
}

TEST(Distributions, haveTheirMeanAndVariance) {
  expectMoments(draw("_random_uniform", {{"low", "-1"}, {"high", "3"}}), 1, 16.0 / 12);
  expectMoments(draw("_random_uniform", {{"dtype", "float64"}}), 0.5, 1.0 / 12);
  expectMoments(draw("_random_normal", {{"loc", "2"}, {"scale", "3"}}), 2, 9);
  expectMoments(draw("_random_normal", {{"dtype", "float64"}}), 0, 1);
  expectMoments(draw("_random_gamma", {{"alpha", "0.5"}, {"beta", "2"}}), 1, 2);
  expectMoments(draw("_random_gamma", {{"alpha", "9"}, {"beta", "0.5"}}), 4.5, 2.25);
  expectMoments(draw("_random_exponential", {{"lam", "4"}}), 0.25, 1.0 / 16);
  expectMoments(draw("_random_poisson", {{"lam", "3"}}), 3, 3);
  expectMoments(draw("_random_poisson", {{"lam", "50"}}), 50, 50);
  expectMoments(draw("_random_negative_binomial", {{"k", "4"}, {"p", "0.4"}}), 6, 15);
  expectMoments(draw("_random_generalized_negative_binomial", {{"mu", "3"}, {"alpha", "0.5"}}), 3,
                3 + 0.5 * 9);
  expectMoments(draw("_random_randint", {{"low", "-5"}, {"high", "6"}}), 0, (121.0 - 1) / 12);
}

TEST(Distributions, stayWithinTheirRange) {
  for (const double x : draw("_random_uniform", {{"low", "1"}, {"high", "1.0000001"}}).values()) {
    ASSERT_TRUE(x >= 1 && x < static_cast<double>(1.0000001f)) << x;
  }
  std::set<double> seen;
  for (const double x : draw("_random_randint", {{"low", "7"}, {"high", "10"}}).values()) {
    seen.insert(x);
  }
  EXPECT_EQ(seen, (std::set<double>{7, 8, 9}));
}

TEST(Distributions, normalHasNormalTails) {
  std::vector<double> values = draw("_random_normal", {}).values();
  for (const auto& [bound, share] :
       {std::pair{1.0, 0.158655}, {2.0, 0.0227501}, {3.0, 0.0013499}}) {
    const double beyond = static_cast<double>(
        std::count_if(values.begin(), values.end(), [b = bound](double x) { return x > b; }));
    EXPECT_NEAR(beyond / kCount, share, 5 * std::sqrt(share / kCount)) << bound;
  }
}

TEST(Draws, dependOnSeedAndCounterOnly) {
  const int before = threadCount();
  for (const std::string op : {"_random_uniform", "_random_normal", "_random_poisson"}) {
    setThreadCount(1);
    const std::vector<double> alone = draw(op, {}).values();
    setThreadCount(3);
    EXPECT_EQ(draw(op, {}).values(), alone) << op;
    EXPECT_NE(draw(op, {}, 12).values(), alone) << op;
  }
  setThreadCount(before);
}

TEST(Draws, blocksAreThePhiloxStream) {
  uint32_t block[kDrawBlock];
  const uint64_t offset = 0xfffffffcull;  // the counter carries within the block
  drawBits(99, offset, 0, block);
  for (int i = 0; i < kDrawBlock; ++i) {
    ASSERT_EQ(block[i], philox(99, offset + static_cast<uint64_t>(i / 4)).x[i % 4]) << i;
  }
}

TEST(Draws, normalsFollowTheirFormula) {
  for (int64_t index = 0; index < 500; ++index) {
    uint32_t bits[kDrawBlock];
    float normal[kDrawBlock];
    drawBits(5, 0, index, bits);
    drawNormal(5, 0, index, normal);
    for (int i = 0; i < kDrawBlock; i += 2) {
      const double radius = std::sqrt(-2 * std::log((bits[i] + 0.5) * 0x1p-32));
      const double angle = 2 * 3.14159265358979323846 * (bits[i + 1] >> 8) * 0x1p-24;
      ASSERT_NEAR(normal[i], radius * std::cos(angle), 3e-5);
      ASSERT_NEAR(normal[i + 1], radius * std::sin(angle), 3e-5);
    }
  }
}

TEST(Multinomial, drawsInProportion) {
  const HostArray weights = HostArray::of({4}, {1, 0, 2, 5}, DType::kFloat64);
  const HostArray drawn =
      runOp("_sample_multinomial", {weights}, {{"shape", "(80000,)"}}, seeded(3))[0];
  double counts[4] = {};
  for (const double x : drawn.values()) counts[static_cast<int>(x)] += 1;
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[0] / 80000, 0.125, 0.006);
  EXPECT_NEAR(counts[2] / 80000, 0.25, 0.008);
  EXPECT_NEAR(counts[3] / 80000, 0.625, 0.009);
}

TEST(Shuffle, keepsEveryRow) {
  HostArray data(Shape{1000, 2}, DType::kInt32);
  for (int64_t i = 0; i < data.size(); ++i) data.set(i, static_cast<double>(i));
  const HostArray shuffled = runOp("_shuffle", {data}, {}, seeded(3))[0];
  std::set<double> rows;
  int fixed = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(shuffled.get(2 * i + 1), shuffled.get(2 * i) + 1);
    rows.insert(shuffled.get(2 * i));
    fixed += shuffled.get(2 * i) == 2.0 * static_cast<double>(i);
  }
  EXPECT_EQ(rows.size(), 1000u);
  EXPECT_LT(fixed, 10);
}

TEST(Draws, endWhateverTheParameters) {
  const double inf = HUGE_VAL;
  for (double shape : {-1.0, 0.0, inf, -inf, std::nan(""), 1e300, 1e-300, 1e32}) {
    Draws draws(1, 2);
    draws.gamma(shape, 2);
    draws.poisson(shape);
  }
  EXPECT_EQ(Draws(1, 2).poisson(inf), inf);
  EXPECT_EQ(Draws(1, 2).poisson(std::nan("")), 0);
  const HostArray drawn = draw("_random_generalized_negative_binomial", {{"alpha", "1e-45"}});
  EXPECT_EQ(drawn.values().size(), static_cast<size_t>(kCount));
}

TEST(RandomErrors, nameTheParameters) {
  const auto refuses = [](const std::string& text, std::string_view op, AttrMap attrs) {
    attrs["shape"] = "(3,)";
    expectError(ErrorKind::kInvalidArgument, text, [&] { runOp(op, {}, attrs); });
  };
  refuses("uniform: low is 2 and high 1", "_random_uniform", {{"low", "2"}});
  refuses("standard deviation is -1", "_random_normal", {{"scale", "-1"}});
  refuses("gamma: alpha is 0", "_random_gamma", {{"alpha", "0"}});
  refuses("expected low below high", "_random_randint", {{"low", "3"}, {"high", "3"}});
  refuses("has type int32, expected a floating type", "_random_normal", {{"dtype", "int32"}});
  expectError(ErrorKind::kInvalidArgument, "a probability is -1", [] {
    runOp("_sample_multinomial", {HostArray::of({2}, {2, -1})});
  });
  expectError(ErrorKind::kInvalidArgument, "sum to 0", [] {
    runOp("_sample_multinomial", {HostArray::of({2}, {0, 0})});
  });
}

}  // namespace
}  // namespace tenon
