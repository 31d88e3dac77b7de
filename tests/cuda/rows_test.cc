// Operators that work on rows and sequences, in sizes that fill several blocks, against the CPU's.
#include <gtest/gtest.h>

#include <cstdlib>

#include "compare.h"

namespace tenon {
namespace {

constexpr DType kFloats[] = {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16};

/// Steps that are moved by units of every width, and lengths outside of what there is.
TEST(CudaRows, cutSequences) {
  for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kInt8}) {
    for (const int64_t inner : {1, 3, 4, 6, 16}) {
      for (const bool batch_first : {false, true}) {
        const Shape shape = batch_first ? Shape{37, 90, inner} : Shape{90, 37, inner};
        const AttrMap attrs = {{"use_sequence_length", "True"}, {"axis", batch_first ? "1" : "0"}};
        const HostArray lengths = filled({37}, DType::kInt32, 1, integers(-3, 95));
        const HostArray data = filled(shape, type, 2, integers(-9, 9));
        AttrMap mask = attrs;
        mask["value"] = "-5";
        expectSameOnDevice("SequenceMask", {data, lengths}, mask, 0);
        expectSameOnDevice("SequenceReverse", {data, lengths}, attrs, 0);
        expectSameOnDevice("SequenceLast", {data, lengths}, attrs, 0);
        const HostArray head = filled({37, inner}, type, 3, integers(-9, 9));
        expectSameOnDevice("_backward_SequenceLast", {head, data, lengths}, attrs, 0);
      }
    }
  }
}

TEST(CudaRows, cutSequencesAtOddAddresses) {
  RunOptions options;
  options.misalign = 1;
  const HostArray data = filled({50, 7, 16}, DType::kFloat32, 1, uniform(-1, 1));
  for (const char* op : {"SequenceMask", "SequenceReverse", "SequenceLast"})
    expectSameOnDevice(op, {data}, {}, 0, options);
}

TEST(CudaRows, rectifyMuch) {
  for (const DType type : kFloats) {
    for (const Shape& shape : {Shape{5003}, Shape{30, 37, 30}, Shape{600, 40}}) {
      const HostArray x = filled(shape, type, 1, uniform(-3, 3));
      const HostArray dy = filled(shape, type, 2, uniform(-1, 1));
      for (const char* kind : {"leaky", "elu", "selu", "gelu"}) {
        const AttrMap attrs = {{"act_type", kind}, {"slope", "0.3"}};
        expectSameOnDevice("LeakyReLU", {x}, attrs, 2 * toleranceOf(type));
        expectSameOnDevice("_backward_LeakyReLU", {dy, x}, attrs, 2 * toleranceOf(type));
      }
      const int64_t channels = shape.rank() == 1 ? shape[0] : shape[1];
      for (const int64_t count : {int64_t{1}, channels}) {
        const AttrMap attrs = {{"act_type", "prelu"}};
        const HostArray gamma = filled({count}, type, 3, uniform(-1, 1));
        expectSameOnDevice("LeakyReLU", {x, gamma}, attrs, toleranceOf(type));
        // Sums of many elements of either sign.
        expectSameOnDevice("_backward_LeakyReLU", {dy, x, gamma}, attrs, 20 * toleranceOf(type));
      }
    }
  }
}

TEST(CudaRows, drawTheSlopesThatTheCpuDraws) {
  RunOptions options;
  options.training = true;
  options.random = {.seed = 42, .offset = 7};
  for (const DType type : kFloats) {
    for (const int64_t size : {1, 6, 70001}) {
      const HostArray x = filled({size}, type, 1, uniform(-3, 3));
      expectSameOnDevice("LeakyReLU", {x}, {{"act_type", "rrelu"}}, toleranceOf(type), options);
      const auto drawn = runOp("LeakyReLU", {x}, {{"act_type", "rrelu"}}, options);
      expectAlike(drawn[1], runOnCpu("LeakyReLU", {x}, {{"act_type", "rrelu"}}, options)[1], 0,
                  "slopes");
    }
  }
}

/// Rows that a warp or a block keeps in registers, in packs or not, rows that are read again, and
/// columns.
TEST(CudaRows, normaliseLayersOfEverySize) {
  const std::pair<Shape, const char*> layers[] = {
      {{9, 1}, "-1"},    {{5, 33}, "-1"},    {{21, 50}, "1"},   {{13, 768}, "-1"},
      {{3, 1001}, "-1"}, {{2, 2048}, "-1"},  {{2, 5000}, "-1"}, {{1, 70000}, "-1"},
      {{2, 9001}, "-1"}, {{4, 30, 70}, "1"}, {{3000, 7}, "0"},  {{2500, 50}, "-1"},
  };
  for (const DType type : kFloats) {
    for (const auto& [shape, axis] : layers) {
      // Each thread of the emulated device is switched to and fro.
      if (shape.size() > 15000 && type != DType::kFloat32) continue;
      const int64_t n = shape[shape.axis(std::atoi(axis), "")];
      const AttrMap attrs = {{"axis", axis}, {"output_mean_var", "True"}};
      const HostArray x = filled(shape, type, 1, uniform(-2, 3));
      const HostArray gamma = filled({n}, type, 2, uniform(-2, 2));
      const HostArray beta = filled({n}, type, 3, uniform(-1, 1));
      expectSameOnDevice("LayerNorm", {x, gamma, beta}, attrs, 4 * toleranceOf(type));
      const auto forward = runOnCpu("LayerNorm", {x, gamma, beta}, attrs);
      const HostArray dy = filled(shape, type, 4, uniform(-1, 1));
      RunOptions options;
      if (n > 10000) options.requests = {Request::kWrite, Request::kNull, Request::kNull};
      expectSameOnDevice("_backward_LayerNorm", {dy, x, gamma, forward[1], forward[2]}, attrs,
                         20 * toleranceOf(type), options);
    }
  }
}

/// The mean is large beside the deviation, or there is none.
TEST(CudaRows, normaliseLayersFarFromZero) {
  for (const int64_t n : {50, 768, 9001}) {
    const HostArray one = HostArray::of({n}, std::vector<double>(static_cast<size_t>(n), 1));
    const HostArray zero = HostArray::of({n}, std::vector<double>(static_cast<size_t>(n), 0));
    const HostArray far = filled({3, n}, DType::kFloat32, 1, uniform(999, 1001));
    const AttrMap attrs = {{"output_mean_var", "True"}};
    // The CPU's mean is rounded to float32.
    expectSameOnDevice("LayerNorm", {far, one, zero}, attrs, 2e-4);
    const HostArray same =
        HostArray::of({2, n}, std::vector<double>(static_cast<size_t>(2 * n), 1234.567));
    for (const double y : runOp("LayerNorm", {same, one, zero}, {{"eps", "1e-10"}})[0].values())
      ASSERT_EQ(y, 0);
  }
}

TEST(CudaRows, normaliseLayersAtOddAddresses) {
  RunOptions options;
  options.misalign = 1;
  const HostArray x = filled({40, 64}, DType::kFloat32, 1, uniform(-2, 3));
  const HostArray gamma = filled({64}, DType::kFloat32, 2, uniform(-2, 2));
  expectSameOnDevice("LayerNorm", {x, gamma, gamma}, {}, 1e-5, options);
}

}  // namespace
}  // namespace tenon
