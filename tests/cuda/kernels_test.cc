// What the operators' cases do not say about the device's kernels: which there are, large and odd
// sizes, broadcasting of every form, agreement with the CPU.
#include <gtest/gtest.h>

#include "compare.h"
#include "support/op_case.h"

namespace tenon {
namespace {

TEST(CudaKernels, haveAllOperators) {
  std::string missing;
  for (const Op* op : allOps()) {
    if (op->kernel(DeviceType::kGpu) == nullptr && !op->name.starts_with("_test_"))
      missing += " " + op->name;
  }
  EXPECT_EQ(missing, "");
}

TEST(CudaKernels, takeEverySizeAndAlignment) {
  for (const DType type : kAllTypes) {
    for (const int64_t size : {1, 7, 8, 9, 63, 64, 65, 1023, 70001}) {
      for (const int shift : {0, 1}) {
        HostArray a = filled({size}, type, 1, integers(0, 5));
        HostArray b = filled({size}, type, 2, integers(0, 5));
        a = HostArray::of(a.shape(), a.values(), type, shift);
        RunOptions options;
        options.misalign = shift;
        for (const char* op : {"elemwise_add", "_maximum", "elemwise_mul"}) {
          expectAlike(runOp(op, {a, b}, {}, options)[0], runOnCpu(op, {a, b})[0], 0,
                      concat(op, " of ", size, " ", nameOf(type)));
        }
      }
    }
  }
}

TEST(CudaKernels, broadcastInEveryForm) {
  const std::pair<Shape, Shape> shapes[] = {
      {{4, 16}, {16}},
      {{4, 16}, {4, 1}},
      {{4, 13}, {13}},
      {{4, 13}, {4, 1}},
      {{3, 1, 8}, {1, 5, 8}},
      {{3, 1, 7}, {5, 1}},
      {{2, 3, 4, 5}, {3, 1, 5}},
      {{1}, {6, 24}},
      {{6, 24}, {1}},
      {{2, 8, 1, 3, 1}, {1, 1, 5, 1, 8}},
      {{100, 40}, {100, 40}},
      {{1, 1}, {1, 1, 1}},
      {{2, 0, 3}, {1, 3}},
  };
  for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kInt8,
                           DType::kInt32, DType::kInt64, DType::kBFloat16, DType::kUInt8}) {
    for (const auto& [left, right] : shapes) {
      const HostArray a = filled(left, type, 3, integers(1, 9));
      const HostArray b = filled(right, type, 4, integers(1, 9));
      for (const char* op : {"broadcast_sub", "broadcast_div", "broadcast_greater"}) {
        expectAlike(runOp(op, {a, b})[0], runOnCpu(op, {a, b})[0], toleranceOf(type),
                    concat(op, " of ", left, " and ", right, " ", nameOf(type)));
      }
    }
  }
}

/// Outputs of one element and of many, reduced by a warp, a block and several blocks, from rows and
/// from columns, aligned and not. Whole numbers: sums are exact.
TEST(CudaKernels, reduceEverySize) {
  const std::pair<Shape, const char*> reductions[] = {
      {{300000}, "()"},  {{3, 70001}, "1"},   {{3, 70000}, "1"}, {{5000, 37}, "0"},
      {{70000, 2}, "0"}, {{4, 1024}, "1"},    {{4, 1025}, "1"},  {{13, 5, 17}, "(0, 2)"},
      {{6, 7, 8}, "1"},  {{2, 3, 4, 5}, "2"}, {{1, 1}, "()"},    {{33, 64}, "0"},
  };
  for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64,
                           DType::kInt8, DType::kBFloat16}) {
    for (const auto& [shape, axis] : reductions) {
      const HostArray x = filled(shape, type, 5, integers(-1, 1));
      for (const std::string op : {"sum", "max", "norm", "mean"}) {
        if (op == "norm" && !isFloating(type)) continue;  // too large for some integers
        expectAlike(runOp(op, {x}, {{"axis", axis}})[0], runOnCpu(op, {x}, {{"axis", axis}})[0],
                    toleranceOf(type),
                    concat(op, " of ", shape, " over ", axis, " ", nameOf(type)));
      }
    }
    const HostArray x = filled({40, 3001}, type, 6, integers(-100, 100));
    for (const char* axis : {"0", "1"}) {
      for (const char* op : {"argmax", "argmin"}) {
        // Half types hold no such indices exactly: both round them alike.
        expectAlike(runOp(op, {x}, {{"axis", axis}})[0], runOnCpu(op, {x}, {{"axis", axis}})[0], 0,
                    concat(op, " over ", axis, " ", nameOf(type)));
      }
    }
  }
}

