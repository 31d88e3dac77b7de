// Rows gathered, added up, chosen and shuffled by the device, in numbers that fill several blocks
// and chunks: against the CPU's.
#include <gtest/gtest.h>

#include "compare.h"
#include "device_arrays.h"
#include "exec/invoke.h"
#include "support/op_case.h"

namespace tenon {
namespace {

/// Mostly one value, as the padding of texts is.
Values mostly(int value, int low, int high) {
  return [=](int64_t size, std::mt19937& random) {
    std::vector<double> values = integers(low, high)(size, random);
    for (double& x : values) {
      if (random() % 4 != 0) x = value;
    }
    return values;
  };
}

/// Few and many terms to a row, all to one, indices outside; sums of whole numbers are exact.
TEST(CudaIndex, addsRowsUpWhereTheyCameFrom) {
  const std::pair<int64_t, Values> indices[] = {{1, integers(3, 3)},
                                                {15, integers(0, 6)},
                                                {700, integers(-3, 9)},
                                                {6000, integers(0, 6)},
                                                {6000, integers(2, 2)},
                                                {6000, mostly(5, 0, 6)},
                                                {3000, integers(-70000, 70000)}};
  for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kInt8,
                           DType::kInt64, DType::kBFloat16}) {
    for (const auto& [count, values] : indices) {
      const AttrMap table = {{"input_dim", "7"}, {"output_dim", "3"}};
      const std::vector<HostArray> inputs = {filled({count, 3}, type, 1, integers(-1, 1)),
                                             filled({count}, DType::kInt32, 2, values)};
      expectSameOnDevice("_backward_Embedding", inputs, table, 0);
      RunOptions adding;
      adding.requests = {Request::kAdd};
      adding.previous = {filled({7, 3}, type, 3, integers(-9, 9))};
      expectSameOnDevice("_backward_Embedding", inputs, table, 0, adding);
    }
  }
}

TEST(CudaIndex, addsUpAlongAnyAxis) {
  for (const char* mode : {"clip", "wrap"}) {
    for (const char* axis : {"0", "1", "2"}) {
      const HostArray data = filled({4, 50, 6}, DType::kFloat32, 1, integers(-5, 5));
      const HostArray index = filled({40, 30}, DType::kFloat32, 2, integers(-60, 60));
      const AttrMap attrs = {{"axis", axis}, {"mode", mode}};
      const Shape taken = runOnCpu("take", {data, index}, attrs)[0].shape();
      expectSameOnDevice("_backward_take",
                         {filled(taken, DType::kFloat32, 3, integers(-5, 5)), index, data}, attrs,
                         0);
    }
  }
}

TEST(CudaIndex, addsTheSameFromRunToRun) {
  const AttrMap table = {{"input_dim", "90"}, {"output_dim", "5"}};
  const std::vector<HostArray> inputs = {filled({9000, 5}, DType::kFloat32, 1, uniform(-1, 1)),
                                         filled({9000}, DType::kInt64, 2, mostly(0, 0, 89))};
  const std::vector<double> once = runOp("_backward_Embedding", inputs, table)[0].values();
  EXPECT_EQ(runOp("_backward_Embedding", inputs, table)[0].values(), once);
  // Thousands of terms one after the other, on the CPU: its error, not the device's.
  expectSameOnDevice("_backward_Embedding", inputs, table, 1e-4);
}

