// Drawing from many distributions: the numbers that the CPU draws, and what becomes of parameters
// that it refuses.
#include <gtest/gtest.h>

#include "compare.h"

namespace tenon {
namespace {

const RunOptions kOptions = {.random = {.seed = 42, .offset = 1000}};

TEST(CudaSamples, areThoseOfTheCpu) {
  const struct {
    const char* op;
    std::vector<std::pair<double, double>> ranges;
  } distributions[] = {
      {"_sample_uniform", {{-2, 1}, {1, 3}}},
      {"_sample_normal", {{-2, 1}, {0, 3}}},
      {"_sample_gamma", {{0.1, 5}, {0.5, 2}}},
      {"_sample_exponential", {{0.1, 5}}},
      {"_sample_poisson", {{0, 40}}},
      {"_sample_negative_binomial", {{1, 20}, {0.1, 1}}},
      {"_sample_generalized_negative_binomial", {{0, 20}, {0, 2}}},
  };
  for (const auto& [op, ranges] : distributions) {
    for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kFloat16}) {
      std::vector<HostArray> inputs;
      for (const auto& [low, high] : ranges)
        inputs.push_back(
            filled({37}, type, 1 + static_cast<unsigned>(inputs.size()), uniform(low, high)));
      expectSameOnDevice(op, inputs, {{"shape", "(40,)"}}, toleranceOf(type), kOptions);
      expectSameOnDevice(op, inputs, {}, toleranceOf(type), kOptions);
    }
  }
}

TEST(CudaSamples, areNaNWhereTheCpuRefuses) {
  const double nan = std::nan("");
  const struct {
    const char* op;
    std::vector<std::vector<double>> parameters;
  } refused[] = {
      {"_sample_uniform", {{2, 1, nan}, {1, nan, 1}}},
      {"_sample_normal", {{0, 0}, {-1, nan}}},
      {"_sample_gamma", {{0, 1, HUGE_VAL, nan}, {1, -1, 1, 1}}},
      {"_sample_exponential", {{0, -1, nan}}},
      {"_sample_poisson", {{-1, HUGE_VAL, nan}}},
      {"_sample_negative_binomial", {{0, 1, 1, HUGE_VAL}, {0.5, 0, 1.5, 0.5}}},
      {"_sample_generalized_negative_binomial", {{-1, 1, HUGE_VAL}, {1, -1, 1}}},
  };
  for (const auto& [op, parameters] : refused) {
    std::vector<HostArray> inputs;
    for (const std::vector<double>& values : parameters)
      inputs.push_back(HostArray::of({static_cast<int64_t>(values.size())}, values));
    const HostArray drawn = runOp(op, inputs, {}, kOptions)[0];
    for (int64_t i = 0; i < drawn.size(); ++i)
      EXPECT_TRUE(std::isnan(drawn.get(i))) << op << ", element " << i << ": " << drawn.get(i);
    EXPECT_THROW(runOnCpu(op, inputs, {}, kOptions), Error) << op;
  }
}

/// Few and many choices, of which many have no chance.
TEST(CudaSamples, chooseAsTheCpu) {
  for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kFloat16}) {
    for (const Shape& shape : {Shape{1}, Shape{3000}, Shape{70, 10}, Shape{5, 257}}) {
      HostArray data = filled(shape, type, 1, integers(-3, 3));
      for (int64_t i = 0; i < data.size(); ++i) data.set(i, std::max(0.0, data.get(i)));
      for (int64_t row = 0; row < data.size(); row += shape[shape.rank() - 1]) data.set(row, 1);
      for (const char* each : {"()", "(100,)"}) {
        const AttrMap attrs = {{"shape", each}, {"get_prob", "True"}};
        expectSameOnDevice("_sample_multinomial", {data}, attrs, toleranceOf(type), kOptions);
        const HostArray drawn = runOnCpu("_sample_multinomial", {data}, attrs, kOptions)[0];
        const HostArray head = filled(drawn.shape(), type, 2, uniform(0.5, 1));
        // The CPU rounds each sum of half types.
        expectSameOnDevice("_backward_sample_multinomial", {head, data, drawn}, {},
                           30 * toleranceOf(type));
      }
    }
  }
}

/// Draws that are few or many to a choice, so that a thread, a warp or a block adds them up.
TEST(CudaSamples, differentiateManyDraws) {
  const std::pair<Shape, int64_t> draws[] = {{{2, 3000}, 400}, {{3, 5}, 2000}, {{2}, 9000}};
  for (const auto& [shape, each] : draws) {
    const HostArray data = filled(shape, DType::kFloat64, 1, uniform(0.5, 1));
    Shape drawn({each});
    if (shape.rank() > 1) drawn = Shape({shape[0], each});
    const HostArray head = filled(drawn, DType::kFloat64, 2, uniform(0.5, 1));
    // Those outside count as the nearest choice.
    const auto last = static_cast<int>(shape[shape.rank() - 1]);
    const HostArray choices = filled(drawn, DType::kInt32, 3, integers(-1, last));
    expectSameOnDevice("_backward_sample_multinomial", {head, data, choices}, {}, 1e-12);
  }
}

TEST(CudaSamples, chooseWhatHasAChance) {
  const HostArray data = HostArray::of({3, 3}, {-1, HUGE_VAL, 2, 0, 0, 0, std::nan(""), 3, 0});
  const HostArray drawn = runOp("_sample_multinomial", {data}, {}, kOptions)[0];
  EXPECT_EQ(drawn.values(), (std::vector<double>{2, 0, 1}));
}

}  // namespace
}  // namespace tenon