TEST(CudaKernels, normaliseLongRows) {
  for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kFloat16}) {
    for (const Shape& shape : {Shape{2, 5000}, Shape{300, 10}, Shape{3, 40, 50}}) {
      const HostArray x = filled(shape, type, 7, uniform(-9, 9));
      for (const char* axis : {"-1", "1"}) {
        for (const char* op : {"softmax", "log_softmax"}) {
          expectAlike(runOp(op, {x}, {{"axis", axis}})[0], runOnCpu(op, {x}, {{"axis", axis}})[0],
                      4 * toleranceOf(type), concat(op, " of ", shape, " ", nameOf(type)));
        }
      }
    }
  }
}

/// More weights than one launch takes.
TEST(CudaKernels, updateManyWeightsAtOnce) {
  std::vector<HostArray> inputs;
  std::string rates = "(";
  for (int i = 0; i < 30; ++i) {
    for (int k = 0; k < 3; ++k) {
      inputs.push_back(
          filled({i * 37 + 1}, DType::kFloat32, static_cast<unsigned>(i * 3 + k), uniform(-1, 1)));
    }
    rates += "0." + std::to_string(i + 1) + ",";
  }
  rates += ")";
  const AttrMap attrs = {
      {"lrs", rates}, {"wds", rates}, {"momentum", "0.9"}, {"num_weights", "30"}};
  const auto got = runOp("multi_sgd_mom_update", inputs, attrs);
  const auto expected = runOnCpu("multi_sgd_mom_update", inputs, attrs);
  for (size_t i = 0; i < expected.size(); ++i)
    expectAlike(got[i], expected[i], 2e-6, concat("weight ", i));
}

TEST(CudaKernels, refuseIndicesOutsideWhereAskedTo) {
  const HostArray x = HostArray::of({3}, {1, 2, 3});
  const HostArray index = HostArray::of({2}, {-3, 3});
  try {
    runOp("take", {x, index}, {{"mode", "raise"}});
    ADD_FAILURE() << "index 3 of 3 was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIndex);
    EXPECT_EQ(error.message(), "take: index 3 is out of range for an axis of 3");
  }
}

TEST(CudaKernels, multiplyNothingAndMuch) {
  const AttrMap layer = {{"num_hidden", "37"}};
  for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16}) {
    const auto of = [type](const Shape& shape, unsigned seed) {
      return filled(shape, type, seed, integers(-2, 3));
    };
    // Sums over nothing, and products of no rows.
    expectAlike(runOp("dot", {of({2, 0}, 1), of({0, 3}, 2)})[0],
                HostArray::of({2, 3}, {0, 0, 0, 0, 0, 0}, type), 0, "dot");
    EXPECT_EQ(runOp("dot", {of({0, 2}, 1), of({2, 3}, 2)})[0].shape(), (Shape{0, 3}));
    const std::vector<HostArray> none = {of({2, 0}, 1), of({37, 0}, 2), of({37}, 3)};
    expectAlike(runOp("FullyConnected", none, layer)[0], runOnCpu("FullyConnected", none, layer)[0],
                0, "FullyConnected of no features");
    // A product that takes no bias.
    const std::vector<HostArray> narrow = {of({3, 5}, 1), of({1, 5}, 2), of({1}, 3)};
    const AttrMap one = {{"num_hidden", "1"}};
    expectAlike(runOp("FullyConnected", narrow, one)[0], runOnCpu("FullyConnected", narrow, one)[0],
                toleranceOf(type), "FullyConnected to one");
    // The bias's gradient is shared out to several blocks.
    const std::vector<HostArray> much = {of({3000, 37}, 4), of({3000, 5}, 5)};
    const auto got = runOp("_backward_FullyConnected_weight", much, layer);
    const auto expected = runOnCpu("_backward_FullyConnected_weight", much, layer);
    for (size_t i = 0; i < 2; ++i)
      expectAlike(got[i], expected[i], toleranceOf(type), concat("gradient ", i, nameOf(type)));
  }
}

