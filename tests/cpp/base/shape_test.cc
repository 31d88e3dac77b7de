#include "base/shape.h"

#include "support/expect_error.h"

namespace tenon {
namespace {

TEST(ShapeTest, defaultHasUnknownRank) {
  EXPECT_FALSE(Shape().rankKnown());
  EXPECT_FALSE(Shape().known());
  EXPECT_EQ(Shape().toString(), "?");
}

TEST(ShapeTest, scalarHasOneElement) {
  EXPECT_TRUE(Shape::scalar().known());
  EXPECT_EQ(Shape::scalar().size(), 1);
  EXPECT_EQ(Shape::scalar().toString(), "()");
}

TEST(ShapeTest, printsAsMxnetDoes) {
  EXPECT_EQ((Shape{2, 3}).toString(), "(2,3)");
  EXPECT_EQ((Shape{4}).toString(), "(4,)");
  EXPECT_EQ((Shape{-1, 3}).toString(), "(?,3)");
}

TEST(ShapeTest, zeroExtentIsRealAndEmpty) {
  const Shape shape{3, 0, 2};
  EXPECT_TRUE(shape.known());
  EXPECT_EQ(shape.size(), 0);
  EXPECT_EQ(shape.checkedSize(), 0);
}

TEST(ShapeTest, rejectsTooManyDimensionsAndBadExtents) {
  const std::vector<int64_t> thirteen(13, 1);
  expectError(ErrorKind::kInvalidArgument, "a shape has 13 dimensions, at most 12",
              [&] { Shape{std::span(thirteen)}; });
  expectError(ErrorKind::kInvalidArgument, "dimension 1 of a shape is -2", [] { Shape({1, -2}); });
}

TEST(ShapeTest, aRankBeyondTheLimitIsAnErrorAndNotAWrite) {
  EXPECT_EQ(Shape::ofRank(12).rank(), 12);
  expectError(ErrorKind::kInvalidArgument, "a shape has 14 dimensions, expected 0 to 12",
              [] { Shape::ofRank(14); });
  expectError(ErrorKind::kInvalidArgument, "a shape has -2 dimensions", [] { Shape::ofRank(-2); });
  EXPECT_FALSE(Shape::ofRank(Shape::kUnknownRank).rankKnown());
}

TEST(ShapeTest, checkedSizeRejectsOverflowEvenBesideZero) {
  const Shape huge{int64_t{1} << 40, int64_t{1} << 40};
  expectError(ErrorKind::kInvalidArgument, "more elements than memory can address",
              [&] { huge.checkedSize(); });
  expectError(ErrorKind::kInvalidArgument, "more elements than memory can address", [] {
    Shape({int64_t{1} << 40, 0, int64_t{1} << 40}).checkedSize();
  });
  expectError(ErrorKind::kInvalidArgument, "not fully known", [] { Shape({2, -1}).checkedSize(); });
}

TEST(ShapeTest, isAddressableIfWhatIsKnownOfItIs) {
  Shape().checkAddressable();
  Shape({-1, 0, int64_t{1} << 59}).checkAddressable();
  expectError(ErrorKind::kInvalidArgument,
              "shape (?,1099511627776,1099511627776) has more elements", [] {
                Shape({-1, int64_t{1} << 40, int64_t{1} << 40}).checkAddressable();
              });
}

TEST(ShapeTest, axisCountsFromTheEndWhenNegative) {
  const Shape shape{2, 3, 4};
  EXPECT_EQ(shape.axis(-1, "sum"), 2);
  EXPECT_EQ(shape.axis(0, "sum"), 0);
  expectError(ErrorKind::kIndex, "sum: axis 3 is out of range for shape (2,3,4), expected -3 to 2",
              [&] { shape.axis(3, "sum"); });
}

TEST(ShapeTest, mergeFillsUnknownAndReportsClashes) {
  EXPECT_EQ(merge(Shape{-1, 3}, Shape{2, -1}), (Shape{2, 3}));
  EXPECT_EQ(merge(Shape(), Shape{2}), (Shape{2}));
  expectError(ErrorKind::kInvalidArgument, "differ in dimension 1", [] {
    merge(Shape{2, 3}, Shape{2, 4});
  });
  expectError(ErrorKind::kInvalidArgument, "different ranks", [] { merge(Shape{2, 3}, Shape{2}); });
}

}  // namespace
}  // namespace tenon
