#include "base/philox.h"

#include <gtest/gtest.h>

namespace tenon {
namespace {

// The known-answer vectors of the authors' Random123 distribution for philox4x32-10.
TEST(PhiloxTest, givesThePublishedNumbers) {
  const Philox4 zeros = philox(0, 0, 0);
  EXPECT_EQ(zeros.x[0], 0x6627e8d5u);
  EXPECT_EQ(zeros.x[1], 0xe169c58du);
  EXPECT_EQ(zeros.x[2], 0xbc57ac4cu);
  EXPECT_EQ(zeros.x[3], 0x9b00dbd8u);
  const Philox4 ones = philox(~0ull, ~0ull, ~0ull);
  EXPECT_EQ(ones.x[0], 0x408f276du);
  EXPECT_EQ(ones.x[1], 0x41c83b0eu);
  EXPECT_EQ(ones.x[2], 0xa20bc7c6u);
  EXPECT_EQ(ones.x[3], 0x6d5451fdu);
  // Digits of pi: counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0.
  const Philox4 pi = philox(0x299f31d0a4093822ull, 0x85a308d3243f6a88ull, 0x0370734413198a2eull);
  EXPECT_EQ(pi.x[0], 0xd16cfe09u);
  EXPECT_EQ(pi.x[1], 0x94fdccebu);
  EXPECT_EQ(pi.x[2], 0x5001e420u);
  EXPECT_EQ(pi.x[3], 0x24126ea1u);
}

TEST(PhiloxTest, unitNumbersStayBelowOne) {
  EXPECT_EQ(unitFloat(0), 0.0f);
  EXPECT_LT(unitFloat(~0u), 1.0f);
  EXPECT_EQ(unitDouble(0, 0), 0.0);
  EXPECT_LT(unitDouble(~0u, ~0u), 1.0);
}

}  // namespace
}  // namespace tenon
