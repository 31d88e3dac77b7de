// What cases cannot say: messages, result types, dynamic scalars.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/op_runner.h"

namespace tenon {
namespace {

using testing::ElementsAre;

const HostArray kInts = HostArray::of({3}, {7, -7, 3}, DType::kInt32);

TEST(ElementwiseTest, refusesShapesAndTypesThatDiffer) {
  expectError(ErrorKind::kInvalidArgument,
              "elemwise_add: input rhs has shape (3,2), expected shape (2,3) as input lhs", [] {
                runOp("elemwise_add",
                      {HostArray({2, 3}, DType::kFloat32), HostArray({3, 2}, DType::kFloat32)});
              });
  expectError(ErrorKind::kInvalidArgument,
              "elemwise_mul: input rhs has dtype int32, expected dtype float32", [] {
                runOp("elemwise_mul", {HostArray({3}, DType::kFloat32), kInts});
              });
  expectError(ErrorKind::kInvalidArgument,
              "broadcast_add: input lhs has shape (2,3) and input rhs has shape (4,)", [] {
                runOp("broadcast_add",
                      {HostArray({2, 3}, DType::kFloat32), HostArray({4}, DType::kFloat32)});
              });
  expectError(ErrorKind::kInvalidArgument, "clip: attribute a_min is missing, expected a number",
              [] { runOp("clip", {kInts}); });
  expectError(ErrorKind::kInvalidArgument, "elemwise_add: 1 input is given, expected 2",
              [] { runOp("elemwise_add", {kInts}); });
}

TEST(ElementwiseTest, integersMeetNumbersAsInMXNet) {
  EXPECT_THAT(runOp("_plus_scalar", {kInts}, {{"scalar", "1.5"}})[0].values(),
              ElementsAre(8, -6, 4));
  EXPECT_THAT(runOp("_mul_scalar", {kInts}, {{"scalar", "0.5"}})[0].values(), ElementsAre(0, 0, 0));
  EXPECT_THAT(runOp("_div_scalar", {kInts}, {{"scalar", "2"}})[0].values(), ElementsAre(3, -3, 1));
  EXPECT_THAT(runOp("_mod_scalar", {kInts}, {{"scalar", "-3"}})[0].values(),
              ElementsAre(-2, -1, 0));
  EXPECT_THAT(runOp("_greater_scalar", {kInts}, {{"scalar", "1.5"}})[0].values(),
              ElementsAre(1, 0, 1));
  const HostArray real = runOp("_plus_scalar", {kInts}, {{"scalar", "1.5"}, {"is_int", "0"}})[0];
  EXPECT_EQ(real.dtype(), DType::kFloat64);
  EXPECT_THAT(real.values(), ElementsAre(8.5, -5.5, 4.5));
  const HostArray counted =
      runOp("_plus_scalar", {HostArray::of({2}, {1, 0}, DType::kBool)}, {{"scalar", "1"}})[0];
  EXPECT_EQ(counted.dtype(), DType::kInt64);
  EXPECT_THAT(counted.values(), ElementsAre(2, 1));
}

TEST(ElementwiseTest, theScalarMayComeBesideTheAttributes) {
  const HostArray x = HostArray::of({2}, {1, 2});
  EXPECT_THAT(runOp("_mul_scalar", {x}, {{"scalar", "3"}}, {.dynamics = {5}})[0].values(),
              ElementsAre(5, 10));
  EXPECT_THAT(runOp("_power_scalar", {x}, {{"scalar", "3"}}, {.dynamics = {2}})[0].values(),
              ElementsAre(1, 4));
}

TEST(ReductionTest, refusesAxesThatAreNotThere) {
  expectError(ErrorKind::kIndex, "sum: axis 2 is out of range for shape (3,), expected -1 to 0",
              [] {
                runOp("sum", {kInts}, {{"axis", "2"}});
              });
  expectError(ErrorKind::kInvalidArgument, "max: axis -1 is given twice for shape (3,)", [] {
    runOp("max", {kInts}, {{"axis", "(0,-1)"}});
  });
  expectError(ErrorKind::kInvalidArgument,
              "norm: attribute ord is '3', expected an integer of 32 bits from 1 to 2", [] {
                runOp("norm", {kInts}, {{"ord", "3"}});
              });
  expectError(ErrorKind::kInvalidArgument, "argmax: the axis searched of shape (0,) is empty", [] {
    runOp("argmax", {HostArray({0}, DType::kFloat32)}, {{"axis", "0"}});
  });
  expectError(ErrorKind::kInvalidArgument,
              "argmax_channel: input data has shape (3,), expected at least 2 dimensions",
              [] { runOp("argmax_channel", {kInts}); });
}

TEST(BroadcastTest, refusesWhatDoesNotSpread) {
  expectError(ErrorKind::kInvalidArgument, "broadcast_to: shape (3,) does not broadcast to (4,)",
              [] {
                runOp("broadcast_to", {kInts}, {{"shape", "(4,)"}});
              });
  expectError(ErrorKind::kInvalidArgument, "broadcast_to: shape (3,) does not broadcast to (2,3)",
              [] {
                runOp("broadcast_to", {kInts}, {{"shape", "(2,3)"}});
              });
  expectError(ErrorKind::kInvalidArgument,
              "broadcast_axis: axis 0 of shape (3,) has extent 3, expected 1", [] {
                runOp("broadcast_axis", {kInts}, {{"axis", "0"}, {"size", "4"}});
              });
  expectError(ErrorKind::kInvalidArgument,
              "broadcast_axis: attribute axis has 1 elements, expected as many as size", [] {
                runOp("broadcast_axis", {kInts}, {{"axis", "0"}});
              });
  expectError(ErrorKind::kInvalidArgument, "broadcast_like: lhs_axes has 1 axes and rhs_axes 0",
              [] {
                runOp("broadcast_like", {kInts, kInts}, {{"lhs_axes", "0"}});
              });
}

}  // namespace
}  // namespace tenon
