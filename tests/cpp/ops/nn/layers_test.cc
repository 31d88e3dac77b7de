// The layers' kernels against plain loops in double, and their backward operators against finite
// differences.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "support/expect_error.h"
#include "support/op_runner.h"

namespace tenon {
namespace {

HostArray randomArray(const Shape& shape, unsigned seed, DType dtype = DType::kFloat64) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> values(static_cast<size_t>(shape.size()));
  for (double& value : values) value = uniform(engine);
  return HostArray::of(shape, values, dtype);
}

HostArray as(DType dtype, const HostArray& array) {
  return HostArray::of(array.shape(), array.values(), dtype);
}

void expectClose(const HostArray& got, const HostArray& expected, double tolerance) {
  ASSERT_EQ(got.shape(), expected.shape());
  for (int64_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(got.get(i), expected.get(i), tolerance * (1 + std::abs(expected.get(i))))
        << "at " << i;
  }
}

double weightedSum(const HostArray& values, const HostArray& weights) {
  double sum = 0;
  for (int64_t i = 0; i < values.size(); ++i) sum += values.get(i) * weights.get(i);
  return sum;
}

/// The gradient of the sum of head·op(inputs) with respect to one input.
HostArray numericGradient(const std::string& op, std::vector<HostArray> inputs,
                          const AttrMap& attrs, size_t which, const HostArray& head) {
  constexpr double kStep = 1e-5;
  HostArray gradient(inputs[which].shape(), DType::kFloat64);
  for (int64_t i = 0; i < gradient.size(); ++i) {
    const double middle = inputs[which].get(i);
    inputs[which].set(i, middle + kStep);
    const double above = weightedSum(runOp(op, inputs, attrs)[0], head);
    inputs[which].set(i, middle - kStep);
    const double below = weightedSum(runOp(op, inputs, attrs)[0], head);
    inputs[which].set(i, middle);
    gradient.set(i, (above - below) / (2 * kStep));
  }
  return gradient;
}

/// float32, float16 and bfloat16 agree with float64 as far as they can.
void expectTypesAgree(const std::string& op, const std::vector<HostArray>& inputs,
                      const AttrMap& attrs) {
  const std::vector<HostArray> expected = runOp(op, inputs, attrs);
  const std::pair<DType, double> tolerances[] = {
      {DType::kFloat32, 2e-6}, {DType::kFloat16, 4e-3}, {DType::kBFloat16, 3e-2}};
  for (const auto& [dtype, tolerance] : tolerances) {
    std::vector<HostArray> converted;
    for (const HostArray& input : inputs) converted.push_back(as(dtype, input));
    const std::vector<HostArray> got = runOp(op, converted, attrs);
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].dtype(), dtype);
      expectClose(got[i], expected[i], tolerance * 4);
    }
  }
}

TEST(FullyConnected, multipliesByTheTransposedWeightAndAddsTheBias) {
  const HostArray x = HostArray::of({2, 3}, {1, 2, 3, 4, 5, 6});
  const HostArray w = HostArray::of({2, 3}, {1, 0, -1, 2, 1, 0});
  const HostArray b = HostArray::of({2}, {10, 20});
  EXPECT_THAT(runOp("FullyConnected", {x, w, b}, {{"num_hidden", "2"}})[0].values(),
              testing::ElementsAre(8, 24, 8, 33));
}

TEST(FullyConnected, keepsLeadingAxesWithoutFlatten) {
  const HostArray x = randomArray({2, 3, 4}, 1), w = randomArray({5, 4}, 2);
  const AttrMap attrs = {{"num_hidden", "5"}, {"flatten", "False"}, {"no_bias", "True"}};
  EXPECT_EQ(runOp("FullyConnected", {x, w}, attrs)[0].shape(), Shape({2, 3, 5}));
}

TEST(FullyConnected, gradientsEqualFiniteDifferences) {
  for (const char* flatten : {"True", "False"}) {
    const bool flat = flatten[0] == 'T';
    const HostArray x = randomArray({3, 2, 4}, 1), w = randomArray({5, flat ? 8 : 4}, 2),
                    b = randomArray({5}, 3);
    const AttrMap attrs = {{"num_hidden", "5"}, {"flatten", flatten}};
    const HostArray dy = randomArray(runOp("FullyConnected", {x, w, b}, attrs)[0].shape(), 4);
    expectClose(runOp("_backward_FullyConnected_data", {dy, w, x}, attrs)[0],
                numericGradient("FullyConnected", {x, w, b}, attrs, 0, dy), 1e-7);
    const auto weight = runOp("_backward_FullyConnected_weight", {dy, x}, attrs);
    expectClose(weight[0], numericGradient("FullyConnected", {x, w, b}, attrs, 1, dy), 1e-7);
    expectClose(weight[1], numericGradient("FullyConnected", {x, w, b}, attrs, 2, dy), 1e-7);
    expectTypesAgree("FullyConnected", {x, w, b}, attrs);
    expectTypesAgree("_backward_FullyConnected_data", {dy, w, x}, attrs);
    expectTypesAgree("_backward_FullyConnected_weight", {dy, x}, attrs);
  }
}