TEST(CudaKernels, multiplyMoreBatchesThanOneCallTakes) {
  for (const DType type : {DType::kFloat32, DType::kFloat16}) {
    const HostArray a = filled({70000, 2, 3}, type, 1, integers(-2, 3));
    const HostArray b = filled({70000, 3, 2}, type, 2, integers(-2, 3));
    expectAlike(runOp("batch_dot", {a, b})[0], runOnCpu("batch_dot", {a, b})[0], 0,
                concat("batch_dot of ", nameOf(type)));
  }
}

TEST(CudaKernels, convolveNothing) {
  const AttrMap layer = {{"num_filter", "2"}, {"kernel", "(1,)"}};
  for (const Shape& data : {Shape{0, 3, 4}, Shape{2, 0, 4}}) {
    const std::vector<HostArray> inputs = {
        filled(data, DType::kFloat32, 1, integers(-2, 3)),
        filled({2, data[1], 1}, DType::kFloat32, 2, integers(-2, 3)),
        filled({2}, DType::kFloat32, 3, integers(-2, 3))};
    expectAlike(runOp("Convolution", inputs, layer)[0], runOnCpu("Convolution", inputs, layer)[0],
                0, concat("Convolution of ", data));
  }
}

/// Channels are shared out to several blocks, whichever axis they are.
TEST(CudaKernels, normaliseMuch) {
  RunOptions options;
  options.training = true;
  for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kFloat16}) {
    const DType wide = type == DType::kFloat16 ? DType::kFloat32 : type;
    for (const bool last : {false, true}) {
      const AttrMap layer = {{"fix_gamma", "False"}, {"axis", last ? "-1" : "1"}};
      std::vector<HostArray> inputs = {
          filled(last ? Shape{20, 30, 30, 3} : Shape{20, 3, 30, 30}, type, 1, uniform(1, 3))};
      for (unsigned i = 2; i < 6; ++i) inputs.push_back(filled({3}, wide, i, uniform(0.5, 2)));
      const auto got = runOp("BatchNorm", inputs, layer, options);
      const auto expected = runOnCpu("BatchNorm", inputs, layer, options);
      for (size_t i = 0; i < got.size(); ++i) {
        expectAlike(got[i], expected[i], 20 * toleranceOf(type),
                    concat("BatchNorm's output ", i, ", ", nameOf(type)));
      }
    }
  }
}

/// Every case, every dtype of its sweep: the device's kernels against the CPU's.
TEST(CudaKernels, agreeWithTheCpu) {
  for (const OpCase& given : allOpCases()) {
    if (findOp(given.op).kernel(DeviceType::kGpu) == nullptr) continue;
    for (const DType type : given.sweep) {
      const std::vector<HostArray> inputs = given.makeInputs(type);
      const auto got = runOp(given.op, inputs, given.attrs, given.options());
      const auto expected = runOnCpu(given.op, inputs, given.attrs, given.options());
      ASSERT_EQ(got.size(), expected.size());
      for (size_t i = 0; i < got.size(); ++i) {
        // Normal numbers may be 3e-5 from the exact transformation.
        const double factor = given.tolerance_factor * (given.random ? 20 : 1);
        expectAlike(got[i], expected[i],
                    factor * std::max(toleranceOf(type), toleranceOf(got[i].dtype())),
                    concat(given.op, ", case ", given.number, ", ", nameOf(type)));
      }
    }
  }
}

}  // namespace
}  // namespace tenon