TEST(CudaIndex, followsTuples) {
  for (const DType type : {DType::kFloat32, DType::kUInt8, DType::kFloat16, DType::kInt64}) {
    // Slices of one element, of three, of eight.
    for (const Shape& rest : {Shape{}, Shape{3}, Shape{2, 4}}) {
      Shape whole{20, 30};
      Shape slices{5000};
      for (const int64_t extent : rest) {
        whole.append(extent);
        slices.append(extent);
      }
      HostArray tuples = filled({2, 5000}, DType::kInt32, 1, integers(-20, 19));
      const HostArray data = filled(whole, type, 2, integers(0, 3));
      const HostArray rows = filled(slices, type, 3, integers(0, 3));
      const AttrMap shape = {{"shape", whole.toString()}};
      expectSameOnDevice("gather_nd", {data, tuples}, {}, 0);
      expectSameOnDevice("_gather_nd_gradient", {rows, tuples, data}, {}, 0);
      expectSameOnDevice("_backward_gather_nd", {rows, tuples}, shape, 0);
      // Of many slices for one place the last wins.
      expectSameOnDevice("scatter_nd", {rows, tuples}, shape, 0);
      expectSameOnDevice("_scatter_set_nd", {data, rows, tuples}, shape, 0);
    }
  }
}

TEST(CudaIndex, takesTheNearestPlaceForTuplesOutside) {
  const HostArray data = HostArray::of({3}, {1, 2, 3});
  const HostArray tuples = HostArray::of({1, 4}, {-4, -3, 3, 1e30});
  EXPECT_EQ(runOp("gather_nd", {data, tuples})[0].values(), (std::vector<double>{1, 1, 3, 3}));
}

TEST(CudaIndex, refusesPlacesInAnArrayWithoutAny) {
  const HostArray data(Shape{0, 2}, DType::kFloat32);
  try {
    runOp("gather_nd", {data, HostArray::of({1, 1}, {0})});
    ADD_FAILURE() << "a slice of nothing was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIndex);
    EXPECT_EQ(error.message(),
              "gather_nd: indices of shape (1,1) name places of an array of shape (0,2), which has "
              "none");
  }
}

TEST(CudaIndex, choosesRows) {
  for (const DType type : {DType::kFloat32, DType::kUInt8, DType::kFloat64}) {
    for (const int64_t rows : {1, 255, 4096, 4097, 20000}) {
      const HostArray data = filled({rows, 3}, type, 1, integers(0, 100));
      for (const int chosen : {0, 1, 2}) {
        const HostArray index = filled({rows}, DType::kFloat32, 2, integers(chosen / 2, chosen));
        expectSameOnDevice("_contrib_boolean_mask", {data, index}, {}, 0);
        const HostArray head = runOnCpu("_contrib_boolean_mask", {data, index})[0];
        expectSameOnDevice("_backward_contrib_boolean_mask", {head, index, data}, {}, 0);
      }
    }
  }
  const HostArray none(Shape{0, 3}, DType::kFloat32);
  EXPECT_EQ(runOp("_contrib_boolean_mask", {none, HostArray(Shape{0}, DType::kInt32)})[0].shape(),
            (Shape{0, 3}));
}

/// The caller learns the shape, the engine keeps the order.
TEST(CudaIndex, givesArraysOfTheRowsChosen) {
  const Device gpu = Device::gpu(0);
  NDArray data = testing::arrayOn(gpu, {1, 2, 3, 4});
  for (int i = 0; i < 10; ++i) data = invoke("elemwise_add", {}, {data, data}).at(0);
  const NDArray index = testing::arrayOn(gpu, {0, 1, 0, 1});
  const NDArray chosen = invoke("_contrib_boolean_mask", {}, {data, index}).at(0);
  EXPECT_EQ(chosen.shape(), Shape{2});
  EXPECT_EQ(chosen.device(), gpu);
  EXPECT_EQ(testing::valuesOf(invoke("elemwise_add", {}, {chosen, chosen}).at(0)),
            (std::vector<float>{4096, 8192}));
}

TEST(CudaIndex, shufflesAsTheCpuDoes) {
  for (const Shape& shape : {Shape{1}, Shape{2, 3}, Shape{3}, Shape{2048, 2}, Shape{50001}}) {
    for (uint64_t seed = 1; seed < 4; ++seed) {
      RunOptions options;
      options.random = {.seed = seed, .offset = seed * 1000};
      expectSameOnDevice("_shuffle", {filled(shape, DType::kInt32, 1, distinct(1))}, {}, 0,
                         options);
    }
  }
}

}  // namespace
}  // namespace tenon
