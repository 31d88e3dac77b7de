#include "ops/loops/map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "base/cpu.h"
#include "base/parallel.h"
#include "ops/loops/loop.h"
#include "support/expect_error.h"
#include "support/op_runner.h"

namespace tenon {
namespace {

using testing::ElementsAre;

std::vector<SimdLevel> levels() {
  std::vector<SimdLevel> all = {SimdLevel::kPlain, SimdLevel::kAvx2};
  if (cpuFeatures().avx512) all.push_back(SimdLevel::kAvx512);
  return all;
}

/// Restores the level.
class MapTest : public testing::Test {
 protected:
  ~MapTest() override { setSimdLevel(before_); }

 private:
  SimdLevel before_ = simdLevel();
};

bool sameBits(HostArray a, HostArray b) {
  return std::memcmp(a.data(), b.data(), static_cast<size_t>(a.view().bytes())) == 0;
}

HostArray numbers(const Shape& shape, DType dtype, unsigned seed, double low, double high,
                  int misalign = 0) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(low, high);
  HostArray array(shape, dtype, misalign);
  for (int64_t i = 0; i < array.size(); ++i) array.set(i, uniform(random));
  return array;
}

HostArray binary(BinaryFn fn, HostArray a, HostArray b, DType dtype, const Shape& shape) {
  HostArray out(shape, dtype);
  mapBinary(fn, a.view(), b.view(), out.view(), Request::kWrite);
  return out;
}

HostArray unary(UnaryFn fn, HostArray a) {
  HostArray out(a.shape(), a.dtype());
  mapUnary(fn, a.view(), out.view(), Request::kWrite);
  return out;
}

TEST_F(MapTest, everyInstructionSetGivesTheBitsOfThePlainLoops) {
  for (DType dtype : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16,
                      DType::kInt32, DType::kInt64, DType::kUInt8}) {
    const HostArray a = numbers({1037}, dtype, 1, 0, 9);
    const HostArray b = numbers({1037}, dtype, 2, 0, 9);
    for (int fn = 0; fn < static_cast<int>(BinaryFn::kCount); ++fn) {
      setSimdLevel(SimdLevel::kPlain);
      const HostArray plain = binary(static_cast<BinaryFn>(fn), a, b, dtype, a.shape());
      for (SimdLevel level : levels()) {
        setSimdLevel(level);
        EXPECT_TRUE(sameBits(binary(static_cast<BinaryFn>(fn), a, b, dtype, a.shape()), plain))
            << "function " << fn << ", " << nameOf(dtype) << ", level " << static_cast<int>(level);
      }
    }
    for (int fn = 0; fn < static_cast<int>(UnaryFn::kCount); ++fn) {
      setSimdLevel(SimdLevel::kPlain);
      const HostArray plain = unary(static_cast<UnaryFn>(fn), a);
      for (SimdLevel level : levels()) {
        setSimdLevel(level);
        const HostArray got = unary(static_cast<UnaryFn>(fn), a);
        for (int64_t i = 0; i < got.size(); ++i) {
          // NaN's sign and payload are the processor's.
          ASSERT_TRUE(got.get(i) == plain.get(i) ||
                      (std::isnan(got.get(i)) && std::isnan(plain.get(i))))
              << "function " << fn << ", " << nameOf(dtype) << ", level "
              << static_cast<int>(level);
        }
      }
    }
  }
}

/// How many floats lie between got and the exact value.
double ulps(float got, double exact) {
  if (std::isnan(exact)) return std::isnan(got) ? 0 : 1e9;
  const auto rounded = static_cast<float>(exact);
  if (got == rounded) return 0;
  if (std::isinf(got) || std::isinf(rounded))
    return std::isinf(got) && std::isinf(rounded) ? 1e9 : 2;
  const double spacing = std::max(
      std::ldexp(1.0, std::ilogb(std::fmax(std::fabs(exact), 1e-300)) - 23), std::ldexp(1.0, -149));
  return std::fabs(static_cast<double>(got) - exact) / spacing;
}

