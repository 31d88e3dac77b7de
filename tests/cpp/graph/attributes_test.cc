#include "graph/attributes.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace tenon {
namespace {

TEST(Attributes, hiddenKeysGetUnderscores) {
  EXPECT_EQ(hiddenForm("lr_mult"), "__lr_mult__");
  EXPECT_EQ(hiddenForm("ctx_group"), "__ctx_group__");
  EXPECT_EQ(hiddenForm("kernel"), "kernel");
  EXPECT_EQ(hiddenForm("__lr_mult__"), "__lr_mult__");
}

TEST(Attributes, aHiddenKeyBehindAnInputsNameIsFound) {
  ASSERT_NE(hiddenSuffix("weight_lr_mult"), nullptr);
  EXPECT_EQ(*hiddenSuffix("weight_lr_mult"), "lr_mult");
  EXPECT_EQ(hiddenSuffix("lr_mult"), nullptr);
  EXPECT_EQ(hiddenSuffix("_lr_mult"), nullptr);
  EXPECT_EQ(hiddenSuffix("weightlr_mult"), nullptr);
  EXPECT_EQ(hiddenSuffix("__lr_mult__"), nullptr);
}

TEST(Attributes, shapesAreReadInAllSpellings) {
  for (const char* text : {"(2, 3)", "[2,3]", " ( 2 , 3 ) ", "(2,3,)", "2,3", "(2L, 3L)"}) {
    EXPECT_EQ(parseShapeAttribute(text), (Shape{2, 3})) << text;
  }
  EXPECT_EQ(parseShapeAttribute("(7,)"), (Shape{7}));
}

TEST(Attributes, zeroMinusOneAndNoneAreUnknown) {
  EXPECT_EQ(parseShapeAttribute("(0, -1, None, 4)"), (Shape{-1, -1, -1, 4}));
  EXPECT_FALSE(parseShapeAttribute("()").rankKnown());
}

TEST(Attributes, whatIsNoShapeIsRefused) {
  for (const char* text : {"(2, x)", "(2 3)", "(2, 3", "(2, -3)", "(2.5,)", "(2,3) x", "((2,3))",
                           "(99999999999999999999,)", "(1,1,1,1,1,1,1,1,1,1,1,1,1)"}) {
    EXPECT_THROW(parseShapeAttribute(text), Error) << text;
  }
  expectError(ErrorKind::kInvalidArgument, "\"(2, x)\" is no shape, expected numbers as in (2, 3)",
              [] { parseShapeAttribute("(2, x)"); });
}

}  // namespace
}  // namespace tenon