TEST(FullyConnected, saysWhichShapesClash) {
  const HostArray x = randomArray({3, 4}, 1), w = randomArray({5, 7}, 2), b = randomArray({5}, 3);
  expectError(ErrorKind::kInvalidArgument, "FullyConnected: weight has shape (5,7), expected (5,4)",
              [&] {
                runOp("FullyConnected", {x, w, b}, {{"num_hidden", "5"}});
              });
}

/// Convolution by its definition, in two dimensions.
HostArray plainConvolution(const HostArray& x, const HostArray& w, int64_t stride, int64_t dilate,
                           int64_t pad, int64_t groups) {
  const Shape &xs = x.shape(), &ws = w.shape();
  const auto extent = [&](int axis) {
    return (xs[axis] + 2 * pad - dilate * (ws[axis] - 1) - 1) / stride + 1;
  };
  HostArray y({xs[0], ws[0], extent(2), extent(3)}, DType::kFloat64);
  const Shape ys = y.shape();
  const int64_t in = ws[1], out = ws[0] / groups;
  for (int64_t index = 0; index < y.size(); ++index) {
    const int64_t j = index % ys[3], i = index / ys[3] % ys[2], f = index / (ys[2] * ys[3]) % ys[1];
    const int64_t n = index / (ys[1] * ys[2] * ys[3]);
    double sum = 0;
    for (int64_t c = 0; c < in; ++c) {
      for (int64_t p = 0; p < ws[2]; ++p) {
        for (int64_t q = 0; q < ws[3]; ++q) {
          const int64_t r = i * stride - pad + p * dilate, s = j * stride - pad + q * dilate;
          if (r < 0 || s < 0 || r >= xs[2] || s >= xs[3]) continue;
          sum += x.get(((n * xs[1] + f / out * in + c) * xs[2] + r) * xs[3] + s) *
                 w.get(((f * in + c) * ws[2] + p) * ws[3] + q);
        }
      }
    }
    y.set(index, sum);
  }
  return y;
}

TEST(Convolution, equalsItsDefinition) {
  struct Case {
    Shape data;
    int filters, kernel, stride, dilate, pad, groups;
  };
  const Case cases[] = {{{2, 3, 7, 6}, 4, 3, 1, 1, 0, 1},
                        {{2, 4, 7, 7}, 6, 3, 2, 1, 1, 2},
                        {{1, 1, 9, 8}, 5, 5, 1, 1, 2, 1},
                        {{2, 4, 8, 8}, 4, 2, 1, 3, 1, 4},
                        {{3, 2, 5, 5}, 1, 1, 3, 1, 0, 1}};
  for (const Case& c : cases) {
    const HostArray x = randomArray(c.data, 1);
    const HostArray w = randomArray({c.filters, c.data[1] / c.groups, c.kernel, c.kernel}, 2);
    const auto pair = [](int v) { return concat("(", v, ",", v, ")"); };
    const AttrMap attrs = {{"kernel", pair(c.kernel)},
                           {"stride", pair(c.stride)},
                           {"dilate", pair(c.dilate)},
                           {"pad", pair(c.pad)},
                           {"num_filter", concat(c.filters)},
                           {"num_group", concat(c.groups)},
                           {"no_bias", "True"}};
    const HostArray expected = plainConvolution(x, w, c.stride, c.dilate, c.pad, c.groups);
    expectClose(runOp("Convolution", {x, w}, attrs)[0], expected, 1e-12);
    expectTypesAgree("Convolution", {x, w}, attrs);
  }
}