TEST_F(MapTest, functionsOfFloatAreGoodToAFewUnitsOfTheLastPlace) {
  struct Case {
    UnaryFn fn;
    double (*exact)(double);
    double limit;
  };
  const Case cases[] = {
      {UnaryFn::kExp, std::exp, 1.5},
      {UnaryFn::kLog, std::log, 1.5},
      {UnaryFn::kExpm1, std::expm1, 2.5},
      {UnaryFn::kLog1p, std::log1p, 3},
      {UnaryFn::kTanh, std::tanh, 2.5},
      {UnaryFn::kSigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 3},
      {UnaryFn::kSoftRelu,
       [](double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }, 4},
  };
  std::mt19937 random(5);
  // Any float at all, and those of everyday size.
  HostArray x({200000}, DType::kFloat32);
  for (int64_t i = 0; i < x.size(); ++i) {
    const auto bits = static_cast<uint32_t>(random());
    x.as<float>()[i] = i % 2 == 0
                           ? std::bit_cast<float>(bits)
                           : (static_cast<float>(bits) * 0x1p-32f - 0.5f) * (i % 4 == 1 ? 4 : 200);
  }
  for (const Case& c : cases) {
    HostArray y = unary(c.fn, x);
    double worst = 0;
    float at = 0;
    for (int64_t i = 0; i < x.size(); ++i) {
      const double off = ulps(y.as<float>()[i], c.exact(static_cast<double>(x.as<float>()[i])));
      if (off > worst) {
        worst = off;
        at = x.as<float>()[i];
      }
    }
    EXPECT_LE(worst, c.limit) << "function " << static_cast<int>(c.fn) << " at " << at;
  }
}

/// The operand's element that broadcasts to element `i` of `out`.
int64_t indexIn(const Shape& operand, const Shape& out, int64_t i) {
  int64_t index = 0;
  int64_t stride = 1;
  for (int axis = out.rank() - 1; axis >= 0; --axis) {
    const int own = axis - (out.rank() - operand.rank());
    const int64_t at = i % out[axis];
    i /= out[axis];
    if (own < 0) continue;
    if (operand[own] != 1) index += at * stride;
    stride *= operand[own];
  }
  return index;
}

TEST_F(MapTest, broadcastsAnyShapes) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    const int rank = static_cast<int>(random() % 6);
    Shape out = Shape::scalar();
    for (int i = 0; i < rank; ++i) out.append(1 + static_cast<int64_t>(random() % 5));
    const auto operand = [&] {
      Shape shape = Shape::scalar();
      for (int i = static_cast<int>(random() % static_cast<unsigned>(rank + 1)); i < rank; ++i) {
        shape.append(random() % 2 == 0 ? out[i] : 1);
      }
      return shape;
    };
    const DType dtype =
        std::array{DType::kFloat32, DType::kFloat16, DType::kInt8, DType::kInt64}[random() % 4];
    HostArray a = numbers(operand(), dtype, static_cast<unsigned>(round), -9, 9);
    HostArray b = numbers(operand(), dtype, static_cast<unsigned>(round) + 1000, -9, 9);
    HostArray got = numbers(out, dtype, 7, 0, 5, static_cast<int>(random() % 3));
    const bool adds = random() % 2 == 0;
    HostArray expected(out, dtype);
    for (int64_t i = 0; i < got.size(); ++i) {
      const double value = a.get(indexIn(a.shape(), out, i)) - b.get(indexIn(b.shape(), out, i));
      expected.set(i, value + (adds ? got.get(i) : 0));
    }
    mapBinary(BinaryFn::kSub, a.view(), b.view(), got.view(),
              adds ? Request::kAdd : Request::kWrite);
    for (int64_t i = 0; i < got.size(); ++i) {
      ASSERT_NEAR(got.get(i), expected.get(i), dtype == DType::kFloat16 ? 0.02 : 1e-5)
          << a.shape() << " - " << b.shape() << " to " << out << " in " << nameOf(dtype)
          << ", element " << i;
    }
  }
}

TEST_F(MapTest, largeResultsAreWrittenPastTheCachesWhateverTheirAlignment) {
  const int64_t n = (int64_t{8} << 20) + 5;
  for (int misalign : {0, 3}) {
    HostArray a({n}, DType::kFloat32);
    HostArray out({n}, DType::kFloat32, misalign);
    for (int64_t i = 0; i < n; ++i) a.as<float>()[i] = static_cast<float>(i % 1001);
    mapScalar(BinaryFn::kMul, a.view(), 2, false, out.view(), Request::kWrite);
    int64_t wrong = 0;
    for (int64_t i = 0; i < n; ++i)
      wrong += out.as<float>()[i] != static_cast<float>(2 * (i % 1001)) ? 1 : 0;
    EXPECT_EQ(wrong, 0) << "misaligned by " << misalign;
  }
}

TEST_F(MapTest, resultsDoNotDependOnTheNumberOfThreads) {
  const HostArray a = numbers({100, 1, 331}, DType::kFloat16, 1, -3, 3);
  const HostArray b = numbers({17, 1}, DType::kFloat16, 2, -3, 3);
  const int before = threadCount();
  setThreadCount(1);
  const HostArray one = binary(BinaryFn::kMul, a, b, DType::kFloat16, {100, 17, 331});
  for (int threads : {2, 3, 7}) {
    setThreadCount(threads);
    EXPECT_TRUE(sameBits(binary(BinaryFn::kMul, a, b, DType::kFloat16, {100, 17, 331}), one))
        << threads;
  }
  setThreadCount(before);
}

