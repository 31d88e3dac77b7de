// Hostile indices: never outside, always defined or refused with a message.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/expect_error.h"
#include "support/op_runner.h"

namespace tenon {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

HostArray floats(const Shape& shape, const std::vector<double>& values) {
  return HostArray::of(shape, values);
}

TEST(HostileIndices, areClippedWhateverTheyAre) {
  const HostArray data = floats({3}, {10, 11, 12});
  const HostArray index = HostArray::of({6}, {kNaN, kInfinity, -kInfinity, 1e30, -1e30, 1.9});
  EXPECT_EQ(runOp("take", {data, index})[0].values(),
            (std::vector<double>{10, 12, 10, 12, 10, 11}));
  const HostArray rows = floats({6, 3}, {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2});
  EXPECT_EQ(runOp("pick", {rows, index})[0].values(), (std::vector<double>{0, 2, 0, 2, 0, 1}));
  EXPECT_EQ(runOp("batch_take", {rows, index})[0].values(),
            (std::vector<double>{0, 2, 0, 2, 0, 1}));
}

TEST(HostileIndices, wrapAroundTheWholeRange) {
  const HostArray data = floats({3}, {10, 11, 12});
  HostArray index(Shape{2}, DType::kInt64);
  index.as<int64_t>()[0] = std::numeric_limits<int64_t>::min();
  index.as<int64_t>()[1] = std::numeric_limits<int64_t>::max();
  // 2^63 mod 3 is 2.
  EXPECT_EQ(runOp("take", {data, index}, {{"mode", "wrap"}})[0].values(),
            (std::vector<double>{11, 11}));
}

TEST(HostileIndices, areRefusedWhereAsked) {
  const HostArray data = floats({3}, {10, 11, 12});
  expectError(ErrorKind::kIndex, "take: index 3 is out of range for an axis of 3", [&] {
    runOp("take", {data, floats({1}, {3})}, {{"mode", "raise"}});
  });
  expectError(ErrorKind::kIndex, "gather_nd: index -4 is out of range for an axis of 3", [&] {
    runOp("gather_nd", {data, floats({1, 1}, {-4})});
  });
  expectError(ErrorKind::kIndex, "scatter_nd: index 7 is out of range", [&] {
    runOp("scatter_nd", {floats({1}, {1}), floats({1, 1}, {7})}, {{"shape", "(3,)"}});
  });
}

TEST(HostileIndices, ofAnEmptyAxisAreRefused) {
  expectError(ErrorKind::kIndex, "cannot take elements of an axis of extent 0", [] {
    runOp("take", {HostArray(Shape{0, 2}, DType::kFloat32), floats({1}, {0})});
  });
}

TEST(HostileIndices, giveRowsWithoutAnyOne) {
  EXPECT_EQ(runOp("one_hot", {floats({3}, {kInfinity, -1, 2})}, {{"depth", "2"}})[0].values(),
            (std::vector<double>(6, 0)));
}

TEST(LookUpErrors, nameWhatDoesNotFit) {
  expectError(ErrorKind::kInvalidArgument, "pick: axis is None", [] {
    runOp("pick", {floats({2, 2}, {1, 2, 3, 4}), floats({2}, {0, 1})}, {{"axis", "None"}});
  });
  expectError(ErrorKind::kInvalidArgument, "gather_nd: indices of shape (2,1) name 2 axes", [] {
    runOp("gather_nd", {floats({2}, {1, 2}), floats({2, 1}, {0, 0})});
  });
  expectError(ErrorKind::kInvalidArgument, "topk: k is 5, but the axis has 2 elements", [] {
    runOp("topk", {floats({2}, {1, 2})}, {{"k", "5"}});
  });
  expectError(ErrorKind::kInvalidArgument, "where: x, y and the result have types", [] {
    runOp("where", {floats({1}, {1}), floats({1}, {1}), HostArray(Shape{1}, DType::kInt32)});
  });
}

TEST(ScatterAdd, keepsTheOrderOfTermsOnAnyNumberOfThreads) {
  // Terms of very different size: another order would give another sum.
  const Shape rows{20000, 4};
  HostArray head(rows, DType::kFloat32);
  HostArray index(Shape{20000}, DType::kInt32);
  for (int64_t i = 0; i < head.size(); ++i) head.set(i, std::ldexp(1.0 + i % 13, i % 41 - 20));
  for (int64_t i = 0; i < index.size(); ++i) index.set(i, static_cast<double>(i * 31 % 64));
  HostArray data(Shape{64, 4}, DType::kFloat32);
  std::vector<float> expected(64 * 4);
  for (int64_t i = 0; i < 20000; ++i) {
    for (int64_t k = 0; k < 4; ++k) {
      expected[static_cast<size_t>((i * 31 % 64) * 4 + k)] +=
          static_cast<float>(head.get(i * 4 + k));
    }
  }
  HostArray got = runOp("_backward_take", {head, index, data})[0];
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(got.as<float>()[i], expected[i]);
}

}  // namespace
}  // namespace tenon
