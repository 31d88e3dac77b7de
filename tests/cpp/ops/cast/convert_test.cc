#include "ops/cast/convert.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "support/op_runner.h"

namespace tenon {
namespace {

TEST(Convert, cutsFloatsTowardsZeroAndSaturates) {
  EXPECT_EQ((convertTo<int32_t>(-2.9f)), -2);
  EXPECT_EQ((convertTo<int32_t>(2147483648.0f)), 2147483647);
  EXPECT_EQ((convertTo<int32_t>(2147483520.0f)), 2147483520);
  EXPECT_EQ((convertTo<int64_t>(9.3e18)), std::numeric_limits<int64_t>::max());
  EXPECT_EQ((convertTo<int64_t>(-9.3e18)), std::numeric_limits<int64_t>::min());
  EXPECT_EQ((convertTo<uint8_t>(255.9)), 255);
  EXPECT_EQ((convertTo<uint8_t>(-0.9)), 0);
  EXPECT_EQ((convertTo<int8_t>(-128.9)), -128);
  EXPECT_EQ((convertTo<int8_t>(std::nanf(""))), 0);
  EXPECT_EQ((convertTo<int8_t>(Float16(-1000.0f))), -128);
}

TEST(Convert, keepsLowBitsOfIntegers) {
  EXPECT_EQ((convertTo<uint8_t>(int32_t{-1})), 255);
  EXPECT_EQ((convertTo<int8_t>(int64_t{384})), -128);
}

TEST(Convert, isTrueForAllButZero) {
  EXPECT_FALSE((convertTo<bool>(-0.0)));
  EXPECT_TRUE((convertTo<bool>(1e-300)));
  EXPECT_TRUE((convertTo<bool>(std::nan(""))));
  EXPECT_TRUE((convertTo<bool>(int64_t{1} << 40)));
}

TEST(Cast, takesEveryFloat16ThereAndBack) {
  HostArray halves(Shape{65536}, DType::kFloat16);
  for (int i = 0; i < 65536; ++i) halves.as<Float16>()[i].bits = static_cast<uint16_t>(i);
  HostArray floats = runOp("Cast", {halves}, {{"dtype", "float32"}})[0];
  HostArray back = runOp("Cast", {floats}, {{"dtype", "float16"}})[0];
  for (int i = 0; i < 65536; ++i) {
    const Float16 half = halves.as<Float16>()[i];
    const float value = floats.as<float>()[i];
    if (std::isnan(static_cast<float>(half))) {
      ASSERT_TRUE(std::isnan(value)) << i;
      ASSERT_TRUE(std::isnan(static_cast<float>(back.as<Float16>()[i]))) << i;
    } else {
      ASSERT_EQ(value, static_cast<float>(half)) << i;
      ASSERT_EQ(back.as<Float16>()[i].bits, half.bits) << i;
    }
  }
}

TEST(Cast, roundsToHalfTypesLikeTheScalarConversion) {
  HostArray floats(Shape{100001}, DType::kFloat32);
  uint32_t bits = 12345;
  for (int i = 0; i < 100001; ++i) {
    bits = bits * 1664525u + 1013904223u;
    // Exponents around those of float16, subnormals and infinity included.
    const uint32_t x = (bits & 0x80ffffffu) | ((100 + bits % 50) << 23);
    std::memcpy(floats.as<float>() + i, &x, sizeof x);
  }
  HostArray halves = runOp("Cast", {floats}, {{"dtype", "float16"}})[0];
  HostArray brains = runOp("Cast", {floats}, {{"dtype", "bfloat16"}})[0];
  for (int i = 0; i < 100001; ++i) {
    ASSERT_EQ(halves.as<Float16>()[i].bits, Float16(floats.as<float>()[i]).bits) << i;
    ASSERT_EQ(brains.as<BFloat16>()[i].bits, BFloat16(floats.as<float>()[i]).bits) << i;
  }
}

}  // namespace
}  // namespace tenon