TEST(Convolution, gradientsEqualFiniteDifferences) {
  struct Case {
    Shape data, weight;
    AttrMap attrs;
  };
  const Case cases[] = {
      {{2, 2, 5, 4},
       {3, 2, 3, 2},
       {{"kernel", "(3,2)"}, {"num_filter", "3"}, {"pad", "(1,1)"}, {"stride", "(2,1)"}}},
      {{2, 4, 7},
       {4, 2, 3},
       {{"kernel", "(3,)"}, {"num_filter", "4"}, {"num_group", "2"}, {"dilate", "(2,)"}}},
      {{1, 2, 3, 4, 3}, {2, 2, 2, 2, 2}, {{"kernel", "(2,2,2)"}, {"num_filter", "2"}}},
      {{2, 5, 4, 2}, {3, 3, 2, 2}, {{"kernel", "(3,2)"}, {"num_filter", "3"}, {"layout", "NHWC"}}},
  };
  for (const Case& c : cases) {
    const HostArray x = randomArray(c.data, 1), w = randomArray(c.weight, 2),
                    b = randomArray({c.weight[0]}, 3);
    const HostArray dy = randomArray(runOp("Convolution", {x, w, b}, c.attrs)[0].shape(), 4);
    expectClose(runOp("_backward_Convolution_data", {dy, w, x}, c.attrs)[0],
                numericGradient("Convolution", {x, w, b}, c.attrs, 0, dy), 1e-7);
    const auto weight = runOp("_backward_Convolution_weight", {dy, x}, c.attrs);
    expectClose(weight[0], numericGradient("Convolution", {x, w, b}, c.attrs, 1, dy), 1e-7);
    expectClose(weight[1], numericGradient("Convolution", {x, w, b}, c.attrs, 2, dy), 1e-7);
    expectTypesAgree("Convolution", {x, w, b}, c.attrs);
    expectTypesAgree("_backward_Convolution_data", {dy, w, x}, c.attrs);
    expectTypesAgree("_backward_Convolution_weight", {dy, x}, c.attrs);
  }
}

TEST(Convolution, saysWhatDoesNotFit) {
  const HostArray x = randomArray({1, 3, 4, 4}, 1), w = randomArray({2, 3, 5, 5}, 2);
  const AttrMap attrs = {{"kernel", "(5,5)"}, {"num_filter", "2"}, {"no_bias", "1"}};
  expectError(ErrorKind::kInvalidArgument,
              "the window covers 5 elements, but axis 2 of data (1,3,4,4) has 4", [&] {
                runOp("Convolution", {x, w}, attrs);
              });
  expectError(ErrorKind::kInvalidArgument, "expected 3 axes for a kernel of 1", [&] {
    runOp("Convolution", {x, w}, {{"kernel", "(5,)"}, {"num_filter", "2"}, {"no_bias", "1"}});
  });
  expectError(ErrorKind::kInvalidArgument, "expected a multiple of num_group 2", [&] {
    runOp("Convolution", {x, w},
          {{"kernel", "(5,5)"}, {"num_filter", "2"}, {"num_group", "2"}, {"no_bias", "1"}});
  });
}

TEST(Convolution, overNoSamplesGivesNoneAndZeroWeightGradients) {
  for (const DType dtype : {DType::kFloat32, DType::kFloat64}) {
    const HostArray x = randomArray({0, 2, 4, 4}, 1, dtype),
                    w = randomArray({3, 2, 3, 3}, 2, dtype);
    const AttrMap attrs = {{"kernel", "(3,3)"}, {"num_filter", "3"}, {"no_bias", "1"}};
    const HostArray y = runOp("Convolution", {x, w}, attrs)[0];
    EXPECT_EQ(y.shape(), Shape({0, 3, 2, 2}));
    EXPECT_THAT(runOp("_backward_Convolution_weight", {y, x}, attrs)[0].values(), testing::Each(0));
  }
}