TEST_F(MapTest, integersNeverTrap) {
  for (SimdLevel level : levels()) {
    setSimdLevel(level);
    for (DType dtype : {DType::kInt32, DType::kInt64}) {
      HostArray a({6}, dtype);
      HostArray b({6}, dtype);
      const int64_t least = dtype == DType::kInt32 ? INT32_MIN : INT64_MIN;
      const int64_t xs[] = {least, 7, -7, least, 0, least};
      const int64_t ys[] = {-1, 0, 2, 0, -1, 1};
      const auto put = [](HostArray& to, const int64_t* from) {
        for (int64_t i = 0; i < to.size(); ++i) {
          if (to.dtype() == DType::kInt32) {
            to.as<int32_t>()[i] = static_cast<int32_t>(from[i]);
          } else {
            to.as<int64_t>()[i] = from[i];
          }
        }
      };
      put(a, xs);
      put(b, ys);
      const auto least_number = static_cast<double>(least);
      EXPECT_THAT(binary(BinaryFn::kDiv, a, b, dtype, {6}).values(),
                  ElementsAre(least_number, 0, -3, 0, 0, least_number));
      EXPECT_THAT(binary(BinaryFn::kMod, a, b, dtype, {6}).values(), ElementsAre(0, 0, 1, 0, 0, 0));
      EXPECT_THAT(unary(UnaryFn::kAbs, a).values(),
                  ElementsAre(least_number, 7, 7, least_number, 0, least_number));
    }
    const HostArray base = HostArray::of({5}, {2, 1, -1, 0, 3}, DType::kInt32);
    const HostArray exponent = HostArray::of({5}, {-1, -5, -3, -2, 40}, DType::kInt32);
    EXPECT_THAT(binary(BinaryFn::kPower, base, exponent, DType::kInt32, {5}).values(),
                ElementsAre(0, 1, -1, 0, 689956897));
  }
}

TEST_F(MapTest, numbersThatDoNotFitIntegersGoToTheNearestOrZero) {
  for (SimdLevel level : levels()) {
    setSimdLevel(level);
    const HostArray x = HostArray::of({4}, {-1, 4, 0, 9}, DType::kInt32);
    EXPECT_THAT(unary(UnaryFn::kSqrt, x).values(), ElementsAre(0, 2, 0, 3));
    EXPECT_THAT(unary(UnaryFn::kLog, x).values(), ElementsAre(0, 1, INT32_MIN, 2));
    HostArray out({1}, DType::kInt32);
    HostArray zero = HostArray::of({1}, {0}, DType::kInt32);
    for (const auto& [scalar, expected] : {std::pair{1e300, double{INT32_MAX}},
                                           {-1e300, double{INT32_MIN}},
                                           {std::nan(""), 0.0},
                                           {2.9, 2.0},
                                           {-2.9, -2.0}}) {
      mapScalar(BinaryFn::kAdd, zero.view(), scalar, false, out.view(), Request::kWrite);
      EXPECT_EQ(out.get(0), expected) << scalar;
    }
    const HostArray bytes = HostArray::of({3}, {250, 0, 5}, DType::kUInt8);
    HostArray sums({3}, DType::kUInt8);
    mapScalar(BinaryFn::kAdd, HostArray(bytes).view(), 10, false, sums.view(), Request::kWrite);
    EXPECT_THAT(sums.values(), ElementsAre(4, 10, 15));
    EXPECT_THAT(unary(UnaryFn::kExp, HostArray::of({2}, {7, 1}, DType::kUInt8)).values(),
                ElementsAre(255, 2));
  }
}

TEST_F(MapTest, copiesBroadcastAndConvert) {
  HostArray half = HostArray::of({3}, {1.5, -2, 0.25}, DType::kFloat16);
  HostArray wide({2, 3}, DType::kFloat64);
  mapCopy(half.view(), wide.view(), Request::kWrite);
  EXPECT_THAT(wide.values(), ElementsAre(1.5, -2, 0.25, 1.5, -2, 0.25));
  mapCopy(half.view(), wide.view(), Request::kAdd);
  EXPECT_THAT(wide.values(), ElementsAre(3, -4, 0.5, 3, -4, 0.5));
  mapCopy(half.view(), wide.view(), Request::kNull);
  EXPECT_THAT(wide.values(), ElementsAre(3, -4, 0.5, 3, -4, 0.5));
  mapFill(7, half.view(), Request::kWrite);
  EXPECT_THAT(half.values(), ElementsAre(7, 7, 7));
}

TEST_F(MapTest, aLevelThatTheProcessorLacksIsRefused) {
  if (cpuFeatures().avx512) GTEST_SKIP() << "this processor has AVX-512";
  expectError(ErrorKind::kUnsupported, "lacks AVX-512", [] { setSimdLevel(SimdLevel::kAvx512); });
}

}  // namespace
}  // namespace tenon
