#include "base/half.h"

#include <gtest/gtest.h>
#include <immintrin.h>

#include <cmath>

namespace tenon {
namespace {

TEST(HalfTest, everyFloat16SurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    Float16 h;
    h.bits = static_cast<uint16_t>(bits);
    const float value = h;
    EXPECT_EQ(std::isnan(value), std::isnan(_cvtsh_ss(h.bits))) << bits;
    if (!std::isnan(value)) {
      EXPECT_EQ(value, _cvtsh_ss(h.bits)) << bits;
      EXPECT_EQ(Float16(value).bits, bits);
    }
  }
}

TEST(HalfTest, float16RoundsAsTheProcessorDoes) {
  // All exponents with mantissas around every rounding boundary.
  for (uint32_t exponent = 0; exponent < 256; ++exponent) {
    for (uint32_t upper = 0; upper < 1024; upper += 3) {
      for (uint32_t lower : {0u, 1u, 0xfffu, 0x1000u, 0x1001u, 0x1fffu}) {
        const float value = std::bit_cast<float>(exponent << 23 | upper << 13 | lower);
        if (std::isnan(value)) continue;
        ASSERT_EQ(Float16(value).bits, _cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT)) << value;
        ASSERT_EQ(Float16(-value).bits, _cvtss_sh(-value, _MM_FROUND_TO_NEAREST_INT)) << value;
      }
    }
  }
}

TEST(HalfTest, bfloat16RoundsToNearestEven) {
  EXPECT_EQ(BFloat16(1.0f).bits, 0x3f80);
  EXPECT_EQ(BFloat16(std::bit_cast<float>(0x3f808000u)).bits, 0x3f80);  // a tie goes to even
  EXPECT_EQ(BFloat16(std::bit_cast<float>(0x3f818000u)).bits, 0x3f82);
  EXPECT_EQ(BFloat16(std::bit_cast<float>(0x3f808001u)).bits, 0x3f81);
  EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(std::nanf("")))));
  EXPECT_TRUE(std::isinf(static_cast<float>(BFloat16(3.4e38f))));
}

TEST(HalfTest, notANumberStaysOne) {
  EXPECT_TRUE(std::isnan(static_cast<float>(Float16(std::nanf("")))));
  EXPECT_TRUE(std::isnan(static_cast<float>(Float16(-std::nanf("")))));
}

}  // namespace
}  // namespace tenon