TEST(Activation, givesTheFunctionsAndTheirDerivatives) {
  const HostArray x = HostArray::of({7}, {-30, -1.5, -0.25, 0, 0.5, 2, 40}, DType::kFloat64);
  const std::pair<const char*, std::function<double(double)>> functions[] = {
      {"relu", [](double v) { return std::max(v, 0.0); }},
      {"sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }},
      {"tanh", [](double v) { return std::tanh(v); }},
      {"softrelu", [](double v) { return v > 30 ? v : std::log1p(std::exp(v)); }},
      {"softsign", [](double v) { return v / (1 + std::abs(v)); }}};
  for (const auto& [name, function] : functions) {
    SCOPED_TRACE(name);
    const AttrMap attrs = {{"act_type", name}};
    const HostArray y = runOp("Activation", {x}, attrs)[0];
    for (int64_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y.get(i), function(x.get(i)), 1e-12);
    expectTypesAgree("Activation", {x}, attrs);
    const HostArray dy = randomArray({7}, 1);
    const bool from_input = std::string(name).substr(0, 4) == "soft";
    const std::vector<HostArray> inputs = {dy, from_input ? x : y};
    HostArray numeric = numericGradient("Activation", {x}, attrs, 0, dy);
    if (std::string(name) == "softsign") numeric.set(3, dy.get(3));
    // Where one side differs from the other.
    if (std::string(name) == "relu") numeric.set(3, 0);
    expectClose(runOp("_backward_Activation", inputs, attrs)[0], numeric, 1e-7);
    expectTypesAgree("_backward_Activation", inputs, attrs);
  }
}

TEST(Activation, reluKeepsNaN) {
  const HostArray x = HostArray::of({2}, {std::nan(""), -1});
  const HostArray y = runOp("Activation", {x}, {{"act_type", "relu"}})[0];
  EXPECT_TRUE(std::isnan(y.get(0)));
  EXPECT_EQ(y.get(1), 0);
}

TEST(LeakyRelu, takesOneSlopeForAllChannels) {
  const HostArray x = HostArray::of({1, 3}, {-1, -2, 3}), gamma = HostArray::of({1}, {0.5});
  const AttrMap attrs = {{"act_type", "prelu"}};
  EXPECT_THAT(runOp("LeakyReLU", {x, gamma}, attrs)[0].values(), testing::ElementsAre(-0.5, -1, 3));
  const auto gradients =
      runOp("_backward_LeakyReLU", {HostArray::of({1, 3}, {1, 10, 100}), x, gamma}, attrs);
  EXPECT_THAT(gradients[0].values(), testing::ElementsAre(0.5, 5, 100));
  EXPECT_THAT(gradients[1].values(), testing::ElementsAre(-21));
}

TEST(BatchNorm, updatesTheMovingStatisticsInTrainingOnly) {
  const HostArray x = HostArray::of({2, 1, 2}, {1, 2, 3, 6}), one = HostArray::of({1}, {1});
  for (const bool training : {true, false}) {
    std::vector<HostArray> inputs = {x, one, one, HostArray::of({1}, {2}), HostArray::of({1}, {4})};
    RunOptions options;
    options.training = training;
    const auto outputs =
        runOpOn(inputs, "BatchNorm", {{"fix_gamma", "False"}, {"eps", "0.5"}}, options);
    EXPECT_NEAR(inputs[3].get(0), training ? 0.9 * 2 + 0.1 * 3 : 2, 1e-6);
    EXPECT_NEAR(inputs[4].get(0), training ? 0.9 * 4 + 0.1 * 3.5 : 4, 1e-6);
    EXPECT_NEAR(outputs[1].get(0), training ? 3 : 2, 1e-6);
    EXPECT_NEAR(outputs[2].get(0), training ? 0.5 : 1 / std::sqrt(4.5), 1e-6);
    EXPECT_NEAR(outputs[0].get(3), training ? 2.5 : 1 + 4 / std::sqrt(4.5), 1e-5);
  }
}

TEST(Dropout, keepsWhatIsExpectedAndScalesIt) {
  const HostArray x = HostArray::of({20000}, std::vector<double>(20000, 2.0));
  RunOptions options;
  options.training = true;
  options.random = {.seed = 5, .offset = 0};
  const auto outputs = runOp("Dropout", {x}, {{"p", "0.25"}}, options);
  int64_t kept = 0;
  for (int64_t i = 0; i < x.size(); ++i) {
    const double y = outputs[0].get(i);
    EXPECT_TRUE(y == 0 || std::abs(y - 2 / 0.75) < 1e-6) << y;
    EXPECT_NEAR(y, 2 * outputs[1].get(i), 1e-6);
    kept += y != 0;
  }
  EXPECT_NEAR(static_cast<double>(kept) / 20000, 0.75, 0.02);
  options.training = false;
  EXPECT_EQ(runOp("Dropout", {x}, {{"p", "0.25"}}, options)[0].values(), x.values());
}

std::vector<double> pooled(const AttrMap& attrs, const HostArray& x) {
  return runOp("Pooling", {x}, attrs)[0].values();
}

HostArray counting(const Shape& shape, DType dtype = DType::kFloat32) {
  std::vector<double> values;
  for (int64_t i = 1; i <= shape.size(); ++i) values.push_back(static_cast<double>(i));
  return HostArray::of(shape, values, dtype);
}

// Numbers from MXNet 1.9.1.
TEST(Pooling, givesMxnetsNumbers) {
  const HostArray x = counting({1, 1, 7, 7}), even = counting({1, 1, 6, 6});
  AttrMap attrs = {{"kernel", "(3,3)"}, {"stride", "(2,2)"}, {"pad", "(1,1)"}};
  EXPECT_THAT(pooled(attrs, x),
              testing::ElementsAre(9, 11, 13, 14, 23, 25, 27, 28, 37, 39, 41, 42, 44, 46, 48, 49));
  attrs["pool_type"] = "sum";
  EXPECT_THAT(pooled(attrs, x), testing::ElementsAre(20, 39, 51, 40, 93, 153, 171, 123, 177, 279,
                                                     297, 207, 160, 249, 261, 180));
  attrs["pool_type"] = "avg";
  attrs["pooling_convention"] = "full";
  EXPECT_THAT(pooled(attrs, even), testing::Pointwise(testing::DoubleNear(1e-5),
                                                      {2., 4., 5.33333349, 3., 9., 15., 17., 9.,
                                                       17., 27., 29., 15., 10.5, 16.5, 17.5, 9.}));
  attrs["count_include_pad"] = "False";
  EXPECT_THAT(pooled(attrs, even), testing::Pointwise(testing::DoubleNear(1e-5),
                                                      {4.5, 6., 8., 9., 13.5, 15., 17., 18., 25.5,
                                                       27., 29., 30., 31.5, 33., 35., 36.}));
  attrs = {{"kernel", "(3,3)"},
           {"stride", "(2,2)"},
           {"pad", "(1,1)"},
           {"pool_type", "lp"},
           {"p_value", "2"}};
  EXPECT_NEAR(pooled(attrs, x)[0], 12.247449, 1e-4);
  EXPECT_THAT(pooled({{"global_pool", "True"}, {"pool_type", "sum"}}, counting({1, 2, 2, 2})),
              testing::ElementsAre(10, 26));
}

TEST(Pooling, passesAMaximumsGradientToTheFirstLargest) {
  const HostArray x = HostArray::of({1, 1, 2, 2}, {1, 1, 1, 1}),
                  y = HostArray::of({1, 1, 1, 1}, {1});
  const AttrMap attrs = {{"kernel", "(2,2)"}, {"stride", "(2,2)"}};
  EXPECT_THAT(
      runOp("_backward_Pooling", {HostArray::of({1, 1, 1, 1}, {5}), x, y}, attrs)[0].values(),
      testing::ElementsAre(5, 0, 0, 0));
}

TEST(Pooling, gradientsEqualFiniteDifferences) {
  const std::pair<Shape, AttrMap> cases[] = {
      {{2, 3, 6, 4}, {{"kernel", "(2,2)"}, {"stride", "(2,2)"}}},
      {{2, 3, 7, 6},
       {{"kernel", "(3,2)"},
        {"stride", "(2,1)"},
        {"pad", "(1,1)"},
        {"pooling_convention", "full"}}},
      {{2, 3, 9}, {{"kernel", "(3,)"}, {"stride", "(2,)"}, {"pooling_convention", "same"}}},
      {{1, 2, 4, 5, 3}, {{"kernel", "(2,3,2)"}, {"pad", "(1,1,0)"}}},
      {{2, 4, 5, 3}, {{"global_pool", "True"}}},
      {{2, 6, 5, 3}, {{"kernel", "(2,2)"}, {"stride", "(2,2)"}, {"layout", "NHWC"}}},
  };
  for (const auto& [shape, given] : cases) {
    for (const char* type : {"max", "avg", "sum", "lp"}) {
      SCOPED_TRACE(concat(shape, " ", type));
      AttrMap attrs = given;
      attrs["pool_type"] = type;
      attrs["p_value"] = "2";
      const HostArray x = randomArray(shape, 1);
      const HostArray y = runOp("Pooling", {x}, attrs)[0];
      const HostArray dy = randomArray(y.shape(), 2);
      expectClose(runOp("_backward_Pooling", {dy, x, y}, attrs)[0],
                  numericGradient("Pooling", {x}, attrs, 0, dy), 1e-6);
      expectTypesAgree("Pooling", {x}, attrs);
    }
  }
}

TEST(Pooling, saysWhatDoesNotFit) {
  const HostArray x = counting({1, 1, 2, 2});
  expectError(ErrorKind::kInvalidArgument,
              "the window has 3 elements, but axis 2 of data (1,1,2,2) has 2", [&] {
                runOp("Pooling", {x}, {{"kernel", "(3,3)"}});
              });
  expectError(ErrorKind::kInvalidArgument, "expected 2 extents",
              [&] { runOp("Pooling", {x}, {}); });
}

}  // namespace
}  // namespace tenon
